import assert from "node:assert/strict";
import { test } from "node:test";
import { Ledger, quiet, ScriptedAgent } from "@lanekeeper/harness";
import { FakeClock } from "@lanekeeper/test/fake_clock";
import { DrainHandoff, type DrainHandoffOptions } from "./mod.ts";

/** A chain whose agent does not hear its abort, and all that the chain told. */
function deafLaneOf(options: Partial<DrainHandoffOptions<string, string>> = {}) {
  const inbox: string[] = [];
  const log: string[] = [];
  const clock = new FakeClock();
  const agent = new ScriptedAgent(new Ledger(), {
    scriptOf: () => ({ stages: [["end", "throw"]], onAbort: [] }),
  });
  const chain = new DrainHandoff<string, string>({
    next: () => inbox.shift(),
    run: (turn) => agent.run(turn.key, turn.item, { signal: turn.signal }),
    ended: (turn, end) => void log.push(`ended ${turn.item} ${end.status}`),
    observer: {
      started: (turn) => void log.push(`started ${turn.item}`),
      handedOff: (from, to) => void log.push(`handed off ${from.item} to ${to.item}`),
      released: () => void log.push("released"),
      lateSettled: (turn) => void log.push(`late ${turn.item}`),
    },
    abandonAfterMs: 1_000,
    clock,
    ...options,
  });
  const take = async (label: string): Promise<void> => {
    agent.take(label);
    await quiet();
  };
  /** Items run, the first is interrupted and given up. Returns its turn. */
  const abandon = async (...items: string[]) => {
    inbox.push(...items);
    chain.wake("s");
    const turn = chain.turnOf("s")!;
    await quiet();
    turn.interrupt("stop");
    clock.advance(1_000);
    await quiet();
    return turn;
  };
  return { abandon, agent, chain, clock, inbox, log, take };
}

test("a turn is abandoned exactly abandonAfterMs after its interrupt, not after its start", async () => {
  const { chain, clock, inbox, log } = deafLaneOf();
  inbox.push("1");
  chain.wake("s");
  const turn = chain.turnOf("s")!;
  await quiet();
  clock.advance(10_000);
  turn.interrupt("stop");
  clock.advance(999);
  turn.interrupt("a second one does not prolong it");
  assert.deepEqual([turn.state, chain.abandoned], ["running", 0]);
  clock.advance(1);
  assert.deepEqual([turn.state, chain.abandoned], ["abandoned", 1]);
  assert.deepEqual(await turn.ended, { status: "abandoned", reason: "stop" });
  assert.deepEqual([log, clock.pending], [["started 1", "ended 1 abandoned"], 0]);
});

test("an interrupted turn has 5 s by default, and for ever with Infinity", async () => {
  for (const abandonAfterMs of [undefined, Infinity]) {
    const inbox = ["1"];
    const clock = new FakeClock();
    const chain = new DrainHandoff<string, string>({
      next: () => inbox.shift(),
      run: () => new Promise(() => {}),
      clock,
      ...(abandonAfterMs !== undefined && { abandonAfterMs }),
    });
    chain.wake("s");
    await quiet();
    chain.turnOf("s")!.interrupt();
    assert.equal(clock.pending, abandonAfterMs === undefined ? 1 : 0);
    clock.advance(4_999);
    assert.equal(chain.abandoned, 0);
    clock.advance(1);
    assert.equal(chain.abandoned, abandonAfterMs === undefined ? 1 : 0);
  }
});

test("with abandonAfterMs 0 an interrupted turn is given up by the next timer", async () => {
  const { chain, clock, inbox, log } = deafLaneOf({ abandonAfterMs: 0 });
  inbox.push("1");
  chain.wake("s");
  await quiet();
  chain.turnOf("s")!.interrupt();
  assert.deepEqual(log, ["started 1"], "not in the frame of interrupt()");
  clock.advance(0);
  assert.deepEqual(log, ["started 1", "ended 1 abandoned"]);
});

test("under block an abandoned turn keeps its key until its work settles", async () => {
  const { abandon, agent, chain, inbox, log, take } = deafLaneOf();
  const turn = await abandon("1", "2");
  const { guard } = turn;
  assert.deepEqual([chain.turnOf("s"), chain.size, chain.abandoned], [turn, 1, 1]);
  assert.equal(chain.wake("s"), false);
  assert.deepEqual([agent.running, inbox], [1, ["2"]], "no overlap");
  assert.deepEqual(chain.snapshot(), [
    { key: "s", generation: guard.generation, state: "abandoned", interrupted: true },
  ]);
  await take("s/1 end");
  assert.deepEqual([chain.turnOf("s")?.item, chain.turnOf("s")?.guard], ["2", guard]);
  assert.deepEqual([chain.abandoned, agent.running, turn.state], [0, 1, "abandoned"]);
  await take("s/2 end");
  assert.deepEqual(log, [
    "started 1",
    "ended 1 abandoned",
    "late 1",
    "handed off 1 to 2",
    "started 2",
    "ended 2 completed",
    "released",
  ]);
});

test("under block a late throw of an abandoned turn is told nobody and frees the key", async () => {
  const { abandon, chain, log, take } = deafLaneOf();
  const turn = await abandon("1");
  await take("s/1 throw");
  assert.deepEqual(log, ["started 1", "ended 1 abandoned", "late 1", "released"]);
  assert.deepEqual([chain.size, chain.abandoned], [0, 0]);
  assert.deepEqual(await turn.ended, { status: "abandoned", reason: "stop" });
});

test("under proceed the next turn gets a guard of a new generation at once (STALE_EFFECT_FENCED)", async () => {
  const { abandon, agent, chain, log } = deafLaneOf({ onAbandon: "proceed" });
  const turn = await abandon("1", "2");
  const heir = chain.turnOf("s")!;
  assert.deepEqual([heir.item, heir.live, agent.running], ["2", true, 2]);
  assert.notEqual(heir.guard, turn.guard);
  assert.ok(heir.generation > turn.generation);
  assert.deepEqual([chain.size, chain.abandoned], [1, 1]);
  assert.deepEqual(log, ["started 1", "ended 1 abandoned", "started 2"]);
});

test("under proceed an abandoned turn is fenced, and its late settling moves nothing", async () => {
  const { abandon, agent, chain, inbox, log, take } = deafLaneOf({ onAbandon: "proceed" });
  const turn = await abandon("1", "2");
  const heir = chain.turnOf("s")!;
  assert.deepEqual([turn.live, turn.interrupt()], [false, false]);
  assert.throws(() => turn.throwIfStale(), { name: "StaleTurnError" });
  inbox.push("3");
  await take("s/1 throw");
  assert.deepEqual([chain.turnOf("s"), heir.live, inbox], [heir, true, ["3"]]);
  assert.deepEqual([chain.abandoned, agent.running, log.at(-1)], [0, 1, "late 1"]);
  await take("s/2 end");
  assert.deepEqual([chain.turnOf("s")?.item, chain.turnOf("s")?.guard], ["3", heir.guard]);
});

test("under proceed a key for which nothing waits is free though the work goes on", async () => {
  const { abandon, chain, log, take } = deafLaneOf({ onAbandon: "proceed" });
  await abandon("1");
  assert.deepEqual([chain.size, chain.turnOf("s"), chain.abandoned], [0, undefined, 1]);
  await quiet();
  await take("s/1 end");
  assert.deepEqual(log, ["started 1", "ended 1 abandoned", "released", "late 1"]);
  assert.equal(chain.abandoned, 0);
});

test("under proceed turns can be abandoned one after the other, each with its own count", async () => {
  const { abandon, chain, clock, take } = deafLaneOf({ onAbandon: "proceed" });
  await abandon("1", "2", "3");
  chain.turnOf("s")!.interrupt();
  clock.advance(1_000);
  await quiet();
  assert.deepEqual([chain.turnOf("s")?.item, chain.abandoned], ["3", 2]);
  await take("s/2 end");
  await take("s/1 end");
  assert.deepEqual([chain.turnOf("s")?.item, chain.abandoned], ["3", 0]);
  await take("s/3 end");
  assert.deepEqual([chain.size, clock.pending], [0, 0]);
});

test("work that settles in time leaves no timer, and the turn is never abandoned", async () => {
  const { chain, clock, inbox, log, take } = deafLaneOf();
  inbox.push("1");
  chain.wake("s");
  await quiet();
  chain.turnOf("s")!.interrupt();
  clock.advance(999);
  await take("s/1 end");
  assert.equal(clock.pending, 0);
  clock.advance(10_000);
  assert.deepEqual(log, ["started 1", "ended 1 cancelled", "released"]);
  assert.equal(chain.abandoned, 0);
});
