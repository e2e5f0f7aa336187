import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "@lanekeeper/test/fake_clock";
import { TaskTracker } from "./mod.ts";
import { countedSignal, deaf, deferred, microtasks, obedient } from "./_test_support.ts";

/** A tracker on a clock of its own; fails the test if a timer is left when a drain has ended. */
function setUp() {
  const clock = new FakeClock();
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  const tracker = new TaskTracker({ name: "t", clock, onError });
  return { clock, errors, tracker };
}

test("a report lists a bounded number of names and counts them all (BOUNDED_STATE)", async () => {
  const tracker = new TaskTracker({ namesMax: 2 });
  for (const name of ["a", "b", "c"]) tracker.spawn(name, deaf).cancel();
  const report = await tracker.drain();
  assert.equal(report.cancelled, 3);
  assert.deepEqual(report.names.cancelled, ["a", "b"]);
});

test("a report lists 100 names of each kind unless told otherwise, or none", async () => {
  for (const [namesMax, listed] of [[undefined, 100], [0, 0]] as const) {
    const tracker = new TaskTracker(namesMax === undefined ? {} : { namesMax });
    for (let number = 0; number < 101; number += 1) tracker.spawn("a", obedient).cancel();
    const report = await tracker.drain();
    assert.deepEqual([report.cancelled, report.names.cancelled.length], [101, listed]);
  }
});

test("a deadline or grace that no timer can wait is a RangeError and starts no drain", async () => {
  const { tracker } = setUp();
  for (const ms of [-1, NaN, Infinity, 2 ** 31]) {
    await assert.rejects(tracker.drain({ deadlineMs: ms }), RangeError);
    await assert.rejects(tracker.drain({ cancelGraceMs: ms }), RangeError);
  }
  assert.equal(tracker.state, "open");
});

test("a deadline and a grace may be the longest times that a timer can wait (STOP_TERMINATES)", async () => {
  const longestMs = 2 ** 31 - 1;
  const { tracker, clock } = setUp();
  tracker.spawn("deaf", deaf);
  const drained = tracker.drain({ deadlineMs: longestMs, cancelGraceMs: longestMs });
  await microtasks();
  clock.advance(longestMs);
  await microtasks();
  clock.advance(longestMs);
  assert.deepEqual((await drained).names.abandoned, ["deaf"]);
});

test("a drain takes back no timer but those that it set, and each at most once", async () => {
  const clock = new FakeClock();
  const set = new Set<unknown>();
  const tracker = new TaskTracker({
    clock: {
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
    },
  });
  tracker.spawn("obedient", obedient);
  tracker.spawn("deaf", deaf);
  const drained = tracker.drain({ deadlineMs: 10, cancelGraceMs: 10 });
  void tracker.drain({ deadlineMs: 5 });
  await microtasks();
  clock.advance(5);
  await microtasks();
  clock.advance(10);
  const { cancelled, abandoned } = await drained;
  assert.deepEqual([cancelled, abandoned, set.size], [1, 1, 0]);
});

test("a drain counts its time from its first call, and sets no timer in the past", async () => {
  const clock = new FakeClock();
  let skewMs = 1_000;
  const tracker = new TaskTracker({
    clock: {
      ...clock,
      now: () => clock.now() + skewMs,
      setTimeout: (fn, ms) => {
        assert.ok(ms >= 0, `${ms} ms`);
        return clock.setTimeout(fn, ms);
      },
    },
  });
  tracker.spawn("obedient", obedient);
  await microtasks();
  const drained = tracker.drain({ deadlineMs: 10 });
  skewMs += 30; // the event loop was blocked, and the timer is late
  void tracker.drain({ deadlineMs: 20 });
  clock.advance(0);
  const { cancelled, durationMs } = await drained;
  assert.deepEqual([cancelled, durationMs], [1, 30]);
});

test("drain() leaves no listener on its signal, however often it got it (BOUNDED_STATE)", async () => {
  const { tracker } = setUp();
  const { signal, listeners } = countedSignal();
  const end = deferred();
  tracker.spawn("a", () => end.promise);
  const drains = [tracker.drain({ signal }), tracker.drain({ signal })];
  assert.equal(listeners.size, 1);
  end.resolve();
  await Promise.all(drains);
  assert.equal(listeners.size, 0);
});

test("drain() leaves no listener on a signal that has aborted, before or meanwhile", async () => {
  const { tracker } = setUp();
  const { controller, signal, listeners } = countedSignal();
  tracker.spawn("a", obedient);
  const drained = tracker.drain({ signal });
  controller.abort("no time");
  assert.equal(listeners.size, 0, "it is called once");
  const late = countedSignal();
  late.controller.abort("no time either");
  void tracker.drain({ signal: late.signal });
  assert.equal(late.listeners.size, 0, "it would never be called");
  assert.deepEqual((await drained).names.cancelled, ["a"]);
});
