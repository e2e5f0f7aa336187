import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "@lanekeeper/test/fake_clock";
import { SessionGoneError } from "./mod.ts";
import { assertAtRest, deferred, Handles, peek, withHandles } from "./_test_support.ts";
import { withSteering } from "./_testing/steering_bench.ts";

test("disconnect() closes the handle and leaves an idle session's name free", async () => {
  const b = withHandles();
  await b.queue.create("a");
  assert.equal(await b.queue.disconnect("a"), true);
  assert.deepEqual([b.queue.isConnected("a"), b.queue.isEnded("a")], [false, false]);
  assert.deepEqual(b.handles.log, ["open a#1", "close a#1"]);
  await assertAtRest(b);
  assert.equal(await b.queue.disconnect("a"), false);
});

test("after disconnect() the next turn resumes the session by itself (RESUME_FIDELITY, A9, A10)", async () => {
  const b = withHandles();
  await b.queue.create("a");
  await b.queue.disconnect("a");
  b.queue.send("a", "text");
  await quiet();
  assert.equal(b.agent.last.turn.handle, "a#3");
  assert.deepEqual(b.handles.log, ["open a#1", "close a#1", "resume a#3"]);
});

test("disconnect() in a turn: the turn goes on with what it has, the next one gets another", async () => {
  const b = withHandles();
  await b.queue.create("a");
  b.queue.send("a", "first");
  b.queue.send("a", "second");
  await quiet();
  await b.queue.disconnect("a");
  const first = b.agent.last;
  assert.equal(first.turn.handle, "a#1");
  assert.equal(first.turn.signal.aborted, false);
  first.finish();
  await quiet();
  assert.deepEqual([b.agent.last.text, b.agent.last.turn.handle], ["second", "a#3"]);
});

test("the next turn waits until the lost handle is closed, and no longer than closeMs (RESUME_FIDELITY)", async () => {
  const closing = deferred();
  for (const ends of ["by itself", "at closeMs"]) {
    const handles = new Handles();
    const b = withHandles({
      open: handles.open,
      resume: handles.resume,
      close: () => ends === "by itself" ? closing.promise : new Promise(() => {}),
      limits: { closeMs: 70 },
    });
    await b.queue.create("a");
    const disconnect = b.queue.disconnect("a");
    b.queue.send("a", "text");
    assert.equal(await peek(disconnect), "pending");
    assert.deepEqual(handles.log, ["open a#1"]);
    if (ends === "by itself") closing.resolve("");
    else b.clock.advance(70);
    assert.equal(await disconnect, ends === "by itself");
    await quiet();
    assert.deepEqual(handles.log, ["open a#1", "resume a#2"]);
    assert.equal(b.agent.last.turn.handle, "a#2");
  }
});

test("end() after disconnect() in a turn lets that turn finish all the same", async () => {
  const b = withHandles();
  await b.queue.create("a");
  const receipt = b.queue.send("a", "text");
  await quiet();
  await b.queue.disconnect("a");
  const end = b.queue.end("a");
  await quiet();
  b.agent.last.finish();
  assert.equal(await receipt.result(), "re: text");
  assert.deepEqual(await end, { running: "settled", discarded: 0, closed: false });
});

test("two calls of disconnect(), or one and an end(), close the handle once", async () => {
  const b = withHandles();
  await b.queue.create("a");
  await Promise.all([b.queue.disconnect("a"), b.queue.disconnect("a"), b.queue.end("a")]);
  assert.deepEqual(b.handles.log, ["open a#1", "close a#1"]);
  await assertAtRest(b);
});

test("a second disconnect() answers once the handle is closed, as the first (QUIESCENT_AFTER_STOP)", async () => {
  const closing = deferred();
  const b = withHandles({ close: () => closing.promise });
  await b.queue.create("a");
  const first = b.queue.disconnect("a");
  const second = b.queue.disconnect("a");
  assert.equal(await peek(second), "pending");
  closing.resolve("");
  assert.deepEqual(await Promise.all([first, second]), [true, true]);
});

test("a handle that is lost as soon as it has come is not given to the agent (RESUME_FIDELITY)", async () => {
  let lost = 0;
  const b = withHandles({
    observer: {
      opened: (session) => {
        if (lost++ === 0) void b.queue.disconnect(session);
      },
    },
  });
  const receipt = b.queue.send("a", "text");
  await quiet();
  assert.deepEqual(b.handles.log, ["resume a#1", "close a#1", "resume a#3"]);
  assert.equal(b.agent.last.turn.handle, "a#3");
  b.agent.last.finish();
  assert.equal(await receipt.result(), "re: text");
});

test("a turn that fails with SessionGoneError drops its handle: the next one asks again (RESUME_FIDELITY)", async () => {
  const b = withHandles();
  await b.queue.create("a");
  const lost = b.queue.send("a", "lost");
  const next = b.queue.send("a", "next");
  await quiet();
  const error = new SessionGoneError("a");
  b.agent.last.fail(error);
  await assert.rejects(lost.result(), error);
  await quiet();
  assert.deepEqual(b.handles.log, ["open a#1", "close a#1", "resume a#3"]);
  b.agent.last.finish();
  assert.equal(await next.result(), "re: next");
});

test("a turn whose agent is gone takes no message, also while its handle is closed (MERGE_LOSSLESS)", async () => {
  const closed = deferred<void>();
  const offers: string[] = [];
  const b = withHandles({
    close: () => closed.promise,
    steer: (_handle, { message }) => offers.push(message) > 0,
  });
  await b.queue.create("a");
  b.queue.send("a", "lost");
  await quiet();
  b.agent.last.fail(new SessionGoneError("a"));
  await quiet();
  const steer = b.queue.send("a", "more", { policy: "steer" });
  assert.deepEqual(offers, []);
  closed.resolve();
  await quiet();
  b.agent.last.finish();
  assert.equal(await steer.result(), "re: more");
});

test("no other error drops a handle (ERROR_CLASS, any-error-gone)", async () => {
  const b = withHandles();
  await b.queue.create("a");
  for (const error of [new Error("no"), new Error("session gone"), { code: "session_gone" }]) {
    b.queue.send("a", "text");
    await quiet();
    b.agent.last.fail(error);
    await quiet();
    assert.equal(b.queue.handleOf("a"), "a#1");
  }
});

test("a late SessionGoneError closes no handle that came since (OWNER_ONLY_RELEASE, clear-newer)", async () => {
  const b = withHandles();
  await b.queue.create("a");
  b.queue.send("a", "old");
  await quiet();
  await b.queue.disconnect("a");
  await b.queue.resume("a");
  b.agent.last.fail(new SessionGoneError("a"));
  await quiet();
  assert.equal(b.queue.handleOf("a"), "a#3");
});

test("an abandoned turn's SessionGoneError leaves the next turn its handle (STALE_EFFECT_FENCED)", async () => {
  const b = withHandles({ onAbandon: "proceed", abandonAfterMs: 50 });
  b.agent.deaf = true;
  b.queue.send("a", "deaf");
  await quiet();
  const deaf = b.agent.last;
  void b.queue.stop("a");
  b.clock.advance(50);
  b.queue.send("a", "next");
  await quiet();
  deaf.fail(new SessionGoneError("a"));
  await quiet();
  assert.deepEqual([b.queue.isConnected("a"), b.handles.log], [true, ["resume a#1"]]);
});

test("handleOf() gives no handle that was lost, also while its turn goes on (OWNER_ONLY_RELEASE)", async () => {
  const b = withHandles();
  await b.queue.create("a");
  b.queue.send("a", "text");
  await quiet();
  await b.queue.disconnect("a");
  assert.deepEqual([b.queue.isConnected("a"), b.queue.handleOf("a")], [false, undefined]);
});

test("nothing is offered to a turn whose session turned out to be gone (FIFO)", async () => {
  const closing = deferred();
  const b = withSteering({ open: () => "old", resume: () => "new", close: () => closing.promise });
  await b.queue.create("a");
  b.queue.send("a", "first");
  await quiet();
  b.agent.last.fail(new SessionGoneError("a"));
  await quiet();
  const more = b.queue.send("a", "more", { policy: "steer" });
  await quiet();
  assert.deepEqual([b.offers.length, more.status], [0, "waiting"]);
  closing.resolve("");
  await quiet();
  assert.deepEqual([b.agent.last.text, b.agent.last.turn.handle], ["more", "new"]);
});

test("a turn whose handle is lost is over once that is closed, and not before (SINGLE_TURN)", async () => {
  const closing = deferred();
  const b = withHandles({ close: () => closing.promise });
  await b.queue.create("a");
  const receipt = b.queue.send("a", "text");
  await quiet();
  const disconnect = b.queue.disconnect("a");
  b.agent.last.finish();
  assert.equal(await peek(receipt.outcome), "pending");
  closing.resolve("");
  assert.equal(await disconnect, true);
  assert.equal(await receipt.result(), "re: text");
});

test("a session whose handle is being closed stays known, whatever becomes of its messages (RESUME_FIDELITY)", async () => {
  const closing = deferred();
  const b = withHandles({ close: () => closing.promise });
  await b.queue.create("a");
  const disconnect = b.queue.disconnect("a");
  b.queue.send("a", "text").withdraw();
  await quiet();
  const resume = b.queue.resume("a");
  await quiet();
  assert.deepEqual(b.handles.log, ["open a#1"], "not beside the one that is being closed");
  closing.resolve("");
  await Promise.all([disconnect, resume]);
  assert.deepEqual(b.handles.log, ["open a#1", "resume a#2"]);
});

test("a session that loses its handle as it is ended gets no other one (NO_RESURRECTION)", async () => {
  const b = withHandles();
  await b.queue.create("a");
  const receipt = b.queue.send("a", "text");
  const end = b.queue.end("a");
  void b.queue.disconnect("a"); // Before the turn has begun, which would end first.
  await assert.rejects(receipt.result(), { name: "SessionEndedError" });
  await end;
  assert.deepEqual([b.queue.isEnded("a"), b.agent.texts, [...b.handles.live]], [true, [], []]);
  await assertAtRest(b);
});

test("a turn that finds its session gone does not wait for a close that others asked for (FUTURE_SETTLES)", async () => {
  const b = withHandles({ abandonAfterMs: Infinity, close: () => new Promise(() => {}) });
  await b.queue.create("a");
  b.agent.deaf = true;
  const receipt = b.queue.send("a", "text");
  await quiet();
  void b.queue.end("a", { deadlineMs: 0 });
  b.clock.advance(0);
  await quiet();
  b.clock.advance(5_000); // The end does not wait for the turn any more, and closes the session.
  await quiet();
  b.agent.last.fail(new SessionGoneError("a"));
  assert.deepEqual(await peek(receipt.outcome), { status: "cancelled", cause: "ended" });
});
