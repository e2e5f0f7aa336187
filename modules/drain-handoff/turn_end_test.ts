import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "@lanekeeper/harness";
import { FakeClock } from "@lanekeeper/test/fake_clock";
import { turnOf } from "./_test_support.ts";
import type { Clock } from "./mod.ts";

test("work that returns null has ended, and a function with a then() is waited for", async () => {
  const nothing = turnOf({ run: () => null });
  assert.deepEqual(await nothing.turn.ended, { status: "completed", value: null });
  const reply = Promise.withResolvers<string>();
  const callable = Object.assign(() => {}, { then: reply.promise.then.bind(reply.promise) });
  const { chain, turn } = turnOf({ run: () => callable });
  await quiet();
  assert.equal(chain.turnOf("key"), turn);
  reply.resolve("reply");
  assert.deepEqual(await turn.ended, { status: "completed", value: "reply" });
});

test("a part that settles after it was given up ends the turn no second time (EXACTLY_ONE_OUTCOME)", async () => {
  const ends: string[] = [];
  const part = Promise.withResolvers<void>();
  const { chain, clock, turn, work } = turnOf({
    ended: (_turn, { status }) => void ends.push(status),
  });
  turn.waitUntil(part.promise);
  await quiet();
  work.resolve("reply");
  turn.interrupt();
  await quiet();
  clock.advance(5_000);
  assert.deepEqual([ends, chain.size], [["cancelled"], 0]);
  part.resolve();
  await quiet();
  assert.deepEqual(ends, ["cancelled"]);
});

test("an observer need not care for a late end", async () => {
  const { chain, clock, turn, work } = turnOf({ observer: {} });
  await quiet();
  turn.interrupt();
  clock.advance(5_000);
  assert.deepEqual([turn.state, chain.abandoned], ["abandoned", 1]);
  work.resolve("late");
  await quiet();
  assert.deepEqual([chain.abandoned, chain.size], [0, 0]);
});

test("no timer is taken back but one that is still set", async () => {
  const clock = new FakeClock();
  const set = new Set<unknown>();
  const strict: Clock = {
    now: clock.now,
    setTimeout: (fn, ms) => {
      const timer = clock.setTimeout(() => (set.delete(timer), fn()), ms);
      set.add(timer);
      return timer;
    },
    clearTimeout: (timer) => {
      assert.ok(set.delete(timer), "it was set, and has not fired");
      clock.clearTimeout(timer);
    },
  };
  const undisturbed = turnOf({ clock: strict, run: () => "reply" });
  assert.equal((await undisturbed.turn.ended).status, "completed");

  const obedient = turnOf({ clock: strict });
  await quiet();
  obedient.turn.interrupt();
  obedient.work.resolve("stopped");
  assert.equal((await obedient.turn.ended).status, "cancelled");
  assert.equal(set.size, 0);

  const slow = turnOf({ clock: strict });
  slow.turn.waitUntil(new Promise(() => {}));
  await quiet();
  slow.work.resolve("reply");
  slow.turn.interrupt();
  await quiet();
  clock.advance(5_000);
  assert.equal((await slow.turn.ended).status, "cancelled");
});

test("ended is one promise, also when it is first asked for after the end", async () => {
  const { turn, work } = turnOf();
  work.resolve("reply");
  await quiet();
  const { ended } = turn;
  assert.ok(ended instanceof Promise, "what has then() and catch()");
  assert.equal(turn.ended, ended);
  assert.deepEqual(await ended, { status: "completed", value: "reply" });
});

test("ended tells what work that does not wait returned, and what it threw", async () => {
  const error = new Error("No");
  const returning = turnOf({ run: () => "reply" });
  const throwing = turnOf({
    run: () => {
      throw error;
    },
  });
  assert.deepEqual(await returning.turn.ended, { status: "completed", value: "reply" });
  assert.deepEqual(await throwing.turn.ended, { status: "failed", error });
});

test("work that returns no promise ends its turn in the step that called it", async () => {
  for (const value of [undefined, "reply", { then: "not a function" }]) {
    const { turn } = turnOf({ run: () => value });
    await null; // the one in which the turn begins
    assert.equal(turn.state, "settled", typeof value);
  }
});

test("of two promises given to waitUntil() before the work is over none is forgotten (SINGLE_TURN)", async () => {
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const { chain, turn, work } = turnOf();
  turn.waitUntil(first.promise);
  turn.waitUntil(second.promise);
  work.resolve("reply");
  second.resolve();
  await quiet();
  assert.equal(chain.turnOf("key"), turn, "the first one has not settled");
  first.resolve();
  await quiet();
  assert.equal(chain.turnOf("key"), undefined);
});
