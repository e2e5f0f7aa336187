import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "@lanekeeper/harness";
import { FakeClock } from "@lanekeeper/test/fake_clock";
import { DrainHandoff, type DrainHandoffOptions } from "./mod.ts";

type Options = DrainHandoffOptions<string, string>;

/** A chain for key "s" that has "1" and "2" to run. */
function laneOf(build: (throwOnce: () => void) => Partial<Options>) {
  const inbox = ["1", "2"];
  const log: string[] = [];
  const clock = new FakeClock();
  let isThrown = false;
  const throwOnce = () => {
    if (isThrown) return;
    isThrown = true;
    throw new Error("No");
  };
  const chain = new DrainHandoff<string, string>({
    next: () => inbox.shift(),
    run: () => {},
    ended: (turn, end) => void log.push(`${turn.item} ${end.status}`),
    clock,
    ...build(throwOnce),
  });
  return { chain, clock, inbox, log };
}

test("work that throws at once fails its turn and no other (NO_ORPHAN_GUARD)", async () => {
  const { chain, log } = laneOf((throwOnce) => ({ run: throwOnce }));
  chain.wake("s");
  await quiet();
  assert.deepEqual([log, chain.size], [["1 failed", "2 completed"], 0]);
});

test("work that rejects fails its turn and no other", async () => {
  const { chain, log } = laneOf((throwOnce) => ({
    run: async () => {
      await null;
      throwOnce();
    },
  }));
  chain.wake("s");
  await quiet();
  assert.deepEqual([log, chain.size], [["1 failed", "2 completed"], 0]);
});

test("the end of a turn whose work throws has the error, whatever it is", async () => {
  for (const error of [new Error("No"), undefined, null, "No"]) {
    const { chain } = laneOf(() => ({ run: () => Promise.reject(error) }));
    chain.wake("s");
    const end = await chain.turnOf("s")!.ended;
    assert.deepEqual(end, { status: "failed", error });
  }
});

test("work whose result can not be read fails its turn", async () => {
  const unreadable = {
    get: () => {
      throw new Error("No");
    },
  };
  const results = {
    then: Object.defineProperty({}, "then", unreadable),
    constructor: Object.defineProperty(Promise.resolve(), "constructor", unreadable),
  };
  for (const [name, result] of Object.entries(results)) {
    const { chain, log } = laneOf(() => ({
      run: (turn) => turn.item === "1" ? result : undefined,
    }));
    chain.wake("s");
    await quiet();
    assert.deepEqual([log, chain.size], [["1 failed", "2 completed"], 0], name);
  }
});

test("work whose promise has a then of its own ends its turn once (EXACTLY_ONE_OUTCOME)", async () => {
  const thens = {
    twice: (settle: (value: string) => void) => {
      settle("one");
      settle("other");
    },
    never: () => {
      throw new Error("No");
    },
  };
  for (const [name, then] of Object.entries(thens)) {
    const { chain, log } = laneOf(() => ({
      run: (turn) => turn.item === "1" ? Object.assign(Promise.resolve("0"), { then }) : undefined,
    }));
    chain.wake("s");
    await quiet();
    assert.equal(chain.size, 0, name);
    assert.equal(log.length, 2, `${name}: ${log}`);
    assert.match(log.join(), /^1 (completed|failed),2 completed$/);
  }
});

test("a throw of next() comes out of wake() and leaves the key idle (NO_ORPHAN_GUARD)", async () => {
  const { chain, inbox, log } = laneOf((throwOnce) => ({
    next: () => (throwOnce(), inbox.shift()),
  }));
  assert.throws(() => chain.wake("s"), { message: "No" });
  assert.deepEqual([chain.size, chain.turnOf("s"), inbox.length], [0, undefined, 2]);
  await quiet();
  assert.equal(chain.wake("s"), true);
  await quiet();
  assert.deepEqual(log, ["1 completed", "2 completed"]);
});

test("a throw of released() comes out of a wake() that finds nothing, and the key is idle", () => {
  const { chain, inbox } = laneOf((throwOnce) => ({ observer: { released: throwOnce } }));
  inbox.length = 0;
  assert.throws(() => chain.wake("s"), { message: "No" });
  assert.equal(chain.size, 0);
  inbox.push("1");
  assert.equal(chain.wake("s"), true);
});

test("a throw of started() fails the turn, whose work is not called", async () => {
  let runs = 0;
  const { chain, log } = laneOf((throwOnce) => ({
    run: () => void runs++,
    observer: { started: throwOnce },
  }));
  chain.wake("s");
  await quiet();
  assert.deepEqual([log, runs], [["1 failed", "2 completed"], 1]);
});

test("a throw of ended() or next() when a turn is abandoned comes out of the timer", async () => {
  for (const where of ["ended", "next"] as const) {
    const { chain, clock, inbox } = laneOf((throwOnce) => ({
      [where]: () => {
        // Not when the guard is claimed for "1".
        if (inbox.length < 2) throwOnce();
        return inbox.shift();
      },
      run: (turn) => turn.item === "1" ? new Promise(() => {}) : undefined,
      onAbandon: "proceed",
    }));
    chain.wake("s");
    const turn = chain.turnOf("s")!;
    await quiet();
    turn.interrupt();
    assert.throws(() => clock.advance(5_000), { message: "No" });
    await quiet();
    assert.deepEqual([turn.state, chain.abandoned, chain.size], ["abandoned", 1, 0]);
    assert.equal(inbox.length, where === "ended" ? 0 : 1);
    if (where === "next") assert.equal(chain.wake("s"), true, "the key is idle");
  }
});
