import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "@lanekeeper/test/fake_clock";
import type { SessionQueueLimits } from "./mod.ts";
import { assertAtRest, bench } from "./_test_support.ts";

test("a line that is full rejects one more, and takes it once there is room (BOUNDED_STATE, false-ack)", async () => {
  const b = bench({ limits: { waitingMax: 2 } });
  for (const text of ["runs", "1", "2"]) assert.ok(b.queue.send("a", text).accepted);
  const extra = b.queue.send("a", "3");
  assert.deepEqual(await extra.outcome, { status: "rejected", reason: "full" });
  assert.equal(extra.accepted, false);
  assert.equal(b.queue.waiting, 2);
  await quiet();
  b.agent.last.finish();
  await quiet();
  assert.ok(b.queue.send("a", "4").accepted);
  for (let left = 3; left > 0; left--) {
    await quiet();
    b.agent.last.finish();
  }
  await assertAtRest(b);
  assert.deepEqual(b.agent.texts, ["runs", "1", "2", "4"]);
});

test("by default 100 messages may wait on one session", () => {
  const { queue } = bench();
  const receipts = Array.from({ length: 102 }, (_, n) => queue.send("a", `${n}`));
  assert.equal(receipts.findIndex(({ accepted }) => !accepted), 101);
});

test("waitingTotalMax limits what waits on all sessions, not what can run at once (BOUNDED_STATE)", () => {
  const { queue } = bench({ limits: { waitingTotalMax: 1 } });
  for (const session of ["a", "b"]) queue.send(session, "runs");
  assert.ok(queue.send("a", "waits").accepted);
  assert.equal(queue.send("b", "one too many").reason, "full");
  assert.ok(queue.send("c", "runs").accepted);
  assert.equal(queue.send("c", "one too many").reason, "full");
});

test("what was taken back makes room on all sessions (BOUNDED_STATE)", () => {
  const { queue } = bench({ limits: { waitingTotalMax: 1 } });
  for (const session of ["a", "b"]) queue.send(session, "runs");
  assert.equal(queue.send("a", "waits").withdraw(), true);
  assert.ok(queue.send("b", "waits").accepted);
});

test("sessionsMax limits the sessions that are open or busy, and an idle one makes room (BOUNDED_STATE)", async () => {
  const b = bench({ limits: { sessionsMax: 1 } });
  b.queue.send("a", "runs");
  assert.equal(b.queue.send("b", "text").reason, "full");
  assert.ok(b.queue.send("a", "waits").accepted, "no new session");
  for (let left = 2; left > 0; left--) {
    await quiet();
    b.agent.last.finish();
  }
  await quiet();
  assert.ok(b.queue.send("b", "text").accepted);
});

test("limits that are no limits are refused by the constructor", () => {
  const wrong: SessionQueueLimits[] = [
    { waitingMax: -1 },
    { waitingMax: 1.5 },
    { waitingTotalMax: NaN },
    { waitMs: -1 },
    { collectMax: 0.5 },
    { sessionsMax: NaN },
    { tombstonesMax: -Infinity },
    { closeMs: NaN },
  ];
  for (const limits of wrong) {
    const [name] = Object.keys(limits);
    assert.throws(() => bench({ limits }), { name: "RangeError", message: new RegExp(name!) });
  }
  assert.throws(() => bench({ abandonAfterMs: -1 }), {
    name: "RangeError",
    message: "Cannot use abandonAfterMs -1: it must be 0 or more",
  });
  assert.ok(bench({ limits: { waitMs: 0.5, waitingMax: Infinity } }));
});
