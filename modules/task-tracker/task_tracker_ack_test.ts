import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "@lanekeeper/test/fake_clock";
import { type Task, TaskTracker, TrackerFullError } from "./mod.ts";
import { deaf, deferred, microtasks } from "./_test_support.ts";

function setUp() {
  const clock = new FakeClock();
  const errors: unknown[] = [];
  const settled: string[] = [];
  const tracker = new TaskTracker({
    name: "t",
    clock,
    onError: (error) => errors.push(error),
    observer: { settled: (task) => settled.push(task.name) },
  });
  return { clock, errors, settled, tracker };
}

const never = () => assert.fail("it must not run");

test("ackThenRun() acknowledges at once and starts the work after that went through", async () => {
  const { tracker } = setUp();
  const log: string[] = [];
  const acked = deferred();
  const promise = tracker.ackThenRun({
    name: "event",
    ack: () => {
      log.push("ack called");
      return acked.promise.then(() => void log.push("ack done"));
    },
    run: () => {
      log.push("run");
      return "value";
    },
  });
  assert.deepEqual(log, ["ack called"]);
  await microtasks();
  assert.deepEqual(log, ["ack called"]);
  acked.resolve();
  const task = await promise;
  assert.deepEqual(await task.settled, { status: "completed", value: "value" });
  assert.deepEqual(log, ["ack called", "ack done", "run"]);
});

test("ackThenRun() never waits for the work", async () => {
  const { tracker } = setUp();
  const end = deferred();
  const task = await tracker.ackThenRun({ name: "slow", ack: () => {}, run: () => end.promise });
  assert.equal(tracker.size, 1);
  end.resolve();
  assert.equal((await task.settled).status, "completed");
});

test("one slow handler holds up no later acknowledgement", async () => {
  const { tracker } = setUp();
  const acked: number[] = [];
  for (let i = 0; i < 3; i += 1) {
    await tracker.ackThenRun({ name: `e${i}`, ack: () => void acked.push(i), run: deaf });
  }
  assert.deepEqual(acked, [0, 1, 2]);
  assert.equal(tracker.size, 3);
});

test("the work gets its signal, its context and the options object as this", async () => {
  const contexts: unknown[] = [];
  const tracker = new TaskTracker<string>({
    onError: (_error, task) => contexts.push(task.context),
  });
  const options = {
    name: "event",
    context: "C1",
    acks: 0,
    ack() {
      this.acks += 1;
    },
    run(signal: AbortSignal) {
      assert.equal(signal.aborted, false);
      throw new Error(`after ${this.acks} ack`);
    },
  };
  const task = await tracker.ackThenRun(options);
  const result = await task.settled;
  assert.ok(result.status === "failed" && result.error instanceof Error);
  assert.equal(result.error.message, "after 1 ack");
  assert.deepEqual(contexts, ["C1"]);
});

test("an acknowledgement that fails rejects, and the work never starts", async () => {
  const { tracker, errors, settled } = setUp();
  const error = new Error("socket closed");
  const throwing = () => {
    throw error;
  };
  for (const ack of [throwing, () => Promise.reject(error)]) {
    await assert.rejects(tracker.ackThenRun({ name: "event", ack, run: never }), error);
    assert.equal(tracker.size, 0);
  }
  await microtasks();
  assert.deepEqual(errors, []); // the caller has it: reported exactly once
  assert.deepEqual(settled, []);
});

test("a drain waits for a pending acknowledgement and for the work after it", async () => {
  const { clock, tracker } = setUp();
  const acked = deferred();
  const end = deferred();
  void tracker.ackThenRun({ name: "e", ack: () => acked.promise, run: () => end.promise });
  const drained = tracker.drain();
  await microtasks();
  assert.equal(tracker.snapshot()[0]?.state, "acknowledging");
  acked.resolve();
  await microtasks();
  assert.equal(tracker.snapshot()[0]?.state, "running");
  end.resolve();
  assert.equal((await drained).completed, 1);
  assert.equal(clock.pending, 0);
});

test("a drain that waited for an acknowledgement that fails ends and does not count it (EVENTUALLY_IDLE)", async () => {
  const { clock, tracker } = setUp();
  const acked = deferred();
  const promise = tracker.ackThenRun({ name: "e", ack: () => acked.promise, run: never });
  const drained = tracker.drain();
  acked.reject(new Error("socket closed"));
  await assert.rejects(promise, /socket closed/);
  const { completed, failed, cancelled, abandoned } = await drained;
  assert.equal(completed + failed + cancelled + abandoned, 0);
  assert.equal(clock.pending, 0);
});

test("cancelled while the acknowledgement is pending, the work never starts", async () => {
  const { clock, tracker } = setUp();
  const acked = deferred();
  const promise = tracker.ackThenRun({ name: "e", ack: () => acked.promise, run: never });
  const drained = tracker.drain({ deadlineMs: 100 });
  await microtasks();
  clock.advance(100);
  await microtasks();
  assert.equal(tracker.size, 1); // the acknowledgement is still under way
  acked.resolve();
  assert.equal((await (await promise).settled).status, "cancelled");
  assert.deepEqual((await drained).names.cancelled, ["e"]);
  assert.equal(clock.pending, 0);
});

test("an acknowledgement that never ends is abandoned and its caller gets an answer (FUTURE_SETTLES)", async () => {
  const { clock, tracker } = setUp();
  const promise = tracker.ackThenRun({ name: "e", ack: deaf, run: never });
  const drained = tracker.drain({ deadlineMs: 100, cancelGraceMs: 50 });
  clock.advance(150);
  assert.deepEqual((await drained).names.abandoned, ["e"]);
  assert.deepEqual(await (await promise).settled, { status: "abandoned" });
  assert.equal(clock.pending, 0);
});

test("an abandoned acknowledgement that ends late starts nothing and loses no error", async () => {
  const { clock, tracker, errors, settled } = setUp();
  const acks = [deferred(), deferred()];
  const promises = acks.map(({ promise }, i) =>
    tracker.ackThenRun({ name: `e${i}`, ack: () => promise, run: never })
  );
  const drained = tracker.drain({ deadlineMs: 1, cancelGraceMs: 1 });
  clock.advance(2);
  assert.equal((await drained).abandoned, 2);
  const error = new Error("late");
  acks[0]?.resolve();
  acks[1]?.reject(error);
  await microtasks();
  for (const promise of promises) {
    assert.deepEqual(await (await promise).settled, { status: "abandoned" });
  }
  assert.deepEqual(errors, [error]);
  assert.deepEqual(settled, ["e0", "e1"]);
});

test("a full tracker acknowledges nothing", async () => {
  const tracker = new TaskTracker({ tasksMax: 1 });
  void tracker.ackThenRun({ name: "first", ack: deaf, run: never });
  const refused = tracker.ackThenRun({ name: "second", ack: never, run: never });
  await assert.rejects(refused, TrackerFullError);
  assert.equal(tracker.size, 1);
});

test("a stopped tracker acknowledges nothing and answers with a cancelled task (ACK_TRUTH)", async () => {
  const { clock, tracker } = setUp();
  let acknowledged = 0;
  const ack = () => void acknowledged++;
  tracker.spawn("deaf", deaf);
  const drained = tracker.drain({ deadlineMs: 1, cancelGraceMs: 1 });
  await microtasks();
  clock.advance(1);
  const while_: Task<void> = await tracker.ackThenRun({ name: "late", ack, run: never });
  clock.advance(1);
  const report = await drained;
  const after: Task<void> = await tracker.ackThenRun({ name: "later", ack, run: never });
  assert.equal(acknowledged, 0);
  assert.equal((await while_.settled).status, "cancelled");
  assert.equal((await after.settled).status, "cancelled");
  assert.deepEqual(report.names.cancelled, ["late"]);
});

test("the task can be cancelled by its caller before its first step", async () => {
  const { tracker } = setUp();
  const task = await tracker.ackThenRun({ name: "e", ack: () => {}, run: never });
  task.cancel("withdrawn");
  assert.deepEqual(await task.settled, { status: "cancelled", reason: "withdrawn" });
});

test("an acknowledgement that fails as it is abandoned is reported once, not twice", async () => {
  const { clock, tracker, errors } = setUp();
  const acked = deferred();
  const promise = tracker.ackThenRun({ name: "e", ack: () => acked.promise, run: never });
  const drained = tracker.drain({ deadlineMs: 1, cancelGraceMs: 1 });
  await microtasks();
  acked.reject(new Error("late"));
  clock.advance(2); // before the rejection gets through
  assert.equal((await drained).abandoned, 1);
  assert.deepEqual(await (await promise).settled, { status: "abandoned" });
  assert.equal(errors.length, 1);
});
