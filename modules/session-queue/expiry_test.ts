import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, quiet } from "@lanekeeper/test/fake_clock";
import type { Receipt } from "./mod.ts";
import { assertAtRest, bench, countedSignal } from "./_test_support.ts";
import { withSteering } from "./_testing/steering_bench.ts";

test("a message that waits longer than waitMs is expired, and never runs (FUTURE_SETTLES)", async () => {
  const b = bench({ limits: { waitMs: 100 } });
  b.queue.send("a", "runs");
  const receipt = b.queue.send("a", "waits");
  b.clock.advance(99);
  assert.equal(receipt.status, "waiting");
  b.clock.advance(1);
  assert.deepEqual(await receipt.outcome, { status: "expired", waitedMs: 100 });
  assert.equal(b.queue.waiting, 0);
  await quiet();
  b.agent.last.finish();
  await assertAtRest(b);
  assert.deepEqual(b.agent.texts, ["runs"]);
});

test("a message that runs does not expire", async () => {
  const b = bench({ limits: { waitMs: 100 } });
  const receipt = b.queue.send("a", "runs");
  await quiet();
  assert.equal(b.clock.pending, 0);
  b.clock.advance(1_000);
  b.agent.last.finish();
  assert.equal(await receipt.result(), "re: runs");
});

test("a message's own waitMs goes before the queue's, in both directions", () => {
  const b = bench({ limits: { waitMs: 100 } });
  b.queue.send("a", "runs");
  const waits = [undefined, 50, 150, Infinity].map((waitMs) =>
    b.queue.send("a", "", waitMs === undefined ? {} : { waitMs })
  );
  const expired = () => waits.map(({ status }) => status === "expired");
  b.clock.advance(50);
  assert.deepEqual(expired(), [false, true, false, false]);
  b.clock.advance(50);
  assert.deepEqual(expired(), [true, true, false, false]);
  b.clock.advance(50);
  assert.deepEqual(expired(), [true, true, true, false]);
  assert.equal(b.clock.pending, 0);
});

test("one timer for each session, whatever waits there; none when nothing can expire", () => {
  const b = bench();
  for (const session of ["a", "b"]) {
    b.queue.send(session, "runs");
    for (const waitMs of [300, 100, 200, Infinity]) b.queue.send(session, "waits", { waitMs });
  }
  assert.equal(b.clock.pending, 2);
  b.clock.advance(300);
  assert.equal(b.clock.pending, 0);
  assert.equal(b.queue.waiting, 2);
});

test("the timer goes when the last message that can expire has begun or was taken out (EVENTUALLY_IDLE)", async () => {
  const b = bench();
  b.queue.send("a", "runs");
  b.queue.send("a", "waits", { waitMs: 100 });
  await quiet();
  b.agent.last.finish();
  await quiet();
  assert.deepEqual([b.agent.last.text, b.clock.pending], ["waits", 0]);
  const withdrawn = b.queue.send("a", "withdrawn", { waitMs: 100 });
  b.queue.send("a", "stays");
  withdrawn.withdraw();
  b.agent.last.finish();
  await quiet();
  assert.deepEqual([b.agent.last.text, b.clock.pending], ["stays", 0]);
  b.queue.send("a", "discarded", { waitMs: 100 });
  await b.queue.stop("a");
  await assertAtRest(b);
});

test("what waits behind a message that begins, or that a turn took, expires all the same (FUTURE_SETTLES)", async () => {
  for (const policy of ["enqueue", "steer"] as const) {
    const b = withSteering();
    b.queue.send("a", "runs");
    await quiet();
    const next = b.queue.send("a", "next", { policy, waitMs: 50 });
    const waits = b.queue.send("a", "waits", { waitMs: 100 });
    if (policy === "steer") b.offers[0]!.answer(true);
    else b.agent.last.finish();
    await quiet();
    b.clock.advance(100);
    assert.deepEqual([next.status, waits.status, b.clock.pending], ["running", "expired", 0]);
    b.agent.last.finish();
    await assertAtRest(b);
  }
});

test("a message whose time is up when its turn would begin is expired, and the next one runs (CANCEL_TARGET)", async () => {
  const b = bench();
  // A clock whose timers are late: time passes, and no timer fires.
  const late = bench({
    run: b.agent.run,
    clock: { now: b.clock.now, setTimeout: () => 0, clearTimeout: () => {} },
  });
  late.queue.send("a", "runs");
  const expired = late.queue.send("a", "expires", { waitMs: 100 });
  const next = late.queue.send("a", "next");
  await quiet();
  b.clock.advance(101);
  b.agent.last.finish();
  assert.deepEqual(await expired.outcome, { status: "expired", waitedMs: 101 });
  await quiet();
  b.agent.last.finish();
  assert.equal(await next.result(), "re: next");
});

test("a wait that no timer can hold is watched in steps (CANCEL_TARGET)", async () => {
  const clock = new FakeClock();
  const setTimeout = (fn: () => void, ms: number) => {
    assert.ok(ms < 2 ** 31, "the runtimes fire at once what is longer");
    return clock.setTimeout(fn, ms);
  };
  const { queue } = bench({
    clock: { now: clock.now, setTimeout, clearTimeout: clock.clearTimeout },
  });
  const waitMs = 2 ** 33;
  queue.send("a", "runs");
  const receipt = queue.send("a", "waits", { waitMs });
  clock.advance(waitMs - 1);
  assert.deepEqual([receipt.status, clock.pending], ["waiting", 1]);
  clock.advance(1);
  assert.deepEqual(await receipt.outcome, { status: "expired", waitedMs: waitMs });
  assert.equal(clock.pending, 0);
});

test("of collected messages each expires by its own time, and leaves its place to the next", async () => {
  const b = bench({ policy: "collect" });
  b.queue.send("a", "0");
  const [host, joined, last] = [100, 50, Infinity].map((waitMs, n) =>
    b.queue.send("a", `${n + 1}`, { waitMs })
  );
  b.clock.advance(50);
  assert.deepEqual([host!.status, joined!.status, last!.status], ["waiting", "expired", "waiting"]);
  b.clock.advance(50);
  assert.deepEqual([host!.status, last!.status, b.queue.waiting], ["expired", "waiting", 1]);
  await quiet();
  b.agent.last.finish();
  await quiet();
  b.agent.last.finish();
  assert.deepEqual(await last!.outcome, { status: "completed", value: "re: 3" });
  await assertAtRest(b);
});

test("an expired message makes room in a full line", () => {
  const b = bench({ limits: { waitingMax: 1 } });
  b.queue.send("a", "runs");
  b.queue.send("a", "waits", { waitMs: 10 });
  assert.equal(b.queue.send("a", "no").reason, "full");
  b.clock.advance(10);
  assert.equal(b.queue.send("a", "yes").accepted, true);
});

test("a message that waits for its session's handle does not expire: its turn has begun", async () => {
  const b = bench({ resume: () => new Promise(() => {}), limits: { waitMs: 10 } });
  const receipt = b.queue.send("a", "text");
  await quiet();
  b.clock.advance(10);
  assert.equal(receipt.status, "running");
});

test("waitMs: 0 is now or not at all: it runs on an idle session and never waits", async () => {
  const { controller, listeners } = countedSignal();
  const now = { waitMs: 0, signal: controller.signal };
  const b = bench();
  const runs = b.queue.send("a", "runs", now);
  const waits = b.queue.send("a", "waits", now);
  await quiet();
  b.clock.advance(0);
  assert.deepEqual(await waits.outcome, { status: "expired", waitedMs: 0 });
  b.agent.last.finish();
  assert.equal(await runs.result(), "re: runs");
  assert.equal(listeners(), 0);
  await assertAtRest(b);
});

test("an observer that withdraws what expires next gives it no second outcome (EXACTLY_ONE_OUTCOME)", async () => {
  const told: string[] = [];
  const receipts: Receipt<string>[] = [];
  const settled = ({ id }: { id: string }, { status }: { status: string }) => {
    told.push(`${id} ${status}`);
    if (id === "first") receipts[1]?.withdraw();
  };
  const b = bench({ limits: { waitMs: 100 }, observer: { settled } });
  b.queue.send("a", "runs", { id: "runs" });
  for (const id of ["first", "second", "third"]) receipts.push(b.queue.send("a", id, { id }));
  await quiet();
  b.clock.advance(100);
  assert.deepEqual(told, ["first expired", "second cancelled", "third expired"]);
  assert.equal(b.queue.waiting, 0);
});
