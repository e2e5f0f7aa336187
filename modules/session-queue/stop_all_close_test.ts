import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "@lanekeeper/test/fake_clock";
import type { StopAllReport } from "./mod.ts";
import {
  assertAtRest,
  deferred,
  elapsed,
  openSessions,
  peek,
  rejection,
  withSlowHandles,
} from "./_test_support.ts";

const EMPTY: StopAllReport = {
  completed: 0,
  failed: 0,
  cancelled: 0,
  abandoned: [],
  closed: 0,
  closeFailed: [],
};

test("stopAll() names the sessions whose agent's end throws or hangs, and ends the others (STOP_TERMINATES)", async () => {
  const b = await openSessions({ a: [], b: [], c: [] }, {
    limits: { closeMs: 70 },
    close: (handle) => {
      if (handle.startsWith("a")) throw new Error("broken");
      return handle.startsWith("b") ? new Promise(() => {}) : undefined;
    },
  });
  const stop = b.queue.stopAll();
  await quiet();
  b.clock.advance(69);
  assert.equal(await peek(stop), "pending");
  b.clock.advance(1);
  const report = await stop;
  assert.deepEqual(report, { ...EMPTY, closed: 1, closeFailed: ["a", "b"] });
  assert.deepEqual(b.errors, ["close of a: Error: broken"]);
  await assertAtRest(b);
});

test("stopAll() calls the ends of many sessions, each once", async () => {
  const sessions = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`s${n}`, []]));
  const b = await openSessions(sessions);
  assert.deepEqual(await b.queue.stopAll(), { ...EMPTY, closed: 100 });
  assert.equal(b.handles.log.length, 200);
  assert.deepEqual([...b.handles.live], []);
  await assertAtRest(b);
});

test("a handle that comes after stopAll() has given up on it is closed (NO_CREATE_LEAK)", async () => {
  const b = withSlowHandles({ limits: { closeMs: 70 } });
  const create = rejection(b.queue.create("a"));
  const stop = b.queue.stopAll();
  assert.match(await create, /^QueueDrainingError/);
  assert.equal(await peek(stop), "pending", "it has 70 ms to come");
  b.clock.advance(70);
  assert.deepEqual(await stop, EMPTY);
  b.calls[0]!.resolve();
  await quiet();
  assert.deepEqual(b.handles.log, ["open a#1", "close a#1"]);
  await assertAtRest(b);
});

test("stopAll() closes all sessions side by side: many that hang take one closeMs", async () => {
  const sessions = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`s${n}`, []]));
  const b = await openSessions(sessions, {
    close: () => new Promise(() => {}),
    limits: { closeMs: 70 },
  });
  const stop = b.queue.stopAll();
  await quiet();
  b.clock.advance(70);
  assert.equal((await stop).closeFailed.length, 100);
  await assertAtRest(b);
});

test("stopAll() waits for an end() that is under way (QUIESCENT_AFTER_STOP)", async () => {
  const closing = deferred();
  const b = await openSessions({ a: [] }, { close: () => closing.promise });
  const end = b.queue.end("a");
  await quiet();
  const stop = b.queue.stopAll();
  assert.equal(await peek(stop), "pending");
  closing.resolve("");
  assert.equal((await end).closed, true);
  await stop;
  await assertAtRest(b);
});

test("stopAll() waits for the close of a session whose turn it cancels during an end() (QUIESCENT_AFTER_STOP)", async () => {
  const closing = deferred();
  const b = await openSessions({ a: ["runs"] }, { close: () => closing.promise });
  const end = b.queue.end("a");
  const stop = b.queue.stopAll({ deadlineMs: 0 });
  b.clock.advance(0);
  assert.equal(await peek(stop), "pending");
  closing.resolve("");
  assert.equal((await end).closed, true);
  assert.deepEqual(await stop, { ...EMPTY, cancelled: 1 });
  await assertAtRest(b);
});

test("stopAll() leaves the close of a session to the end() that is under way, and does not count it", async () => {
  const b = await openSessions({ a: [] }, { abandonAfterMs: Infinity });
  b.agent.deaf = true;
  b.queue.send("a", "deaf");
  await quiet();
  const end = b.queue.end("a", { deadlineMs: 60_000 });
  const stop = b.queue.stopAll({ deadlineMs: 100 });
  await elapsed(b.clock, end, 100_000);
  assert.deepEqual(await end, { running: "asked", discarded: 0, closed: true });
  assert.deepEqual(await stop, { ...EMPTY, abandoned: ["a"] });
});

test("stopAll() does not mark sessions as ended: a later queue may resume them", async () => {
  const b = await openSessions({ a: [] });
  await b.queue.stopAll();
  assert.deepEqual([b.queue.isEnded("a"), b.queue.tombstones], [false, 0]);
});

test("end() and stop() after stopAll() find nothing and settle", async () => {
  const b = await openSessions({ a: [] });
  await b.queue.stopAll();
  assert.deepEqual(await b.queue.end("a"), { running: "none", discarded: 0, closed: false });
  assert.deepEqual(await b.queue.stop("a"), { running: "none", discarded: 0 });
  assert.deepEqual(b.handles.log, ["open a#1", "close a#1"]);
});

test("end() during stopAll(), and the other way round: the agent's end is called once", async () => {
  for (const endFirst of [true, false]) {
    const b = await openSessions({ a: ["a1"] });
    const end = endFirst ? b.queue.end("a") : undefined;
    const stop = b.queue.stopAll();
    const ended = end ?? b.queue.end("a");
    b.agent.last.finish();
    assert.equal((await ended).running, "settled");
    assert.equal((await stop).completed, 1);
    assert.deepEqual(b.handles.log, ["open a#1", "close a#1"]);
    await assertAtRest(b);
  }
});

test("stopAll() takes at most its deadline, abandonAfterMs and twice closeMs, over all sessions", async () => {
  const b = await openSessions({ idle: [], ends: [], deaf: [] }, {
    abandonAfterMs: 50,
    limits: { closeMs: 70 },
    resume: () => new Promise(() => {}),
    close: () => new Promise(() => {}),
    requestCancel: () => new Promise(() => {}),
  });
  b.agent.deaf = true;
  for (const session of ["deaf", "ends", "hangs"]) b.queue.send(session, "text");
  await quiet();
  void b.queue.end("ends", { deadlineMs: 60_000 });
  const stop = b.queue.stopAll({ deadlineMs: 100 });
  assert.ok(await elapsed(b.clock, stop, 1_000) <= 100 + 50 + 2 * 70);
  const report = await stop;
  assert.deepEqual([...report.abandoned].sort(), ["deaf", "ends"]);
  assert.equal(report.cancelled, 1);
});

test("stopAll() closes also a session whose turn asked for its end and goes on", async () => {
  const b = await openSessions({ a: [] }, { abandonAfterMs: Infinity });
  b.agent.deaf = true;
  b.queue.send("a", "deaf");
  await quiet();
  b.agent.last.turn.endSession();
  const stop = b.queue.stopAll({ deadlineMs: 100 });
  await elapsed(b.clock, stop, 60_000);
  assert.deepEqual((await stop).abandoned, ["a"]);
  assert.deepEqual(b.handles.log, ["open a#1", "close a#1"]);
});

test("stopAll() waits for the close of a handle that was lost before it (QUIESCENT_AFTER_STOP)", async () => {
  const closing = deferred();
  const b = await openSessions({ a: [] }, { close: () => closing.promise });
  const disconnect = b.queue.disconnect("a");
  const stop = b.queue.stopAll();
  assert.equal(await peek(stop), "pending");
  closing.resolve("");
  assert.deepEqual([await disconnect, await stop], [true, EMPTY]);
  await assertAtRest(b);
});
