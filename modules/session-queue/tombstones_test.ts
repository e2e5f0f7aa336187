import assert from "node:assert/strict";
import { test } from "node:test";
import {
  assertAtRest,
  bench,
  openSessions,
  type QueueOptions,
  withHandles,
} from "./_test_support.ts";

/** An open session with a running turn, if `texts` name one, and what waits behind it. */
const open = (texts: string[] = [], options: Partial<QueueOptions> = {}) =>
  openSessions({ a: texts }, options);

test("end() of a session that is not there marks it all the same", async () => {
  const b = await open();
  assert.deepEqual(await b.queue.end("b"), { running: "none", discarded: 0, closed: false });
  assert.equal(b.queue.send("b", "text").reason, "ended");
  await assert.rejects(b.queue.resume("b"), { name: "SessionEndedError", code: "session_ended" });
  await assert.rejects(b.queue.create("b"), { name: "SessionEndedError", code: "session_ended" });
  assert.deepEqual(b.handles.log, ["open a#1"]);
});

test("who creates a session that was ended is told to choose another name (NO_RESURRECTION)", async () => {
  const b = await open();
  await b.queue.end("a");
  await assert.rejects(b.queue.create("a"), {
    message: 'Cannot create session "a": one of that name was ended; choose another name',
  });
});

test("a send after end() is rejected with ended: no worker is made for it (send-after-stop)", async () => {
  const b = await open();
  await b.queue.end("a");
  const receipt = b.queue.send("a", "late");
  assert.deepEqual(await receipt.outcome, { status: "rejected", reason: "ended" });
  await assert.rejects(receipt.result(), {
    message: 'Cannot send to session "a": the session was ended',
  });
  await assertAtRest(b);
  assert.deepEqual(b.handles.log, ["open a#1", "close a#1"]);
});

test("tombstonesMax limits what is remembered; the oldest is forgotten first (NO_RESURRECTION, BOUNDED_STATE, tomb-growth)", async () => {
  const b = bench({ limits: { tombstonesMax: 2 } });
  for (const session of ["a", "b", "c"]) await b.queue.end(session);
  assert.equal(b.queue.tombstones, 2);
  assert.deepEqual(["a", "b", "c"].map((session) => b.queue.isEnded(session)), [false, true, true]);
  await b.queue.end("b");
  await b.queue.end("d");
  assert.deepEqual(["b", "c", "d"].map((session) => b.queue.isEnded(session)), [true, false, true]);
});

test("10,000 ended sessions are remembered by default", async () => {
  const b = bench();
  for (let n = 0; n < 10_001; n++) await b.queue.end(`s${n}`);
  assert.equal(b.queue.tombstones, 10_000);
  assert.deepEqual([b.queue.isEnded("s0"), b.queue.isEnded("s1")], [false, true]);
});

test("a session that is being ended stays so, even if its tombstone is forgotten meanwhile (NO_RESURRECTION)", async () => {
  const b = await open(["runs"], { limits: { tombstonesMax: 0 } });
  const end = b.queue.end("a");
  assert.equal(b.queue.tombstones, 0);
  assert.equal(b.queue.send("a", "late").reason, "ended");
  await assert.rejects(b.queue.resume("a"), { name: "SessionEndedError" });
  b.agent.last.finish();
  assert.equal((await end).closed, true);
  assert.equal(b.queue.isEnded("a"), false);
});

test("who is told of an end finds the session marked, also if it was not there (NO_RESURRECTION)", async () => {
  const told: unknown[] = [];
  const { queue } = withHandles({
    observer: { ended: (session) => told.push(queue.isEnded(session), queue.tombstones) },
  });
  await queue.end("a");
  await queue.create("b");
  await queue.end("b");
  assert.deepEqual(told, [true, 1, true, 2]);
});

test("a turn that ends its session leaves the mark at once (NO_RESURRECTION)", async () => {
  const b = await open(["runs"]);
  b.agent.last.turn.endSession();
  assert.deepEqual([b.queue.isEnded("a"), b.queue.tombstones], [true, 1]);
});
