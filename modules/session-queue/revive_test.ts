import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "@lanekeeper/test/fake_clock";
import {
  assertAtRest,
  bench,
  deferred,
  Handles,
  peek,
  rejection,
  withHandles,
  withSlowHandles,
} from "./_test_support.ts";

test("resume() of an ended session fails with a clear error and calls nothing (A11)", async () => {
  const b = withHandles();
  await b.queue.create("a");
  await b.queue.end("a");
  assert.equal(
    await rejection(b.queue.resume("a")),
    'SessionEndedError: Cannot resume session "a": it was ended',
  );
  assert.deepEqual(b.handles.log, ["open a#1", "close a#1"]);
});

test("a session that is ended while it is resumed: looked at again, closed, not revived (A10)", async () => {
  const b = withSlowHandles();
  const resume = b.queue.resume("a");
  const end = b.queue.end("a");
  b.calls[0]!.resolve();
  assert.match(await rejection(resume), /^SessionEndedError/);
  await end;
  assert.deepEqual(b.handles.log, ["resume a#1", "close a#1"]);
  assert.equal(b.queue.isEnded("a"), true);
  await assertAtRest(b);
});

test("resume({ revive: true }) takes the tombstone away once it has succeeded (NO_RESURRECTION, early-clear)", async () => {
  const b = withSlowHandles();
  await b.queue.end("a");
  const revive = b.queue.resume("a", { revive: true });
  await quiet();
  assert.equal(b.queue.isEnded("a"), true);
  assert.equal(b.queue.send("a", "early").reason, "ended");
  b.calls[0]!.resolve();
  await revive;
  assert.deepEqual([b.queue.isEnded("a"), b.queue.tombstones], [false, 0]);
  const receipt = b.queue.send("a", "text");
  await quiet();
  b.agent.last.finish();
  assert.equal(await receipt.result(), "re: text");
});

test("a revive that fails leaves the session ended (NO_RESURRECTION)", async () => {
  const b = withSlowHandles();
  await b.queue.end("a");
  const error = new Error("no transcript");
  const revive = b.queue.resume("a", { revive: true });
  await quiet();
  b.calls[0]!.reject(error);
  await assert.rejects(revive, error);
  assert.deepEqual([b.queue.isEnded("a"), b.queue.send("a", "text").reason], [true, "ended"]);
  await assertAtRest(b);
});

test("an end during a revive wins: the handle is closed, the session stays ended (NO_RESURRECTION)", async () => {
  const b = withSlowHandles();
  await b.queue.end("a");
  const revive = b.queue.resume("a", { revive: true });
  await quiet();
  const end = b.queue.end("a");
  b.calls[0]!.resolve();
  assert.match(await rejection(revive), /^SessionEndedError/);
  await end;
  assert.equal(b.queue.isEnded("a"), true);
  assert.deepEqual([...b.handles.live], []);
  await assertAtRest(b);
});

test("a revive waits for an end under way, so that old and new are never both open (NO_RESURRECTION)", async () => {
  const b = withHandles();
  await b.queue.create("a");
  b.queue.send("a", "runs");
  await quiet();
  const end = b.queue.end("a");
  const revive = b.queue.resume("a", { revive: true });
  assert.equal(await peek(revive), "pending");
  b.agent.last.finish();
  await Promise.all([end, revive]);
  assert.deepEqual(b.handles.log, ["open a#1", "close a#1", "resume a#3"]);
  assert.equal(b.queue.isConnected("a"), true);
});

test("revive does nothing special to a session that was not ended", async () => {
  const b = withHandles();
  await b.queue.resume("a", { revive: true });
  await b.queue.resume("a", { revive: true });
  assert.deepEqual(b.handles.log, ["resume a#1"]);
});

test("however many revive a session at once, it is resumed once, for all of them (A10)", async () => {
  const b = withSlowHandles();
  await b.queue.end("a");
  const revives = [1, 2, 3].map(() => b.queue.resume("a", { revive: true }));
  assert.match(await rejection(b.queue.resume("a")), /^SessionEndedError/, "not asked to revive");
  b.calls[0]!.resolve();
  await Promise.all(revives);
  assert.deepEqual(b.handles.log, ["resume a#1"]);
  assert.deepEqual([b.queue.isEnded("a"), b.queue.isConnected("a")], [false, true]);
});

test("all who wait for one end to revive its session share one resume, too", async () => {
  const b = withHandles();
  await b.queue.create("a");
  const end = b.queue.end("a");
  const revives = [1, 2].map(() => b.queue.resume("a", { revive: true }));
  await Promise.all([end, ...revives]);
  assert.deepEqual(b.handles.log, ["open a#1", "close a#1", "resume a#3"]);
});

test("an abort of a revive takes out that caller alone, also while it waits for an end", async () => {
  const closing = deferred();
  const handles = new Handles();
  const b = bench({ open: handles.open, resume: handles.resume, close: () => closing.promise });
  await b.queue.create("a");
  const end = b.queue.end("a");
  const controller = new AbortController();
  const reason = new Error("the client left");
  const left = b.queue.resume("a", { revive: true, signal: controller.signal });
  const stays = b.queue.resume("a", { revive: true });
  await quiet();
  controller.abort(reason);
  assert.equal(await rejection(left), "Error: the client left");
  closing.resolve("");
  await Promise.all([end, stays]);
  assert.equal(b.queue.isConnected("a"), true);
});

test("a revive that waited for an end opens nothing once stopAll() was called", async () => {
  const closing = deferred();
  const handles = new Handles();
  const b = bench({ open: handles.open, resume: handles.resume, close: () => closing.promise });
  await b.queue.create("a");
  const end = b.queue.end("a");
  const revive = rejection(b.queue.resume("a", { revive: true }));
  const stop = b.queue.stopAll();
  closing.resolve("");
  assert.match(await revive, /^QueueDrainingError/);
  await Promise.all([end, stop]);
  assert.deepEqual(handles.log, ["open a#1"]);
  await assertAtRest(b);
});

test("a revive succeeds even if its tombstone is forgotten while it waits", async () => {
  const b = withSlowHandles({ limits: { tombstonesMax: 1 } });
  await b.queue.end("a");
  const revive = b.queue.resume("a", { revive: true });
  await b.queue.end("b");
  b.calls[0]!.resolve();
  await revive;
  assert.deepEqual([b.queue.isConnected("a"), b.queue.isEnded("b")], [true, true]);
});

test("a revive that waits for an end succeeds even if the tombstone is forgotten meanwhile", async () => {
  const closing = deferred();
  const b = withHandles({ close: () => closing.promise, limits: { tombstonesMax: 1 } });
  await b.queue.create("a");
  const end = b.queue.end("a");
  const revive = b.queue.resume("a", { revive: true });
  await b.queue.end("b");
  closing.resolve("");
  await Promise.all([end, revive]);
  assert.deepEqual([b.queue.isConnected("a"), b.queue.isEnded("b")], [true, true]);
});

test("an end that is asked for after a revive wins, also while the revive waits for an end (NO_RESURRECTION)", async () => {
  const b = withSlowHandles();
  void b.queue.create("a").catch(() => {});
  const first = b.queue.end("a");
  const revive = rejection(b.queue.resume("a", { revive: true }));
  const second = b.queue.end("a");
  b.calls[0]!.resolve();
  assert.match(await revive, /^SessionEndedError/);
  await Promise.all([first, second]);
  assert.deepEqual([b.calls.length, b.queue.isEnded("a")], [1, true]);
  await assertAtRest(b);
});

test("a resume that begins as an end is over finds that the session was ended again (NO_RESURRECTION)", async () => {
  let resumed = "";
  const b = withHandles({
    limits: { tombstonesMax: 1 },
    observer: {
      ended: (session) => {
        if (session !== "a" || resumed !== "") return;
        resumed = "asked";
        void b.queue.end("b"); // Now nobody remembers "a" any more, and it can be resumed.
        void rejection(b.queue.resume("a")).then((error) => resumed = error);
        void b.queue.end("a"); // It joins the end that is about to be over.
      },
    },
  });
  await b.queue.create("a");
  await b.queue.end("a");
  await quiet();
  assert.equal(resumed, 'SessionEndedError: Cannot resume session "a": it was ended');
  assert.deepEqual([...b.handles.live], []);
  await assertAtRest(b);
});
