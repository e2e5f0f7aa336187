import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "@lanekeeper/test/fake_clock";
import { type DrainReport, TaskCancelledError, TaskTracker } from "./mod.ts";
import { deaf, deferred, microtasks, obedient } from "./_test_support.ts";

const NOTHING = { completed: 0, failed: 0, cancelled: 0, abandoned: 0 };
const NO_NAMES = { failed: [], cancelled: [], abandoned: [] };

/** A tracker on a clock of its own; fails the test if a timer is left when a drain has ended. */
function setUp() {
  const clock = new FakeClock();
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  const tracker = new TaskTracker({ name: "t", clock, onError });
  return { clock, errors, tracker };
}

/** Whether a promise has settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  promise.then(() => settled = true, () => settled = true);
  await microtasks();
  return settled;
}

test("drain() of an empty tracker closes it at once and sets no timer for long", async () => {
  const { clock, tracker } = setUp();
  assert.equal(tracker.state, "open");
  const report = tracker.drain();
  assert.equal(tracker.state, "closed");
  assert.equal(clock.pending, 0);
  assert.deepEqual(await report, { tracker: "t", ...NOTHING, names: NO_NAMES, durationMs: 0 });
});

test("drain() waits for the tasks there are and reports how they ended", async () => {
  const { clock, tracker, errors } = setUp();
  const end = deferred();
  tracker.spawn("good", () => end.promise);
  tracker.spawn("bad", () => end.promise.then(() => Promise.reject(new Error("broken"))));
  tracker.spawn("withdrawn", obedient).cancel();
  const drained = tracker.drain();
  assert.equal(tracker.state, "draining");
  clock.advance(40);
  assert.equal(await isSettled(drained), false);
  end.resolve();
  assert.deepEqual(await drained, {
    tracker: "t",
    completed: 1,
    failed: 1,
    cancelled: 1,
    abandoned: 0,
    names: { failed: ["bad"], cancelled: ["withdrawn"], abandoned: [] },
    durationMs: 40,
  });
  assert.equal(errors.length, 1);
  assert.equal(tracker.state, "closed");
  assert.equal(clock.pending, 0);
});

test("a task that ended before the drain is not in its report", async () => {
  const { tracker } = setUp();
  await tracker.spawn("early", () => {}).settled;
  tracker.spawn("late", () => {});
  assert.equal((await tracker.drain()).completed, 1);
});

test("a task that starts during the drain is drained too", async () => {
  const { tracker } = setUp();
  const ran: string[] = [];
  tracker.spawn("first", async () => {
    await microtasks();
    tracker.spawn("second", async () => {
      await microtasks();
      tracker.spawn("third", () => void ran.push("third"));
    });
  });
  const report = await tracker.drain();
  assert.deepEqual(ran, ["third"]);
  assert.equal(report.completed, 3);
});

test("code that awaited the last task's settled can still follow it up (QUIESCENT_AFTER_STOP)", async () => {
  const { tracker } = setUp();
  const ran: string[] = [];
  const followUp = (async () => {
    await tracker.spawn("last", () => {}).settled;
    await tracker.spawn("follow-up", () => void ran.push("follow-up")).settled;
  })();
  const report = await tracker.drain();
  await followUp;
  assert.deepEqual(ran, ["follow-up"]);
  assert.equal(report.completed, 2);
});

test("at its deadline drain() cancels the rest and waits for their end (STOP_TERMINATES)", async () => {
  const { clock, tracker, errors } = setUp();
  const end = deferred();
  const slow = tracker.spawn("slow", async (signal) => {
    await obedient(signal).catch(() => end.promise);
    signal.throwIfAborted();
  });
  const drained = tracker.drain({ deadlineMs: 100, cancelGraceMs: 50 });
  await microtasks();
  clock.advance(99);
  assert.equal(tracker.snapshot()[0]?.state, "running");
  clock.advance(1);
  assert.equal(tracker.snapshot()[0]?.state, "cancelling");
  assert.equal(await isSettled(drained), false);
  end.resolve();
  const { cancelled, names, durationMs } = await drained;
  assert.deepEqual({ cancelled, names: names.cancelled, durationMs }, {
    cancelled: 1,
    names: ["slow"],
    durationMs: 100,
  });
  const result = await slow.settled;
  assert.ok(result.status === "cancelled" && result.reason instanceof TaskCancelledError);
  assert.equal(result.reason.message, 'Cannot wait longer: drain of tracker "t" met its deadline');
  assert.deepEqual(errors, []);
  assert.equal(clock.pending, 0);
});

test("the deadline is 30 s and the grace 5 s unless told otherwise", async () => {
  const { clock, tracker } = setUp();
  tracker.spawn("deaf", deaf);
  const drained = tracker.drain();
  await microtasks();
  clock.advance(29_999);
  assert.equal(tracker.snapshot()[0]?.state, "running");
  clock.advance(1);
  assert.equal(tracker.snapshot()[0]?.state, "cancelling");
  clock.advance(4_999);
  assert.equal(tracker.size, 1);
  clock.advance(1);
  assert.equal((await drained).durationMs, 35_000);
});

test("a task that ignores its cancel is abandoned by name and drain() returns", async () => {
  const { clock, tracker } = setUp();
  const task = tracker.spawn("deaf", deaf);
  tracker.spawn("obedient", obedient);
  const drained = tracker.drain({ deadlineMs: 100, cancelGraceMs: 50 });
  await microtasks();
  clock.advance(100);
  await microtasks();
  clock.advance(50);
  const report = await drained;
  assert.deepEqual(report.names, { failed: [], cancelled: ["obedient"], abandoned: ["deaf"] });
  assert.equal(report.abandoned, 1);
  assert.equal(report.durationMs, 150);
  assert.deepEqual(await task.settled, { status: "abandoned" });
  assert.equal(tracker.size, 0);
  assert.equal(clock.pending, 0);
});

test("the late value of an abandoned task is dropped and its late error is reported (EXACTLY_ONE_OUTCOME)", async () => {
  const { clock, tracker, errors } = setUp();
  const ends = [deferred<string>(), deferred<string>(), deferred<string>()];
  const tasks = ends.map((end, i) => tracker.spawn(`t${i}`, () => end.promise));
  const drained = tracker.drain({ deadlineMs: 1, cancelGraceMs: 1 });
  await microtasks();
  clock.advance(2);
  assert.equal((await drained).abandoned, 3);
  const error = new Error("late");
  ends[0]?.resolve("late");
  ends[1]?.reject(error);
  ends[2]?.reject(new DOMException("late", "AbortError"));
  await microtasks();
  for (const task of tasks) assert.deepEqual(await task.settled, { status: "abandoned" });
  assert.deepEqual(errors, [error]);
  assert.equal(tracker.size, 0);
});

test("a task that has not made its first step when the grace ends is cancelled, not abandoned", async () => {
  const { clock, tracker } = setUp();
  let calls = 0;
  const task = tracker.spawn("unstarted", () => calls += 1);
  const drained = tracker.drain({ deadlineMs: 1, cancelGraceMs: 1 });
  clock.advance(2); // both timers fire before one microtask runs
  assert.equal((await drained).cancelled, 1);
  const result = await task.settled;
  assert.ok(result.status === "cancelled" && result.reason instanceof TaskCancelledError);
  assert.equal(calls, 0);
});

test("an abort of drain()'s signal cancels the rest with its reason", async () => {
  const { clock, tracker } = setUp();
  const task = tracker.spawn("a", obedient);
  const controller = new AbortController();
  const drained = tracker.drain({ signal: controller.signal });
  await microtasks();
  controller.abort("shutdown");
  assert.equal((await drained).cancelled, 1);
  assert.deepEqual(await task.settled, { status: "cancelled", reason: "shutdown" });
  assert.equal(clock.pending, 0);
});

test("an abort of drain()'s signal starts the grace", async () => {
  const { clock, tracker } = setUp();
  tracker.spawn("deaf", deaf);
  const controller = new AbortController();
  const drained = tracker.drain({ cancelGraceMs: 50, signal: controller.signal });
  await microtasks();
  clock.advance(10);
  controller.abort();
  clock.advance(49);
  assert.equal(tracker.size, 1);
  clock.advance(1);
  assert.equal((await drained).durationMs, 60);
  assert.equal(clock.pending, 0);
});

test("a signal that is aborted already cancels at once (STOP_TERMINATES)", async () => {
  const { clock, tracker } = setUp();
  let calls = 0;
  tracker.spawn("a", () => calls += 1);
  assert.equal((await tracker.drain({ signal: AbortSignal.abort() })).cancelled, 1);
  assert.equal(calls, 0);
  assert.equal(clock.pending, 0);
});

test("a spawn after the cancel began never runs, settles at once and is in the report (QUIESCENT_AFTER_STOP)", async () => {
  const { clock, tracker } = setUp();
  let calls = 0;
  const statuses: string[] = [];
  tracker.spawn("cleans up", async (signal) => {
    try {
      await obedient(signal);
    } finally {
      const late = tracker.spawn("late", () => calls += 1);
      assert.equal(tracker.size, 1); // not tracked
      statuses.push((await late.settled).status);
    }
  });
  const drained = tracker.drain({ deadlineMs: 100 });
  await microtasks();
  clock.advance(100);
  const report = await drained;
  assert.deepEqual(statuses, ["cancelled"]);
  assert.equal(calls, 0);
  assert.deepEqual(report.names.cancelled, ["late", "cleans up"]);
});

test("a spawn after the end never runs and changes no report", async () => {
  const { tracker } = setUp();
  const report = await tracker.drain();
  const task = tracker.spawn("late", () => assert.fail("it must not run"));
  const result = await task.settled;
  assert.ok(result.status === "cancelled" && result.reason instanceof TaskCancelledError);
  assert.equal(result.reason.message, 'Cannot start task "late": tracker "t" is closed');
  await microtasks();
  assert.deepEqual(report, { tracker: "t", ...NOTHING, names: NO_NAMES, durationMs: 0 });
  assert.equal(tracker.size, 0);
});

test("an abandoned task that keeps spawning holds up nothing", async () => {
  const { clock, tracker } = setUp();
  const stop = deferred();
  let isStopped = false;
  void stop.promise.then(() => isStopped = true);
  let turnedAway = 0;
  tracker.spawn("ghost", async (signal) => {
    await obedient(signal).catch(() => {});
    while (!isStopped) {
      await tracker.spawn("more", () => assert.fail("it must not run")).settled;
      turnedAway += 1;
    }
  });
  const drained = tracker.drain({ deadlineMs: 1, cancelGraceMs: 1 });
  await microtasks();
  clock.advance(1);
  await microtasks();
  clock.advance(1);
  const report = await drained;
  stop.resolve();
  assert.equal(report.abandoned, 1);
  assert.ok(turnedAway > 0);
  assert.ok(report.names.cancelled.length <= 100);
});

test("concurrent drains share one report", async () => {
  const { clock, tracker } = setUp();
  tracker.spawn("a", () => {});
  const reports = await Promise.all([tracker.drain(), tracker.drain(), tracker.drain()]);
  assert.equal(reports[0]?.completed, 1);
  assert.equal(reports[1], reports[0]);
  assert.equal(reports[2], reports[0]);
  assert.equal(await tracker.drain(), reports[0]);
  assert.equal(clock.pending, 0);
});

test("of concurrent drains the earliest deadline and the shortest grace win (STOP_TERMINATES)", async () => {
  const { clock, tracker } = setUp();
  tracker.spawn("deaf", deaf);
  const drained = tracker.drain({ deadlineMs: 1_000, cancelGraceMs: 10 });
  await microtasks();
  clock.advance(100);
  void tracker.drain({ deadlineMs: 200, cancelGraceMs: 500 });
  void tracker.drain({ deadlineMs: 5_000, cancelGraceMs: 500 });
  assert.equal(clock.pending, 1);
  clock.advance(199);
  assert.equal(tracker.snapshot()[0]?.state, "running");
  clock.advance(1);
  assert.equal(tracker.snapshot()[0]?.state, "cancelling");
  clock.advance(10);
  assert.equal((await drained).durationMs, 310);
  assert.equal(clock.pending, 0);
});

test("a second drain with no deadline and no grace forces the first", async () => {
  const { clock, tracker } = setUp();
  tracker.spawn("deaf", deaf);
  const drained = tracker.drain();
  await microtasks();
  clock.advance(30_000); // cancelled, in its grace
  clock.advance(1_000);
  const forced = tracker.drain({ deadlineMs: 0, cancelGraceMs: 0 });
  clock.advance(0);
  assert.equal((await forced).abandoned, 1);
  assert.equal(await drained, await forced);
  assert.equal(clock.pending, 0);
});

test("a grace counts from the cancel, and a later abort or drain does not prolong it (STOP_TERMINATES)", async () => {
  const { clock, tracker } = setUp();
  const controller = new AbortController();
  tracker.spawn("deaf", deaf);
  const drained = tracker.drain({ deadlineMs: 100, cancelGraceMs: 50, signal: controller.signal });
  await microtasks();
  clock.advance(100);
  clock.advance(10);
  controller.abort();
  clock.advance(10);
  void tracker.drain({ cancelGraceMs: 40 });
  clock.advance(19);
  assert.equal(tracker.size, 1);
  clock.advance(1);
  assert.equal((await drained).durationMs, 140);
  assert.equal(clock.pending, 0);
});

test("every concurrent drain's signal cancels", async () => {
  const { tracker } = setUp();
  const task = tracker.spawn("a", obedient);
  const controller = new AbortController();
  const drained = tracker.drain();
  void tracker.drain({ signal: controller.signal });
  await microtasks();
  controller.abort("second");
  assert.equal((await drained).cancelled, 1);
  assert.deepEqual(await task.settled, { status: "cancelled", reason: "second" });
});

test("a drain awaited inside a task of its own tracker ends", async () => {
  const { clock, tracker } = setUp();
  let inner: DrainReport | undefined;
  const task = tracker.spawn("self", async () => {
    inner = await tracker.drain({ deadlineMs: 100, cancelGraceMs: 50 });
  });
  await microtasks();
  clock.advance(100);
  await microtasks();
  assert.equal(tracker.state, "draining");
  clock.advance(50);
  assert.deepEqual(await task.settled, { status: "abandoned" });
  await microtasks();
  assert.deepEqual(inner?.names.abandoned, ["self"]);
  assert.equal(clock.pending, 0);
});

test("a drain asked for from an abort listener or an observer joins the one that runs", async () => {
  const { clock } = setUp();
  let drains = 0;
  const tracker: TaskTracker = new TaskTracker({
    clock,
    observer: {
      drained() {
        drains += 1;
        void tracker.drain();
      },
    },
  });
  tracker.spawn("a", (signal) => {
    signal.addEventListener("abort", () => void tracker.drain({ signal: AbortSignal.abort() }));
    return obedient(signal);
  });
  await microtasks();
  const report = await tracker.drain({ signal: AbortSignal.abort("stop") });
  await microtasks();
  assert.equal(report.cancelled, 1);
  assert.equal(drains, 1);
  assert.equal(clock.pending, 0);
});

test("the observer hears of a drain that ended at once outside its caller's frame", async () => {
  let drains = 0;
  const tracker: TaskTracker = new TaskTracker({
    observer: {
      drained() {
        drains += 1;
        void tracker.drain();
      },
    },
  });
  const drained = tracker.drain();
  assert.equal(drains, 0);
  await drained;
  await microtasks();
  assert.equal(drains, 1);
});

test("a stopped tracker that is full turns a task away and throws nothing", async () => {
  const clock = new FakeClock();
  const tracker = new TaskTracker({ clock, tasksMax: 1 });
  tracker.spawn("deaf", deaf);
  const drained = tracker.drain({ deadlineMs: 1, cancelGraceMs: 1 });
  await microtasks();
  clock.advance(1);
  const late = tracker.spawn("late", () => assert.fail("it must not run"));
  assert.equal((await late.settled).status, "cancelled");
  clock.advance(1);
  assert.deepEqual((await drained).names.cancelled, ["late"]);
});

test("disposing drains, and joins a drain that runs without hurrying it", async () => {
  const { clock, tracker } = setUp();
  const end = deferred();
  tracker.spawn("a", () => end.promise);
  const drained = tracker.drain({ deadlineMs: 90_000 });
  const disposed = tracker[Symbol.asyncDispose]();
  await microtasks();
  clock.advance(60_000);
  assert.equal(tracker.snapshot()[0]?.state, "running");
  end.resolve();
  assert.equal(await disposed, undefined);
  assert.equal((await drained).completed, 1);

  const other = setUp();
  other.tracker.spawn("a", () => {});
  await other.tracker[Symbol.asyncDispose]();
  assert.equal(other.tracker.state, "closed");
});

test("the default clock drives the deadline and the grace", async () => {
  const tracker = new TaskTracker();
  tracker.spawn("deaf", deaf);
  const report = await tracker.drain({ deadlineMs: 0, cancelGraceMs: 0 });
  assert.deepEqual(report.names.abandoned, ["deaf"]);
  assert.ok(report.durationMs >= 0);
});

test("an abandoned task that ends late has ended once for its observer (EXACTLY_ONE_OUTCOME)", async () => {
  const clock = new FakeClock();
  const ends: string[] = [];
  const tracker = new TaskTracker({
    clock,
    observer: { settled: (_task, { status }) => ends.push(status) },
  });
  const end = deferred<string>();
  tracker.spawn("late", () => end.promise);
  const drained = tracker.drain({ deadlineMs: 1, cancelGraceMs: 1 });
  await microtasks();
  clock.advance(2);
  await drained;
  end.resolve("late");
  await microtasks();
  assert.deepEqual(ends, ["abandoned"]);
});
