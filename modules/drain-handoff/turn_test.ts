import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "@lanekeeper/harness";
import { FakeClock } from "@lanekeeper/test/fake_clock";
import { turnOf } from "./_test_support.ts";
import { DrainHandoff, StaleTurnError } from "./mod.ts";

test("a turn tells its key, its item, its guard and the guard's generation", () => {
  const { turn } = turnOf();
  assert.deepEqual([turn.key, turn.item], ["key", "item"]);
  assert.deepEqual([turn.guard.key, turn.guard.generation], ["key", turn.generation]);
  assert.equal(turn.generation, 1, "of the first guard");
});

test("a turn that runs undisturbed is ready, running, settled; and live until it settles", async () => {
  const { turn, work } = turnOf();
  assert.deepEqual([turn.state, turn.live, turn.interrupted], ["ready", true, false]);
  await quiet();
  assert.deepEqual([turn.state, turn.live, turn.interrupted], ["running", true, false]);
  work.resolve(1);
  await quiet();
  assert.deepEqual([turn.state, turn.live, turn.interrupted], ["settled", false, false]);
});

test("live turns false in the very step of an interrupt, of an end and of an abandonment (STALE_EFFECT_FENCED)", async () => {
  const { turn } = turnOf();
  turn.interrupt();
  assert.deepEqual([turn.live, turn.interrupted, turn.state], [false, true, "ready"]);

  const seen: unknown[] = [];
  const settling = turnOf({ ended: (turn) => void seen.push(turn.state, turn.live) });
  settling.work.resolve(1);
  await quiet();
  assert.deepEqual(seen, ["settled", false]);

  const abandoned = turnOf();
  await quiet();
  abandoned.turn.interrupt();
  abandoned.clock.advance(5_000);
  assert.deepEqual([abandoned.turn.state, abandoned.turn.live], ["abandoned", false]);
  abandoned.work.resolve(1);
  await quiet();
  assert.deepEqual([abandoned.turn.state, abandoned.turn.live], ["abandoned", false]);
});

test("throwIfStale() throws once the turn does not count any more, and not before (B7)", async () => {
  const { turn, work } = turnOf();
  turn.throwIfStale();
  await quiet();
  turn.throwIfStale();
  turn.interrupt();
  const message = `Cannot act for generation ${turn.generation}: the turn`;
  const stale = { name: "StaleTurnError", code: "stale_turn" };
  assert.throws(() => turn.throwIfStale(), { ...stale, message: `${message} was interrupted` });
  work.resolve(1);
  await quiet();
  assert.throws(() => turn.throwIfStale(), { ...stale, message: `${message} is settled` });
  assert.throws(() => turn.throwIfStale(), StaleTurnError);
});

test("a reply that comes after the interrupt is not delivered by work that asks first (B7)", async () => {
  const inbox = ["1", "2"];
  const delivered: string[] = [];
  const replies = new Map<string, () => void>();
  const chain = new DrainHandoff<string, string>({
    next: () => inbox.shift(),
    run: async (turn) => {
      await new Promise<void>((resolve) => void replies.set(turn.item, resolve));
      turn.throwIfStale();
      delivered.push(turn.item);
    },
    clock: new FakeClock(),
  });
  chain.wake("key");
  await quiet();
  chain.turnOf("key")!.interrupt();
  replies.get("1")!();
  await quiet();
  replies.get("2")!();
  await quiet();
  assert.deepEqual(delivered, ["2"]);
});

test("signal is one and the same, and aborts with the reason of the interrupt (STOP_TERMINATES)", () => {
  const { turn } = turnOf();
  const { signal } = turn;
  assert.equal(turn.signal, signal);
  assert.equal(signal.aborted, false);
  turn.interrupt("stop");
  assert.deepEqual([signal.aborted, signal.reason], [true, "stop"]);
});

test("signal that is asked for only after the interrupt is aborted, with its reason (STOP_TERMINATES)", async () => {
  const { turn, work } = turnOf();
  await quiet();
  turn.interrupt("stop");
  assert.deepEqual([turn.signal.aborted, turn.signal.reason], [true, "stop"]);
  work.resolve(1);
  await quiet();
  assert.deepEqual([turn.signal.aborted, turn.signal.reason], [true, "stop"]);
});

test("an interrupt without a reason has an AbortError for one, in the signal and in the end", async () => {
  const [early, late] = [turnOf(), turnOf()];
  const { signal } = early.turn;
  for (const { turn } of [early, late]) turn.interrupt();
  for (const { turn } of [early, late]) {
    const end = await turn.ended;
    assert.ok(end.status === "cancelled" && end.reason instanceof DOMException);
    assert.equal(end.reason.name, "AbortError");
    assert.equal(turn.signal.reason, end.reason);
  }
  assert.equal(signal, early.turn.signal);
});

test("signal of a turn that ended undisturbed is not aborted", async () => {
  const { turn, work } = turnOf();
  const { signal } = turn;
  work.resolve(1);
  await quiet();
  turn.interrupt();
  assert.equal(signal.aborted, false);
});

test("ended fulfils with the end, whether it was asked for before or after (FUTURE_SETTLES)", async () => {
  const error = new Error("No");
  const [fine, broken] = [turnOf(), turnOf()];
  const early = [fine.turn.ended, broken.turn.ended];
  fine.work.resolve("reply");
  broken.work.reject(error);
  const ends = [{ status: "completed", value: "reply" }, { status: "failed", error }];
  assert.deepEqual(await Promise.all(early), ends);
  assert.deepEqual([await fine.turn.ended, await broken.turn.ended], ends);
  assert.equal(fine.turn.ended, early[0]);
});

test("ended fulfils with an abandonment, and the late settling changes nothing (FUTURE_SETTLES)", async () => {
  const { clock, turn, work } = turnOf();
  await quiet();
  turn.interrupt("stop");
  clock.advance(5_000);
  const end = await turn.ended;
  assert.deepEqual(end, { status: "abandoned", reason: "stop" });
  work.resolve("late");
  await quiet();
  assert.equal(await turn.ended, end);
});

test("waitUntil() keeps the guard until the promise has settled too, be it rejected (NO_ORPHAN_GUARD)", async () => {
  const [delivery, log] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const { chain, inbox, turn, work } = turnOf();
  inbox.push("next");
  assert.equal(turn.waitUntil(delivery.promise), true, "before the first step");
  await quiet();
  work.resolve("reply");
  await quiet();
  assert.deepEqual([turn.state, turn.live, chain.turnOf("key")], ["running", true, turn]);
  assert.equal(turn.waitUntil(log.promise), true, "while it waits for another");
  delivery.reject(new Error("Not delivered"));
  await quiet();
  assert.deepEqual([chain.turnOf("key"), inbox], [turn, ["next"]]);
  log.resolve();
  await quiet();
  assert.deepEqual([chain.size, inbox], [0, []]);
  assert.deepEqual(await turn.ended, { status: "completed", value: "reply" });
});

test("waitUntil() of a turn that is over waits for nothing", async () => {
  const { chain, clock, turn, work } = turnOf();
  await quiet();
  turn.interrupt();
  clock.advance(5_000);
  assert.equal(turn.waitUntil(new Promise(() => {})), false, "abandoned");
  work.resolve(1);
  await quiet();
  assert.equal(chain.size, 0);
  assert.equal(turn.waitUntil(new Promise(() => {})), false);
});

test("parts left over abandonAfterMs after an interrupt are given up, and not the turn (STOP_TERMINATES)", async () => {
  const [part, other] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const works = [Promise.resolve("reply"), new Promise(() => {})];
  const { chain, clock, inbox, turn } = turnOf({ run: () => works.shift() });
  inbox.push("next");
  turn.waitUntil(part.promise);
  turn.waitUntil(other.promise);
  await quiet();
  turn.interrupt("stop");
  clock.advance(4_999);
  await quiet();
  assert.equal(chain.turnOf("key"), turn);
  clock.advance(1);
  await quiet();
  const work = { status: "completed", value: "reply" };
  assert.deepEqual(await turn.ended, { status: "cancelled", reason: "stop", work });
  const next = chain.turnOf("key")!;
  assert.deepEqual([next.item, chain.abandoned, clock.pending], ["next", 0, 0]);
  part.resolve();
  other.resolve();
  await quiet();
  assert.deepEqual([chain.turnOf("key"), next.live], [next, true], "too late to move anything");
});

test("a part that ends after it was given up ends no turn twice (EXACTLY_ONE_OUTCOME)", async () => {
  const part = Promise.withResolvers<void>();
  const ends: string[] = [];
  const { clock, turn } = turnOf({
    run: () => "reply",
    ended: (_turn, { status }) => ends.push(status),
  });
  turn.waitUntil(part.promise);
  await quiet();
  turn.interrupt("stop");
  clock.advance(5_000);
  part.resolve();
  await quiet();
  assert.deepEqual(ends, ["cancelled"]);
});

test("the parts of an abandoned turn count as its work, and it settles when they have", async () => {
  const part = Promise.withResolvers<void>();
  const { chain, clock, turn, work } = turnOf();
  turn.waitUntil(part.promise);
  await quiet();
  turn.interrupt("stop");
  clock.advance(5_000);
  work.resolve("late");
  await quiet();
  assert.deepEqual([chain.turnOf("key"), chain.abandoned], [turn, 1]);
  part.resolve();
  await quiet();
  assert.deepEqual([chain.size, chain.abandoned], [0, 0]);
  assert.deepEqual(await turn.ended, { status: "abandoned", reason: "stop" });
});

test("a turn interrupted before its first step still waits for its parts", async () => {
  const part = Promise.withResolvers<void>();
  const { chain, turn } = turnOf({ run: () => assert.fail("it began") });
  turn.waitUntil(part.promise);
  turn.interrupt("stop");
  await quiet();
  assert.equal(chain.turnOf("key"), turn);
  part.resolve();
  await quiet();
  assert.deepEqual(await turn.ended, { status: "cancelled", reason: "stop" });
  assert.equal(chain.size, 0);
});
