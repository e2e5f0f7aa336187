import assert from "node:assert/strict";
import { test } from "node:test";
import { Ledger, quiet, ScriptedAgent } from "@lanekeeper/harness";
import { FakeClock } from "@lanekeeper/test/fake_clock";
import { DrainHandoff, type DrainHandoffOptions, type TurnEnd } from "./mod.ts";

/** A chain for one key "s", a clock that stands still, and how each turn ended. */
function laneOf(options: Partial<DrainHandoffOptions<string, string>> = {}) {
  const inbox: string[] = [];
  const ends: Record<string, TurnEnd> = {};
  const clock = new FakeClock();
  const agent = new ScriptedAgent(new Ledger(), {
    scriptOf: () => ({ stages: [["end", "throw"]] }),
  });
  const chain = new DrainHandoff<string, string>({
    next: () => inbox.shift(),
    run: (turn) => agent.run(turn.key, turn.item, { signal: turn.signal }),
    ended: (turn, end) => {
      assert.equal(ends[turn.item], undefined, "one end for each turn");
      ends[turn.item] = end;
    },
    clock,
    ...options,
  });
  const send = (item: string) => {
    inbox.push(item);
    chain.wake("s");
    return chain.turnOf("s")!;
  };
  const take = async (label: string): Promise<void> => {
    agent.take(label);
    await quiet();
  };
  return { agent, chain, clock, ends, inbox, send, take };
}

test("a turn interrupted before its first step never begins, and its key is free again (CANCEL_TARGET, B6)", async () => {
  const { agent, chain, clock, ends, send } = laneOf();
  const turn = send("1");
  assert.equal(turn.interrupt("stop"), true);
  assert.equal(chain.turnOf("s"), turn, "it still has the guard");
  await quiet();
  assert.deepEqual(ends, { "1": { status: "cancelled", reason: "stop" } });
  assert.deepEqual([agent.running, chain.size, clock.pending], [0, 0, 0]);
  send("2");
  await quiet();
  assert.equal(agent.running, 1);
});

test("a turn interrupted right after it was handed the guard passes it on (B6)", async () => {
  const { agent, chain, clock, ends, inbox, send, take } = laneOf({
    observer: { handedOff: (_, to) => to.item === "2" && to.interrupt("not you") },
  });
  const { guard } = send("1");
  inbox.push("2", "3");
  await quiet();
  await take("s/1 end");
  assert.deepEqual(ends["2"], { status: "cancelled", reason: "not you" });
  assert.deepEqual([chain.turnOf("s")?.item, chain.turnOf("s")?.guard], ["3", guard]);
  assert.deepEqual([agent.running, clock.pending], [1, 0]);
});

test("every turn of a long line can be interrupted before its first step (B6)", async () => {
  const { agent, chain, clock, ends, inbox, send } = laneOf({
    observer: { handedOff: (_, to) => to.interrupt() },
  });
  inbox.push(...Array.from({ length: 1_000 }, (_, at) => String(at + 2)));
  send("1").interrupt();
  await quiet();
  assert.equal(Object.values(ends).filter(({ status }) => status === "cancelled").length, 1_001);
  assert.deepEqual([agent.running, chain.size, clock.pending], [0, 0, 0]);
});

test("an interrupted turn keeps the guard until its work has settled (SINGLE_TURN)", async () => {
  const { agent, chain, clock, ends, send, take } = laneOf();
  const turn = send("1");
  send("2");
  await quiet();
  assert.equal(turn.interrupt("stop"), true);
  assert.deepEqual([turn.signal.aborted, turn.signal.reason], [true, "stop"]);
  await quiet();
  assert.deepEqual([chain.turnOf("s"), agent.running, ends], [turn, 1, {}]);
  assert.equal(clock.pending, 1);
  await take("s/1 settle");
  const work = { status: "failed", error: "stop" };
  assert.deepEqual(ends["1"], { status: "cancelled", reason: "stop", work });
  assert.deepEqual([chain.turnOf("s")?.item, agent.running, clock.pending], ["2", 1, 0]);
});

test("the end of an interrupted turn tells what its work came to", async () => {
  const { ends, send, take } = laneOf();
  const turn = send("1");
  await quiet();
  turn.interrupt("stop");
  await take("s/1 end");
  const work = { status: "completed", value: "reply to 1" };
  assert.deepEqual(ends["1"], { status: "cancelled", reason: "stop", work });
});

test("an interrupt in any instant until the turn has ended counts, and none later", async () => {
  const statuses: string[] = [];
  for (let hops = 0; hops < 12; hops++) {
    const { agent, chain, clock, ends, send } = laneOf();
    const turn = send("1");
    send("2");
    await quiet();
    agent.take("s/1 end");
    for (let hop = 0; hop < hops; hop++) await null;
    const isInTime = turn.interrupt();
    await quiet();
    assert.equal(ends["1"]!.status, isInTime ? "cancelled" : "completed", `after ${hops} hops`);
    assert.deepEqual([chain.turnOf("s")?.item, clock.pending], ["2", 0]);
    assert.equal(chain.turnOf("s")!.live, true);
    statuses.push(ends["1"]!.status);
  }
  assert.equal(statuses[0], "cancelled");
  assert.equal(statuses.at(-1), "completed");
});

test("an interrupt acts on the turn it was made for, and never on a later one (CANCEL_TARGET, B8)", async () => {
  const { chain, clock, ends, send, take } = laneOf();
  const first = send("1");
  send("2");
  await quiet();
  assert.deepEqual([first.interrupt("stop"), first.interrupt("again")], [true, false]);
  await take("s/1 end");
  const second = chain.turnOf("s")!;
  assert.equal(first.interrupt("late"), false);
  assert.deepEqual([second.interrupted, second.signal.aborted, clock.pending], [false, false, 0]);
  await take("s/2 end");
  assert.equal(second.interrupt(), false, "nothing sticks to an idle key");
  send("3");
  await quiet();
  await take("s/3 end");
  assert.deepEqual([ends["1"]!.status, ends["2"]!.status, ends["3"]!.status], [
    "cancelled",
    "completed",
    "completed",
  ]);
});

test("interrupting every turn stops them all and starts what waits", async () => {
  const { agent, chain, clock, inbox } = laneOf();
  inbox.push("1", "2");
  for (const key of ["a", "b"]) chain.wake(key);
  await quiet();
  inbox.push("3");
  for (const turn of chain.turns()) turn.interrupt();
  assert.equal(clock.pending, 2);
  agent.take("a/1 settle");
  agent.take("b/2 settle");
  await quiet();
  assert.deepEqual(chain.turns().map(({ item }) => item), ["3"]);
  assert.equal(clock.pending, 0);
});

test("an abort listener finds the turn interrupted already", async () => {
  const seen: unknown[] = [];
  const { chain, ends, send } = laneOf({
    run: (turn) =>
      new Promise<void>((resolve) => {
        turn.signal.addEventListener("abort", () => {
          seen.push(turn.interrupted, turn.live, turn.interrupt());
          resolve();
        });
      }),
  });
  const turn = send("1");
  await quiet();
  turn.interrupt();
  await quiet();
  assert.deepEqual(seen, [true, false, false]);
  assert.deepEqual([ends["1"]!.status, chain.size], ["cancelled", 0]);
});
