import assert from "node:assert/strict";
import { test } from "node:test";
import { Ledger, quiet, ScriptedAgent } from "@lanekeeper/harness";
import { DrainHandoff, type DrainHandoffOptions, type Turn } from "./mod.ts";

type Options = DrainHandoffOptions<string, string>;

/** A chain for one key "s", with its inbox, an agent under the test's control, and what it told. */
function laneOf(options: Partial<Options> = {}) {
  const inbox: string[] = [];
  const log: string[] = [];
  const agent = new ScriptedAgent(new Ledger(), {
    scriptOf: () => ({ stages: [["end", "throw"]] }),
  });
  const chain = new DrainHandoff<string, string>({
    next: () => inbox.shift(),
    run: (turn) => agent.run(turn.key, turn.item, { signal: turn.signal }),
    ended: (turn, end) => void log.push(`ended ${turn.item} ${end.status}`),
    observer: {
      started: (turn) => void log.push(`started ${turn.item}`),
      handedOff: (from, to) => void log.push(`handed off ${from.item} to ${to.item}`),
      released: () => void log.push("released"),
    },
    ...options,
  });
  const send = (item: string): boolean => {
    inbox.push(item);
    return chain.wake("s");
  };
  const take = async (label: string): Promise<void> => {
    agent.take(label);
    await quiet();
  };
  return { agent, chain, inbox, log, send, take };
}

test("wake() installs guard and owner and takes the item in one synchronous step (B1)", async () => {
  const { agent, chain, inbox, send } = laneOf();
  assert.equal(send("1"), true);
  const turn = chain.turnOf("s");
  assert.ok(turn);
  assert.deepEqual([turn.key, turn.item, turn.state, turn.live], ["s", "1", "ready", true]);
  assert.deepEqual([chain.size, inbox.length], [1, 0]);
  assert.equal(agent.running, 0, "the work is not called in the frame of wake()");
  await quiet();
  assert.equal(agent.running, 1);
  assert.equal(chain.turnOf("s"), turn);
  assert.equal(turn.state, "running");
});

test("wake() of a busy key starts nothing, and the item runs when the turn has ended (B1)", async () => {
  const { agent, inbox, send, take } = laneOf();
  send("1");
  assert.equal(send("2"), false, "busy before the first step");
  await quiet();
  assert.equal(send("3"), false, "busy while it runs");
  assert.deepEqual([agent.running, inbox], [1, ["2", "3"]]);
  await take("s/1 end");
  assert.deepEqual([agent.running, inbox], [1, ["3"]]);
  await take("s/2 end");
  await take("s/3 end");
  assert.deepEqual([agent.running, inbox], [0, []]);
});

test("wake() of an idle key for which nothing waits leaves it idle", () => {
  const { chain, send } = laneOf();
  assert.equal(chain.wake("s"), false);
  assert.deepEqual([chain.size, chain.turnOf("s"), chain.snapshot()], [0, undefined, []]);
  assert.equal(send("1"), true);
});

test("every value but undefined is an item", async () => {
  const inbox: unknown[] = [null, 0, "", false, undefined, "not reached"];
  const ran: unknown[] = [];
  const chain = new DrainHandoff<string, unknown>({
    next: () => inbox.shift(),
    run: (turn) => void ran.push(turn.item),
  });
  chain.wake("s");
  await quiet();
  assert.deepEqual(ran, [null, 0, "", false]);
});

test("keys have guards of their own and run side by side (STALE_EFFECT_FENCED)", async () => {
  const { agent, chain, inbox } = laneOf();
  inbox.push("1", "2");
  assert.deepEqual([chain.wake("a"), chain.wake("b")], [true, true]);
  await quiet();
  assert.deepEqual([agent.running, chain.size], [2, 2]);
  assert.deepEqual(chain.turns().map(({ key }) => key), ["a", "b"]);
  assert.notEqual(chain.turnOf("a")!.generation, chain.turnOf("b")!.generation);
  agent.take("b/2 end");
  await quiet();
  assert.deepEqual(chain.turns().map(({ key }) => key), ["a"]);
});

test("keys are told apart as a Map does", () => {
  const [one, other] = [{}, {}];
  const items = [1, 2];
  const chain = new DrainHandoff<object, number>({ next: () => items.shift(), run: () => {} });
  assert.deepEqual([chain.wake(one), chain.wake(other)], [true, true]);
  assert.deepEqual([chain.turnOf(one)?.item, chain.turnOf(other)?.item], [1, 2]);
});

test("a turn ends, hands off and is followed in this order (B2)", async () => {
  const { chain, log, send, take } = laneOf();
  send("1");
  send("2");
  await quiet();
  await take("s/1 end");
  await take("s/2 throw");
  assert.deepEqual(log, [
    "started 1",
    "ended 1 completed",
    "handed off 1 to 2",
    "started 2",
    "ended 2 failed",
    "released",
  ]);
  assert.equal(chain.size, 0);
});

test("the guard is the same object through a chain, across a throw and an interrupt (B3)", async () => {
  const guards = new Set<unknown>();
  const generations = new Set<number>();
  const seen = (turn: Turn<string, string>) => {
    guards.add(turn.guard);
    generations.add(turn.generation);
  };
  const { chain, inbox, send, take } = laneOf({
    observer: { started: seen, handedOff: (from, to) => (seen(from), seen(to)) },
    ended: seen,
  });
  send("1");
  const { guard } = chain.turnOf("s")!;
  inbox.push("2", "3", "4", "5");
  await quiet();
  await take("s/1 throw");
  chain.turnOf("s")!.interrupt();
  await take("s/2 settle");
  chain.turnOf("s")!.interrupt();
  await take("s/3 end");
  await take("s/4 end");
  assert.deepEqual([[...guards], chain.turnOf("s")?.item], [[guard], "5"]);
  assert.deepEqual([...generations], [guard.generation]);
  await take("s/5 end");
  send("6");
  assert.notEqual(chain.turnOf("s")!.guard, guard);
  assert.ok(chain.turnOf("s")!.generation > guard.generation);
});

test("a hand-off leaves no instant in which another turn could start (B3)", async () => {
  const { agent, chain, inbox, send } = laneOf();
  send("1");
  const { guard } = chain.turnOf("s")!;
  inbox.push("2");
  await quiet();
  agent.take("s/1 end");
  for (let hop = 0; hop < 20; hop++) {
    assert.equal(chain.turnOf("s")?.guard, guard, `a guard after ${hop} hops`);
    assert.equal(chain.wake("s"), false, `no second turn after ${hop} hops`);
    await null;
  }
  assert.equal(chain.turnOf("s")?.item, "2");
  assert.equal(agent.running, 1);
});

test("a turn that ends with nothing waiting releases guard and owner (B4)", async () => {
  const released: unknown[] = [];
  const { chain, send, take } = laneOf({
    observer: { released: (guard) => void released.push(guard, chain.turnOf("s"), chain.size) },
  });
  send("1");
  const { guard } = chain.turnOf("s")!;
  await quiet();
  await take("s/1 end");
  assert.deepEqual(released, [guard, undefined, 0]);
  assert.equal(send("2"), true);
});

test("a turn that handed off leaves guard and owner alone from then on (B4)", async () => {
  const { agent, chain, send, take } = laneOf();
  send("1");
  const first = chain.turnOf("s")!;
  send("2");
  await quiet();
  await take("s/1 end");
  const second = chain.turnOf("s")!;
  assert.deepEqual([first.interrupt(), first.live, second.live], [false, false, true]);
  await quiet();
  assert.deepEqual([chain.turnOf("s"), agent.running, second.interrupted], [second, 1, false]);
});

test("an item that comes while the turn is still cleaning up is run by the next one (B5)", async () => {
  const cleaned = Promise.withResolvers<void>();
  const { agent, chain, send } = laneOf({
    run: async (turn) => {
      await agent.run(turn.key, turn.item);
      if (turn.item === "1") await cleaned.promise;
    },
  });
  send("1");
  await quiet();
  agent.take("s/1 end");
  await quiet();
  assert.equal(chain.turnOf("s")?.item, "1", "clean-up belongs to the turn");
  assert.equal(send("2"), false);
  cleaned.resolve();
  await quiet();
  assert.equal(chain.turnOf("s")?.item, "2");
});

test("an item that comes at any instant after the work has settled is run, once (B5)", async () => {
  for (let hops = 0; hops < 12; hops++) {
    const { agent, chain, log, send } = laneOf();
    send("1");
    await quiet();
    agent.take("s/1 end");
    for (let hop = 0; hop < hops; hop++) await null;
    send("2");
    await quiet();
    assert.equal(chain.turnOf("s")?.item, "2", `after ${hops} hops`);
    assert.equal(log.filter((line) => line === "started 2").length, 1);
  }
});

test("the guard is kept until a thenable that the work returns has settled", async () => {
  let settle!: (value: string) => void;
  const work = { then: (resolve: (value: string) => void) => void (settle = resolve) };
  const ends: unknown[] = [];
  const { chain, send } = laneOf({ run: () => work, ended: (_, end) => void ends.push(end) });
  send("1");
  await quiet();
  assert.deepEqual([chain.size, ends], [1, []]);
  settle("done");
  await quiet();
  assert.deepEqual([chain.size, ends], [0, [{ status: "completed", value: "done" }]]);
});

test("a guard is plain to look at, and nothing of the chain hangs on it", () => {
  const { chain, send } = laneOf();
  send("1");
  const { guard } = chain.turnOf("s")!;
  const plain = { key: "s", generation: guard.generation };
  assert.deepEqual(JSON.parse(JSON.stringify(guard)), plain);
  assert.deepEqual(structuredClone(guard), plain);
});

test("who awaits a turn's end is told before the next turn has ended", async () => {
  const inbox = ["1", "2", "3"];
  const log: string[] = [];
  const chain = new DrainHandoff<string, string>({
    next: () => inbox.shift(),
    run: (turn) => void turn.ended.then(() => log.push(`told ${turn.item}`)),
    ended: (turn) => void log.push(`ended ${turn.item}`),
  });
  chain.wake("s");
  await quiet();
  await quiet();
  assert.deepEqual(log, ["ended 1", "told 1", "ended 2", "told 2", "ended 3", "told 3"]);
});

test("snapshot() and turns() tell what holds a guard, as copies", async () => {
  const { chain, send, take } = laneOf();
  send("1");
  const { generation } = chain.turnOf("s")!;
  const [snapshot, turns] = [chain.snapshot(), chain.turns()];
  assert.deepEqual(snapshot, [{ key: "s", generation, state: "ready", interrupted: false }]);
  await quiet();
  chain.turnOf("s")!.interrupt();
  assert.deepEqual(chain.snapshot(), [
    { key: "s", generation, state: "running", interrupted: true },
  ]);
  await take("s/1 end");
  assert.deepEqual([chain.snapshot(), chain.turns()], [[], []]);
  assert.deepEqual([snapshot[0]!.state, turns.length, turns[0]!.state], ["ready", 1, "settled"]);
});

test("turns() and snapshot() inside next() do not know the guard that has no turn yet", () => {
  const seen: unknown[] = [];
  const chain: DrainHandoff<string, string> = new DrainHandoff({
    next: (): string | undefined => {
      seen.push(chain.size, chain.turns(), chain.snapshot());
      return undefined;
    },
    run: () => {},
  });
  assert.equal(chain.wake("s"), false);
  assert.deepEqual(seen, [1, [], []]);
});

test("abandonAfterMs must be a time that a timer can hold, or Infinity", () => {
  for (const abandonAfterMs of [-1, NaN, 2 ** 31, -Infinity]) {
    assert.throws(() => laneOf({ abandonAfterMs }), {
      name: "RangeError",
      message: `Cannot use abandonAfterMs ${abandonAfterMs}: ` +
        "it must be Infinity or from 0 to 2147483647",
    });
  }
  for (const abandonAfterMs of [0, 2 ** 31 - 1, Infinity]) assert.ok(laneOf({ abandonAfterMs }));
});
