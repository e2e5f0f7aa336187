import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "@lanekeeper/test/fake_clock";
import { type DrainReport, type Task, TaskTracker } from "./mod.ts";
import { deferred, microtasks } from "./_test_support.ts";

/** More microtasks than any of these tasks takes from `spawn` to its end. */
const HOPS = 24;
/** How many awaits a task of this file makes. */
const AWAITS = 4;

interface Run {
  readonly clock: FakeClock;
  readonly tracker: TaskTracker;
  readonly log: string[];
  readonly errors: unknown[];
  /** A task's function: awaits several times and looks at its signal after each. */
  run(signal: AbortSignal): Promise<string>;
}

function setUp(): Run {
  const clock = new FakeClock();
  const errors: unknown[] = [];
  const log: string[] = [];
  const tracker = new TaskTracker({ clock, onError: (error) => errors.push(error) });
  const run = async (signal: AbortSignal) => {
    for (let i = 0; i < AWAITS; i += 1) {
      log.push(`step ${i}`);
      await null;
      signal.throwIfAborted();
    }
    return "done";
  };
  return { clock, tracker, log, errors, run };
}

/** Steps stop where the cancel hit; nothing else is ever left behind. */
async function checkEnd(r: Run, task: Task<string>, report: DrainReport): Promise<string> {
  const result = await task.settled;
  const steps = r.log.filter((line) => line.startsWith("step")).length;
  if (result.status === "completed") assert.equal(steps, AWAITS);
  else assert.deepEqual(result, { status: "cancelled", reason: "stop" });
  assert.equal(report.completed + report.cancelled, 1);
  assert.equal(report[result.status], 1);
  assert.deepEqual(r.errors, []);
  assert.equal(r.tracker.size, 0);
  assert.equal(r.clock.pending, 0);
  const before = r.log.length;
  await microtasks();
  assert.equal(r.log.length, before);
  return `${result.status} after ${steps}`;
}

/** Every place at which the sweep hit: before the first step, after each await, after the end. */
const EVERYWHERE = [
  "cancelled after 0",
  "cancelled after 1",
  "cancelled after 2",
  "cancelled after 3",
  "cancelled after 4",
  "completed after 4",
];

test("a cancel at every microtask of a task ends it in exactly one way", async () => {
  const seen = new Set<string>();
  for (let hops = 0; hops < HOPS; hops += 1) {
    const r = setUp();
    const task = r.tracker.spawn("task", r.run);
    const drained = r.tracker.drain();
    if (hops > 0) await microtasks(hops - 1);
    task.cancel("stop");
    seen.add(await checkEnd(r, task, await drained));
  }
  assert.deepEqual([...seen].sort(), EVERYWHERE);
});

test("an abort of a drain at every microtask cancels or changes nothing", async () => {
  const seen = new Set<string>();
  for (let hops = 0; hops < HOPS; hops += 1) {
    const r = setUp();
    const controller = new AbortController();
    const task = r.tracker.spawn("task", r.run);
    const drained = r.tracker.drain({ signal: controller.signal });
    if (hops > 0) await microtasks(hops - 1);
    controller.abort("stop");
    seen.add(await checkEnd(r, task, await drained));
  }
  assert.deepEqual([...seen].sort(), EVERYWHERE);
});

test("an abort at every microtask of an acknowledgement starts nothing after it", async () => {
  const seen = new Set<string>();
  for (let hops = 0; hops < HOPS; hops += 1) {
    const r = setUp();
    const controller = new AbortController();
    const ack = async () => {
      await microtasks(3);
      r.log.push("acknowledged");
    };
    const accepted = r.tracker.ackThenRun({ name: "task", ack, run: r.run });
    const drained = r.tracker.drain({ signal: controller.signal });
    if (hops > 0) await microtasks(hops - 1);
    controller.abort("stop");
    const report = await drained;
    assert.equal(r.log[0], "acknowledged"); // drained, never cut off
    seen.add(await checkEnd(r, await accepted, report));
  }
  assert.deepEqual([...seen].sort(), EVERYWHERE);
});

test("a drain begun at every microtask waits for the task or finds it ended", async () => {
  const seen = new Set<number>();
  for (let hops = 0; hops < HOPS; hops += 1) {
    const r = setUp();
    const task = r.tracker.spawn("task", r.run);
    if (hops > 0) await microtasks(hops - 1);
    const report = await r.tracker.drain();
    assert.deepEqual(await task.settled, { status: "completed", value: "done" });
    assert.equal(r.clock.pending, 0);
    seen.add(report.completed);
  }
  assert.deepEqual([...seen].sort(), [0, 1]);
});

test("a grace that ends at every microtask abandons or finds the end, never both", async () => {
  const seen = new Set<string>();
  for (let hops = 0; hops < HOPS; hops += 1) {
    const r = setUp();
    const gate = deferred();
    const task = r.tracker.spawn("task", async () => {
      await gate.promise;
      await microtasks(3);
      return "done";
    });
    const drained = r.tracker.drain({ deadlineMs: 1, cancelGraceMs: 1 });
    await microtasks();
    r.clock.advance(1);
    gate.resolve();
    if (hops > 0) await microtasks(hops - 1);
    r.clock.advance(1);
    const report = await drained;
    const { status } = await task.settled;
    assert.equal(report[status], 1);
    assert.equal(report.completed + report.abandoned, 1);
    assert.equal(r.tracker.size, 0);
    assert.equal(r.clock.pending, 0);
    seen.add(status);
  }
  assert.deepEqual([...seen].sort(), ["abandoned", "completed"]);
});

test("a grace that ends at every microtask of an acknowledgement tells how far it was", async () => {
  const seen = new Set<string>();
  for (let hops = 0; hops < HOPS; hops += 1) {
    const r = setUp();
    const acked = deferred();
    let isAccepted = false;
    const ack = () => acked.promise;
    const accepted = r.tracker.ackThenRun({ name: "task", ack, run: r.run });
    void accepted.then(() => isAccepted = true);
    const drained = r.tracker.drain({ deadlineMs: 1, cancelGraceMs: 1 });
    await microtasks();
    r.clock.advance(1);
    acked.resolve();
    if (hops > 0) await microtasks(hops - 1);
    const wasAccepted = isAccepted;
    r.clock.advance(1);
    const report = await drained;
    const { status } = await (await accepted).settled;
    if (wasAccepted) assert.equal(status, "cancelled");
    assert.equal(report[status], 1);
    assert.equal(report.cancelled + report.abandoned, 1);
    assert.deepEqual(r.log, []);
    assert.equal(r.clock.pending, 0);
    seen.add(`${status}, ${wasAccepted}`);
  }
  const expected = ["abandoned, false", "cancelled, false", "cancelled, true"];
  assert.deepEqual([...seen].sort(), expected);
});
