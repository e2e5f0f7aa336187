import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "@lanekeeper/test/fake_clock";
import type { StopAllReport } from "./mod.ts";
import { assertAtRest, bench, deferred, openSessions, peek } from "./_test_support.ts";

const DRAINED = { status: "cancelled", cause: "draining" };
const EMPTY: StopAllReport = {
  completed: 0,
  failed: 0,
  cancelled: 0,
  abandoned: [],
  closed: 0,
  closeFailed: [],
};

test("stopAll() of a queue that was never used, or is idle, has nothing to do (A14)", async () => {
  const b = bench();
  assert.deepEqual(await b.queue.stopAll(), EMPTY);
  await assertAtRest(b);
  const idle = await openSessions({ a: [] });
  assert.deepEqual(await idle.queue.stopAll(), { ...EMPTY, closed: 1 });
  assert.deepEqual(idle.handles.log, ["open a#1", "close a#1"]);
});

test("stopAll() takes no more work from the step in which it is called (QUIESCENT_AFTER_STOP)", async () => {
  const b = await openSessions({ a: ["a1"] });
  const stop = b.queue.stopAll();
  assert.equal(b.queue.draining, true);
  const late = b.queue.send("a", "late");
  assert.deepEqual(await late.outcome, { status: "rejected", reason: "draining" });
  const error = { name: "QueueDrainingError", code: "draining" };
  await assert.rejects(b.queue.create("b"), error);
  await assert.rejects(b.queue.resume("b"), error);
  b.agent.last.finish();
  await stop;
  assert.equal(b.queue.send("a", "later").reason, "draining");
  assert.deepEqual(b.agent.texts, ["a1"]);
  assert.deepEqual(b.handles.log, ["open a#1", "close a#1"]);
  await assertAtRest(b);
});

test("stopAll() lets finish what runs and what waits, then calls the agents' ends (SHUTDOWN_ORDER)", async () => {
  const delivery = deferred();
  const b = await openSessions({ a: ["a1"], b: ["b1"] });
  const log: string[] = b.handles.log;
  b.queue.send("a", "a2", {
    deliver: async () => {
      await delivery.promise;
      log.push("delivered a2");
    },
  });
  const stop = b.queue.stopAll();
  for (let left = 3; left > 0; left--) {
    for (const run of b.agent.runs) run.finish();
    await quiet();
  }
  assert.equal(await peek(stop), "pending", "a reply is being delivered (busy-early)");
  assert.deepEqual([...b.handles.live], ["a#1", "b#2"]);
  delivery.resolve("");
  assert.deepEqual(await stop, { ...EMPTY, completed: 3, closed: 2 });
  assert.deepEqual(log, ["open a#1", "open b#2", "delivered a2", "close a#1", "close b#2"]);
  await assertAtRest(b);
});

test("stopAll() counts how the work ended that was there, and not what ended before", async () => {
  const b = await openSessions({ a: ["a1"] });
  b.agent.last.finish();
  await b.receipts[0]!.outcome;
  b.queue.send("a", "fails");
  b.queue.send("a", "withdrawn").withdraw();
  b.queue.send("a", "completes");
  b.queue.send("a", "cancelled");
  const stop = b.queue.stopAll();
  await quiet();
  b.agent.last.fail(new Error("no"));
  await quiet();
  b.agent.last.finish();
  await quiet();
  b.clock.advance(10_000);
  assert.deepEqual(await stop, { ...EMPTY, completed: 1, failed: 1, cancelled: 1, closed: 1 });
});

test("stopAll() counts as completed what was merged into another one", async () => {
  const b = bench({ policy: "collect" });
  for (const text of ["0", "1", "2"]) b.queue.send("a", text);
  const stop = b.queue.stopAll();
  for (let left = 2; left > 0; left--) {
    await quiet();
    b.agent.last.finish();
  }
  assert.deepEqual(await stop, { ...EMPTY, completed: 3 });
});

test("stopAll() cancels what runs after 10 s by default, and never at deadlineMs: Infinity", async () => {
  const b = await openSessions({ a: ["a1"] });
  void b.queue.stopAll({ deadlineMs: Infinity });
  assert.equal(b.clock.pending, 0, "for ever needs no timer");
  void b.queue.stopAll();
  b.clock.advance(9_999);
  await quiet();
  assert.equal(b.agent.last.turn.signal.aborted, false);
  b.clock.advance(1);
  await quiet();
  assert.equal(b.agent.last.turn.signal.aborted, true);
});

test("stopAll() cancels what is left at its deadline; what waits never starts (QUIESCENT_AFTER_STOP, shutdown-spawn)", async () => {
  const b = await openSessions({ a: ["a1", "a2"], b: ["b1", "b2"] });
  const stop = b.queue.stopAll({ deadlineMs: 100 });
  await quiet();
  b.clock.advance(99);
  assert.equal(await peek(stop), "pending");
  assert.equal(b.agent.last.turn.signal.aborted, false);
  b.clock.advance(1);
  assert.deepEqual(await stop, { ...EMPTY, cancelled: 4, closed: 2 });
  for (const { outcome } of b.receipts) assert.deepEqual(await outcome, DRAINED);
  assert.deepEqual(b.agent.texts, ["a1", "b1"]);
  await assertAtRest(b);
});

test("stopAll({ queued: discard }) cancels at once what waits, and lets finish what runs", async () => {
  const b = await openSessions({ a: ["a1", "a2", "a3"] });
  const stop = b.queue.stopAll({ queued: "discard" });
  assert.deepEqual(b.receipts.map(({ status }) => status), ["running", "cancelled", "cancelled"]);
  assert.equal(b.agent.last.turn.signal.aborted, false);
  b.agent.last.finish();
  assert.deepEqual(await stop, { ...EMPTY, completed: 1, cancelled: 2, closed: 1 });
  assert.deepEqual(await b.receipts[2]!.outcome, DRAINED);
});

test("stopAll() names the sessions whose turn it had to abandon (STOP_TERMINATES)", async () => {
  const b = await openSessions({ a: [], b: [] }, { abandonAfterMs: 50 });
  b.agent.deaf = true;
  const deaf = b.queue.send("a", "deaf");
  await quiet();
  b.agent.deaf = false;
  b.queue.send("b", "obeys");
  await quiet();
  const stop = b.queue.stopAll({ deadlineMs: 100 });
  await quiet();
  b.clock.advance(100);
  await quiet();
  b.clock.advance(50);
  const report = await stop;
  assert.deepEqual(report.abandoned, ["a"]);
  assert.equal(report.cancelled, 1);
  assert.deepEqual(await deaf.outcome, { status: "abandoned" });
  assert.deepEqual([...b.handles.live], []);
  b.agent.runs[0]!.finish();
  await assertAtRest(b);
});

test("stopAll() asks the agents themselves to cancel, at its deadline", async () => {
  const asked: string[] = [];
  const b = await openSessions({ a: ["a1"], b: ["b1"] }, {
    requestCancel: (handle, level) => asked.push(`${level} ${handle}`),
  });
  const stop = b.queue.stopAll({ deadlineMs: 100 });
  await quiet();
  assert.deepEqual(asked, []);
  b.clock.advance(100);
  await stop;
  assert.deepEqual(asked, ["immediate a#1", "immediate b#2"]);
});

test("an agent that sends in its abort listener during stopAll() is refused", async () => {
  const b = await openSessions({ a: ["a1"] });
  const reasons: unknown[] = [];
  b.agent.last.turn.signal.addEventListener("abort", () => {
    for (const session of ["a", "b"]) reasons.push(b.queue.send(session, "late").reason);
  });
  const stop = b.queue.stopAll({ deadlineMs: 0 });
  await quiet();
  b.clock.advance(0);
  await stop;
  assert.deepEqual(reasons, ["draining", "draining"]);
  await assertAtRest(b);
});

test("a later call with an earlier deadline hurries the stop; a later deadline changes nothing", async () => {
  const b = await openSessions({ a: ["a1"] });
  const slow = b.queue.stopAll({ deadlineMs: 60_000 });
  const fast = b.queue.stopAll({ deadlineMs: 100 });
  const patient = b.queue.stopAll({ deadlineMs: Infinity });
  await quiet();
  b.clock.advance(100);
  const reports = await Promise.all([slow, fast, patient]);
  assert.equal(reports[0].cancelled, 1);
  assert.ok(reports.every((report) => report === reports[0]));
  await assertAtRest(b);
});

test("an abort of stopAll() stops the wait for the report; the stop goes on", async () => {
  const b = await openSessions({ a: ["a1"] });
  const controller = new AbortController();
  const reason = new Error("do not care");
  const stop = b.queue.stopAll({ signal: controller.signal });
  controller.abort(reason);
  await assert.rejects(stop, reason);
  b.agent.last.finish();
  await quiet();
  assert.deepEqual(b.handles.log, ["open a#1", "close a#1"]);
  await assertAtRest(b);
});

test("stopAll() names abandoned sessions under proceed as well", async () => {
  const b = await openSessions({ a: [] }, { abandonAfterMs: 50, onAbandon: "proceed" });
  b.agent.deaf = true;
  b.queue.send("a", "deaf");
  await quiet();
  const stop = b.queue.stopAll({ deadlineMs: 100 });
  await quiet();
  b.clock.advance(100);
  await quiet();
  b.clock.advance(50);
  assert.deepEqual((await stop).abandoned, ["a"]);
});

test("stopAll() twice is one stop with one report (STOP_TERMINATES, A14)", async () => {
  const b = await openSessions({ a: ["a1"] });
  const stops = [b.queue.stopAll(), b.queue.stopAll({ queued: "discard" })];
  b.agent.last.finish();
  const [first, second] = await Promise.all(stops);
  assert.equal(first, second);
  assert.equal(await b.queue.stopAll(), first);
  assert.deepEqual(b.handles.log, ["open a#1", "close a#1"]);
});
