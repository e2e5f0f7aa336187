import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "@lanekeeper/test/fake_clock";
import { TaskTracker, TrackerFullError } from "./mod.ts";
import { deaf, deferred, LONG, microtasks, obedient } from "./_test_support.ts";

function setUp() {
  const clock = new FakeClock();
  const failed: string[] = [];
  const drained: string[] = [];
  const parent = new TaskTracker({
    name: "host",
    clock,
    onError: (_error, task) => failed.push(`${task.tracker}: ${task.name}`),
    observer: { drained: (report) => drained.push(report.tracker) },
  });
  return { clock, failed, drained, parent };
}

test("a child's tasks count in its parent and are named after both", () => {
  const { parent } = setUp();
  const child = parent.child("s1");
  const grandchild = child.child("turns");
  parent.spawn("own", deaf);
  child.spawn("reply", deaf);
  grandchild.spawn("turn", deaf);
  assert.deepEqual([parent.size, child.size, grandchild.size], [3, 2, 1]);
  assert.deepEqual(parent.snapshot().map((task) => task.tracker), [
    "host",
    "host/s1",
    "host/s1/turns",
  ]);
  assert.deepEqual(child.snapshot().map((task) => task.name), ["reply", "turn"]);
});

test("a child has its parent's onError, clock and observer", async () => {
  const { parent, failed, drained, clock } = setUp();
  const child = parent.child("s1");
  child.spawn("reply", () => Promise.reject(new Error("broken")));
  clock.advance(1);
  assert.equal((await child.drain()).failed, 1);
  assert.deepEqual(failed, ["host/s1: reply"]);
  assert.deepEqual(drained, ["host/s1"]);
});

test("draining a child waits for its own tasks only and leaves the parent open", async () => {
  const { parent, clock } = setUp();
  const child = parent.child("s1");
  const sibling = parent.child("s2");
  const end = deferred();
  parent.spawn("own", deaf);
  sibling.spawn("other", deaf);
  child.spawn("reply", () => end.promise);
  const drained = child.drain();
  assert.deepEqual([parent.state, child.state, sibling.state], ["open", "draining", "open"]);
  end.resolve();
  assert.equal((await drained).completed, 1);
  assert.deepEqual([parent.state, child.state, sibling.state], ["open", "closed", "open"]);
  assert.equal(parent.size, 2);
  assert.equal(clock.pending, 0);
});

test("draining a child cancels and abandons its own tasks only", async () => {
  const { parent, clock } = setUp();
  const child = parent.child("s1");
  const own = parent.spawn("own", obedient);
  child.spawn("deaf", deaf);
  child.spawn("obedient", obedient);
  const drained = child.drain({ deadlineMs: 1, cancelGraceMs: 1 });
  await microtasks();
  clock.advance(1);
  await microtasks();
  clock.advance(1);
  const { names } = await drained;
  assert.deepEqual(names, { failed: [], cancelled: ["obedient"], abandoned: ["deaf"] });
  assert.deepEqual(parent.snapshot().map((task) => [task.id, task.state]), [[own.id, "running"]]);
});

test("draining the parent drains children and grandchildren, and counts them", async () => {
  const { parent, clock } = setUp();
  const child = parent.child("s1");
  const grandchild = child.child("turns");
  const end = deferred();
  child.spawn("reply", () => end.promise);
  grandchild.spawn("turn", () => end.promise);
  const drained = parent.drain();
  assert.deepEqual([child.state, grandchild.state], ["draining", "draining"]);
  await microtasks();
  grandchild.spawn("late", () => {}); // drained too
  end.resolve();
  assert.equal((await drained).completed, 3);
  assert.deepEqual([child.state, grandchild.state], ["closed", "closed"]);
  assert.equal(clock.pending, 0);
});

test("the parent's deadline cancels and abandons its children's tasks", async () => {
  const { parent, clock } = setUp();
  const child = parent.child("s1");
  const deafTask = child.spawn("deaf", deaf);
  const obedientTask = child.spawn("obedient", obedient);
  const drained = parent.drain({ deadlineMs: 10, cancelGraceMs: 5 });
  await microtasks();
  clock.advance(10);
  const late = child.spawn("late", () => assert.fail("it must not run"));
  await microtasks();
  clock.advance(5);
  const report = await drained;
  assert.deepEqual(report.names, {
    failed: [],
    cancelled: ["late", "obedient"],
    abandoned: ["deaf"],
  });
  const tasks = [deafTask, obedientTask, late];
  const statuses = await Promise.all(tasks.map(async (task) => (await task.settled).status));
  assert.deepEqual(statuses, ["abandoned", "cancelled", "cancelled"]);
  assert.equal(child.size, 0);
});

test("a child and its parent draining at once both count the child's tasks", async () => {
  const { parent, clock, drained } = setUp();
  const child = parent.child("s1");
  parent.spawn("own", () => {});
  child.spawn("deaf", deaf);
  const both = [child.drain({ deadlineMs: 1_000 }), parent.drain({ deadlineMs: 10 })];
  await microtasks();
  clock.advance(10);
  clock.advance(5_000);
  const [ofChild, ofParent] = await Promise.all(both);
  assert.deepEqual([ofChild?.abandoned, ofChild?.completed], [1, 0]);
  assert.deepEqual([ofParent?.abandoned, ofParent?.completed], [1, 1]);
  assert.deepEqual(drained.sort(), ["host", "host/s1"]);
  assert.equal(clock.pending, 0);
});

test("a drained child takes no task while its parent is open", async () => {
  const { parent } = setUp();
  const child = parent.child("s1");
  await child.drain();
  const late = child.spawn("late", () => assert.fail("it must not run"));
  assert.equal((await late.settled).status, "cancelled");
  const own = parent.spawn("own", () => "ran");
  assert.deepEqual(await own.settled, { status: "completed", value: "ran" });
  const next = parent.child("s1").spawn("again", () => "ran");
  assert.deepEqual(await next.settled, { status: "completed", value: "ran" });
});

test("a child of a closed parent is closed, and its drain ends at once (QUIESCENT_AFTER_STOP)", async () => {
  const { parent, clock } = setUp();
  const before = parent.child("before");
  await parent.drain();
  for (const child of [before, parent.child("after")]) {
    assert.equal(child.state, "closed");
    const late = child.spawn("late", () => assert.fail("it must not run"));
    assert.equal((await late.settled).status, "cancelled");
    assert.equal((await child.drain()).cancelled, 0);
  }
  assert.equal(clock.pending, 0);
});

test("the parent's limit holds for its children together (BOUNDED_STATE)", () => {
  const parent = new TaskTracker({ name: "host", tasksMax: 2 });
  const children = [parent.child("a"), parent.child("b"), parent.child("c")];
  children[0]?.spawn("one", deaf);
  children[1]?.spawn("two", deaf);
  const isOfHost = (error: unknown) =>
    error instanceof TrackerFullError && error.tracker === "host";
  assert.throws(() => children[2]?.spawn("three", deaf), isOfHost);

  const other = new TaskTracker({ name: "host", tasksMax: 1 });
  const only = other.child("a");
  only.spawn("one", deaf);
  assert.throws(() => only.spawn("two", deaf), isOfHost);
});

test(
  "a parent drains after 10,000 children that came and went, and waits for none",
  LONG,
  async () => {
    const { parent, clock } = setUp();
    for (let i = 0; i < 10_000; i += 1) {
      const child = parent.child(`s${i}`);
      child.spawn("turn", () => {});
      if (i % 2 === 0) await child.drain();
    }
    await microtasks();
    assert.equal(parent.size, 0);
    assert.equal(clock.pending, 0);
    const drained = parent.drain();
    assert.equal(parent.state, "closed");
    assert.equal((await drained).completed, 0);
  },
);
