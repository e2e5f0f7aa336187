import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, quiet } from "@lanekeeper/test/fake_clock";
import { countedSignal, deferred, peek, rejection } from "./_test_support.ts";
import { orAborted, setTimer, within } from "./waiting.ts";

test("who does not wait any more is not told how it ended, and neither is the process (STOP_TERMINATES)", async () => {
  const [early, late] = [deferred(), deferred()];
  const reason = new Error("gone");
  assert.equal(await rejection(orAborted(early.promise, AbortSignal.abort(reason))), `${reason}`);
  const { controller, listeners } = countedSignal();
  const waited = rejection(orAborted(late.promise, controller.signal));
  assert.equal(listeners(), 1);
  controller.abort(reason);
  assert.equal(await waited, `${reason}`);
  for (const work of [early, late]) work.reject(new Error("an unhandled rejection, if told"));
  await quiet();
});

test("the listener goes with what was waited for, whatever comes of it (BOUNDED_STATE)", async () => {
  for (const ends of ["resolve", "reject"] as const) {
    const { controller, listeners } = countedSignal();
    const work = deferred();
    const waited = orAborted(work.promise, controller.signal).catch((error) => error);
    work[ends]("done");
    assert.equal(await waited, "done");
    await quiet();
    assert.equal(listeners(), 0);
  }
});

test("within() tells whether it settled in time, and leaves no timer (EVENTUALLY_IDLE)", async () => {
  for (const ends of ["resolve", "reject"] as const) {
    const clock = new FakeClock();
    const work = deferred();
    const inTime = within(clock, work.promise, 70);
    assert.equal(clock.pending, 1);
    work[ends]("done");
    assert.equal(await inTime, true);
    assert.equal(clock.pending, 0);
  }
  const clock = new FakeClock();
  const late = within(clock, new Promise(() => {}), 70);
  clock.advance(69);
  assert.equal(await peek(late), "pending");
  clock.advance(1);
  assert.equal(await late, false);
  void within(clock, new Promise(() => {}), Infinity);
  assert.equal(clock.pending, 0, "for ever needs no timer");
});

test("a timer is never set to less than 0 or to more than the runtimes can hold", () => {
  const set: number[] = [];
  const clock = new FakeClock();
  const recording = {
    now: () => clock.now(),
    setTimeout: (_fn: () => void, ms: number) => set.push(ms),
    clearTimeout: () => {},
  };
  for (const ms of [-1, 0, 70, 2 ** 31, Infinity]) setTimer(recording, () => {}, ms);
  assert.deepEqual(set, [0, 0, 70, 2 ** 31 - 1, 2 ** 31 - 1]);
});
