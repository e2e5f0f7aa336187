import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "@lanekeeper/test/fake_clock";
import {
  TaskCancelledError,
  TaskFailedError,
  type TaskInfo,
  TaskTracker,
  TrackerFullError,
} from "./mod.ts";
import { deaf, deferred, LONG, microtasks, obedient, uncaught } from "./_test_support.ts";

test("spawn() never calls its function in the caller's frame (BOUNDED_STACK)", async () => {
  const tracker = new TaskTracker();
  const log: string[] = [];
  const task = tracker.spawn("a", () => void log.push("ran"));
  log.push("spawned");
  await task.settled;
  assert.deepEqual(log, ["spawned", "ran"]);
});

test("a function's value, its promise's value and its error each become the one result", async () => {
  const tracker = new TaskTracker({ onError: () => {} });
  const error = new Error("broken");
  const results = await Promise.all([
    tracker.spawn("value", () => 1).settled,
    tracker.spawn("promise", () => Promise.resolve(2)).settled,
    tracker.spawn("rejects", () => Promise.reject(error)).settled,
    tracker.spawn("throws", () => {
      throw error;
    }).settled,
  ]);
  assert.deepEqual(results, [
    { status: "completed", value: 1 },
    { status: "completed", value: 2 },
    { status: "failed", error },
    { status: "failed", error },
  ]);
  assert.equal(tracker.size, 0);
});

test("a task has a name and an id that no other task of the family has", () => {
  const tracker = new TaskTracker();
  const child = tracker.child("c");
  const tasks = [tracker.spawn("a", () => {}), child.spawn("a", () => {}), child.spawn("b", deaf)];
  assert.deepEqual(tasks.map((task) => task.name), ["a", "a", "b"]);
  assert.equal(new Set(tasks.map((task) => task.id)).size, 3);
});

test("an error is reported once, with the task's name and context", async () => {
  const reported: [unknown, TaskInfo<string>][] = [];
  const clock = new FakeClock();
  const tracker = new TaskTracker<string>({
    name: "slack",
    clock,
    onError: (error, task) => reported.push([error, task]),
  });
  const error = new Error("broken");
  clock.advance(7);
  const task = tracker.spawn("reply", () => Promise.reject(error), { context: "C1 U1: hello" });
  await task.settled;
  await tracker.drain();
  const context = "C1 U1: hello";
  const info = { id: task.id, name: "reply", tracker: "slack", context, spawnedAtMs: 7 };
  assert.deepEqual(reported, [[error, { ...info, state: "failed" }]]);
});

test("without onError a task's error surfaces as an uncaught TaskFailedError", async () => {
  const error = new Error("broken");
  const surfaced = await uncaught(async () => {
    const tracker = new TaskTracker({ name: "slack" });
    await tracker.spawn("reply", () => Promise.reject(error)).settled;
  });
  assert.equal(surfaced.length, 1);
  const [failure] = surfaced;
  assert.ok(failure instanceof TaskFailedError);
  assert.equal(failure.name, "TaskFailedError");
  assert.equal(failure.message, 'Task "reply" of tracker "slack" failed');
  assert.equal(failure.task, "reply");
  assert.equal(failure.cause, error);
});

test("what onError or an observer throws surfaces and disturbs no task (FUTURE_SETTLES)", async () => {
  const bad = (what: string) => () => {
    throw new Error(what);
  };
  const surfaced = await uncaught(async () => {
    const tracker = new TaskTracker({
      onError: bad("onError"),
      observer: { started: bad("started"), settled: bad("settled"), drained: bad("drained") },
    });
    const task = tracker.spawn("a", () => Promise.reject(new Error("task")));
    assert.equal((await tracker.drain()).failed, 1);
    assert.equal((await task.settled).status, "failed");
  });
  const messages = surfaced.map((error) => (error as Error).message);
  assert.deepEqual(messages, ["started", "settled", "onError", "drained"]);
});

test("a task cancelled before its first step never runs", async () => {
  const tracker = new TaskTracker();
  let calls = 0;
  const task = tracker.spawn("a", () => calls += 1);
  task.cancel("no");
  assert.equal(tracker.size, 1);
  assert.deepEqual(await task.settled, { status: "cancelled", reason: "no" });
  assert.equal(calls, 0);
  assert.equal(tracker.size, 0);
});

test("cancel() aborts the signal with its reason, and only the first one counts (STOP_TERMINATES)", async () => {
  const tracker = new TaskTracker({ onError: () => assert.fail("a cancel is not an error") });
  const reasons: unknown[] = [];
  const task = tracker.spawn("a", (signal) => {
    signal.addEventListener("abort", () => reasons.push(signal.reason));
    return obedient(signal);
  });
  await microtasks();
  task.cancel("first");
  task.cancel("second");
  assert.deepEqual(await task.settled, { status: "cancelled", reason: "first" });
  task.cancel("third");
  assert.deepEqual(reasons, ["first"]);
});

test("cancel() after the end aborts no signal and changes no result (CANCEL_TARGET)", async () => {
  const tracker = new TaskTracker();
  let kept: AbortSignal | undefined;
  const task = tracker.spawn("a", (signal) => void (kept = signal));
  await task.settled;
  task.cancel();
  assert.equal(kept?.aborted, false);
  assert.deepEqual(await task.settled, { status: "completed", value: undefined });
});

test("cancel() without a reason aborts with an AbortError", async () => {
  const tracker = new TaskTracker();
  const task = tracker.spawn("a", obedient);
  await microtasks();
  task.cancel();
  const result = await task.settled;
  assert.ok(result.status === "cancelled" && result.reason instanceof TaskCancelledError);
  assert.equal(result.reason.name, "AbortError");
  assert.equal(result.reason.message, 'Task "a" was cancelled');
});

test("only an AbortError or the reason itself, after an abort, counts as cancelled", async () => {
  const reported: unknown[] = [];
  const tracker = new TaskTracker({ onError: (error) => reported.push(error) });
  const abortError = new DOMException("stopped", "AbortError");
  const other = new Error("broken while stopping");
  const end = deferred();
  const throwing = (error: unknown) => async () => {
    await end.promise;
    throw error;
  };
  const uncancelled = tracker.spawn("uncancelled", throwing(abortError));
  const aborted = tracker.spawn("aborted", throwing(abortError));
  const broken = tracker.spawn("broken", throwing(other));
  const finished = tracker.spawn("finished", () => end.promise.then(() => "done"));
  const bare = tracker.spawn("bare", throwing(undefined));
  await microtasks();
  for (const task of [aborted, broken, finished, bare]) task.cancel("stop");
  end.resolve();
  assert.deepEqual(await uncancelled.settled, { status: "failed", error: abortError });
  assert.deepEqual(await aborted.settled, { status: "cancelled", reason: "stop" });
  assert.deepEqual(await broken.settled, { status: "failed", error: other });
  assert.deepEqual(await finished.settled, { status: "completed", value: "done" });
  assert.deepEqual(await bare.settled, { status: "failed", error: undefined });
  assert.deepEqual(reported, [abortError, other, undefined]);
});

test("a cancelled task stays tracked until it really ended", async () => {
  const tracker = new TaskTracker();
  const end = deferred();
  const task = tracker.spawn("slow", () => end.promise);
  await microtasks();
  task.cancel();
  await microtasks();
  assert.equal(tracker.size, 1);
  assert.equal(tracker.snapshot()[0]?.state, "cancelling");
  end.resolve();
  await task.settled;
  assert.equal(tracker.size, 0);
});

test("snapshot() shows where each task is", async () => {
  const clock = new FakeClock();
  const tracker = new TaskTracker<number>({ name: "t", clock });
  clock.advance(3);
  tracker.spawn("running", deaf, { context: 5 });
  void tracker.ackThenRun({ name: "acknowledging", ack: deaf, run: () => {} });
  await microtasks();
  tracker.spawn("cancelling", deaf).cancel();
  tracker.spawn("starting", deaf);
  const of = (id: number, name: string, context: number | undefined) => {
    return { id, name, tracker: "t", context, state: name, spawnedAtMs: 3 };
  };
  assert.deepEqual(tracker.snapshot(), [
    of(1, "running", 5),
    of(2, "acknowledging", undefined),
    of(3, "cancelling", undefined),
    of(4, "starting", undefined),
  ]);
});

test("a full tracker refuses a task with a typed error and takes one again after an end (BOUNDED_STATE)", async () => {
  const tracker = new TaskTracker({ name: "slack", tasksMax: 2 });
  const first = tracker.spawn("a", () => {});
  tracker.spawn("b", deaf);
  assert.throws(() => tracker.spawn("c", () => assert.fail("it must not run")), (error) => {
    assert.ok(error instanceof TrackerFullError);
    assert.equal(error.name, "TrackerFullError");
    assert.equal(error.message, 'Cannot start task "c": tracker "slack" is full');
    assert.equal(error.tracker, "slack");
    assert.equal(error.tasksMax, 2);
    return true;
  });
  await first.settled;
  const task = tracker.spawn("d", () => "ran");
  assert.deepEqual(await task.settled, { status: "completed", value: "ran" });
});

test("limits that make no sense are a RangeError", () => {
  for (const tasksMax of [0, -1, 1.5, NaN, Infinity]) {
    assert.throws(() => new TaskTracker({ tasksMax }), RangeError);
  }
  for (const namesMax of [-1, 0.5, NaN, Infinity]) {
    assert.throws(() => new TaskTracker({ namesMax }), RangeError);
  }
});

test("the observer sees every start, every end and the drain", async () => {
  const seen: string[] = [];
  const clock = new FakeClock();
  const tracker = new TaskTracker({
    clock,
    onError: () => {},
    observer: {
      started: (task) => seen.push(`started ${task.name} ${task.state}`),
      settled: (task, result) => seen.push(`settled ${task.name} ${task.state} ${result.status}`),
      drained: (report) => seen.push(`drained ${report.tracker} ${report.cancelled}`),
    },
  });
  tracker.spawn("a", () => {});
  tracker.spawn("b", () => Promise.reject(new Error("broken")));
  tracker.spawn("c", deaf).cancel();
  await microtasks();
  await tracker.drain();
  tracker.spawn("d", () => {});
  assert.equal(seen.at(-1), "drained tasks 0"); // never in the frame of spawn()
  await microtasks();
  assert.deepEqual(seen, [
    "started a running",
    "started b running",
    "settled c cancelled cancelled",
    "settled a completed completed",
    "settled b failed failed",
    "drained tasks 0",
    "settled d cancelled cancelled",
  ]);
});

test("100,000 tasks at once leave nothing behind", LONG, async () => {
  const clock = new FakeClock();
  const tracker = new TaskTracker({ clock });
  let ran = 0;
  for (let i = 0; i < 100_000; i += 1) tracker.spawn("task", () => ran += 1);
  assert.equal(tracker.size, 100_000);
  const report = await tracker.drain();
  assert.equal(ran, 100_000);
  assert.equal(report.completed, 100_000);
  assert.equal(tracker.size, 0);
  assert.deepEqual(tracker.snapshot(), []);
  assert.equal(clock.pending, 0);
});

test("100,000 tasks that each spawn the next leave nothing behind", LONG, async () => {
  const clock = new FakeClock();
  const tracker = new TaskTracker({ clock });
  let left = 100_000;
  let sizeMax = 0;
  const next = () => {
    left -= 1;
    if (left > 0) tracker.spawn("task", next);
    sizeMax = Math.max(sizeMax, tracker.size);
  };
  tracker.spawn("task", next);
  const report = await tracker.drain();
  assert.equal(report.completed, 100_000);
  assert.ok(sizeMax < 10, `a few tasks that are just ending, not ${sizeMax}`);
  assert.equal(tracker.size, 0);
  assert.equal(clock.pending, 0);
});

test(
  "100,000 tasks there may be unless told otherwise, and as many in a child as in its parent",
  LONG,
  async () => {
    const tracker = new TaskTracker();
    const child = tracker.child("c");
    for (let count = 0; count < 100_000; count += 1) child.spawn("a", () => {});
    assert.throws(() => child.spawn("a", () => {}), {
      name: "TrackerFullError",
      tracker: "tasks", // it is the parent that is full
      tasksMax: 100_000,
    });
    await tracker.drain();
  },
);
