import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "@lanekeeper/test/fake_clock";
import {
  assertAtRest,
  bench,
  deferred,
  elapsed,
  Handles,
  openSessions,
  peek,
  type QueueOptions,
  rejection,
} from "./_test_support.ts";

const ENDED = { status: "cancelled", cause: "ended" };

/** An open session with a running turn, if `texts` name one, and what waits behind it. */
const open = (texts: string[] = [], options: Partial<QueueOptions> = {}) =>
  openSessions({ a: texts }, options);

test("end() marks first, lets the turn finish, and calls the agent's end last (NO_RESURRECTION, A11)", async () => {
  const b = await open(["runs", "waits"]);
  const end = b.queue.end("a");
  assert.equal(b.queue.isEnded("a"), true, "in the same step");
  assert.equal(b.queue.isConnected("a"), false);
  assert.equal(b.queue.snapshot()[0]?.state, "ending");
  assert.deepEqual(await b.receipts[1]!.outcome, ENDED);
  assert.equal(b.queue.send("a", "late").reason, "ended");
  assert.equal(await peek(end), "pending");
  assert.deepEqual(b.handles.log, ["open a#1"], "the turn still has its handle");
  b.agent.last.finish("reply");
  assert.deepEqual(await b.receipts[0]!.outcome, { status: "completed", value: "reply" });
  assert.deepEqual(await end, { running: "settled", discarded: 1, closed: true });
  assert.deepEqual(b.handles.log, ["open a#1", "close a#1"]);
  assert.deepEqual(b.agent.texts, ["runs"]);
  assert.equal(b.queue.tombstones, 1);
  await assertAtRest(b);
});

test("end() lets a message finish whose turn has not begun yet (end-fails-queued)", async () => {
  const b = await open();
  const receipt = b.queue.send("a", "accepted");
  const end = b.queue.end("a");
  await quiet();
  b.agent.last.finish();
  assert.equal(await receipt.result(), "re: accepted");
  assert.deepEqual(await end, { running: "settled", discarded: 0, closed: true });
});

test("end() cancels the turn at its deadline, and waits for it to settle", async () => {
  const b = await open(["runs"]);
  const end = b.queue.end("a", { deadlineMs: 100 });
  await quiet();
  b.clock.advance(99);
  assert.equal(b.agent.last.turn.signal.aborted, false);
  b.clock.advance(1);
  assert.deepEqual(await end, { running: "settled", discarded: 0, closed: true });
  assert.equal(b.agent.last.turn.signal.aborted, true);
  assert.deepEqual(await b.receipts[0]!.outcome, ENDED);
  await assertAtRest(b);
});

test("end() gives a turn 5 s by default", async () => {
  const b = await open(["runs"]);
  void b.queue.end("a");
  await quiet();
  b.clock.advance(4_999);
  await quiet();
  assert.equal(b.agent.last.turn.signal.aborted, false);
  b.clock.advance(1);
  await quiet();
  assert.equal(b.agent.last.turn.signal.aborted, true);
});

test("end() returns although the agent ignores its cancel (STOP_TERMINATES, hang-on-cancel)", async () => {
  const b = await open([], { abandonAfterMs: 50 });
  b.agent.deaf = true;
  const receipt = b.queue.send("a", "deaf");
  await quiet();
  const end = b.queue.end("a", { deadlineMs: 100 });
  await quiet();
  b.clock.advance(100);
  await quiet();
  b.clock.advance(50);
  assert.deepEqual(await end, { running: "abandoned", discarded: 0, closed: true });
  assert.deepEqual(await receipt.outcome, { status: "abandoned" });
  b.agent.last.finish();
  await assertAtRest(b);
});

test("end() asks the agent itself to cancel, once, at its deadline", async () => {
  const levels: string[] = [];
  const b = await open(["runs"], { requestCancel: (_handle, level) => levels.push(level) });
  const end = b.queue.end("a", { deadlineMs: 100 });
  await quiet();
  assert.deepEqual(levels, []);
  b.clock.advance(100);
  await end;
  assert.deepEqual(levels, ["immediate"]);
});

test("end() of an idle session closes it at once", async () => {
  const b = await open();
  assert.deepEqual(await b.queue.end("a"), { running: "none", discarded: 0, closed: true });
  assert.deepEqual(b.handles.log, ["open a#1", "close a#1"]);
  await assertAtRest(b);
});

test("two calls of end() share one report, and the agent's end is called once", async () => {
  const b = await open(["runs"]);
  const ends = [b.queue.end("a"), b.queue.end("a")];
  b.agent.last.finish();
  const reports = await Promise.all(ends);
  assert.deepEqual(reports[0], { running: "settled", discarded: 0, closed: true });
  assert.equal(reports[1], reports[0]);
  assert.deepEqual(b.handles.log, ["open a#1", "close a#1"]);
});

test("an agent's end that throws is reported and not thrown", async () => {
  const hooks: QueueOptions["close"][] = [
    () => {
      throw new Error("broken");
    },
    () => Promise.reject(new Error("broken")),
  ];
  for (const close of hooks) {
    const b = await open([], { close: close! });
    assert.deepEqual(await b.queue.end("a"), { running: "none", discarded: 0, closed: false });
    assert.deepEqual(b.errors, ["close of a: Error: broken"]);
    await assertAtRest(b);
  }
});

test("end() waits for the agent's end, and leaves a hanging one alone after closeMs", async () => {
  const closing = deferred();
  const prompt = await open([], { close: () => closing.promise });
  const waits = prompt.queue.end("a");
  assert.equal(await peek(waits), "pending");
  closing.resolve("");
  assert.equal((await waits).closed, true);
  assert.equal(prompt.clock.pending, 0);

  const b = await open([], { close: () => new Promise(() => {}), limits: { closeMs: 70 } });
  const end = b.queue.end("a");
  await quiet();
  b.clock.advance(69);
  assert.equal(await peek(end), "pending");
  b.clock.advance(1);
  assert.deepEqual(await end, { running: "none", discarded: 0, closed: false });
  await assertAtRest(b);
});

test("end() while the session's handle is on its way: it is closed when it comes (A11)", async () => {
  const opening = deferred();
  const handles = new Handles();
  const b = bench({ open: () => opening.promise, close: handles.close });
  const create = rejection(b.queue.create("a"));
  const receipt = b.queue.send("a", "waits for the handle");
  await quiet();
  const end = b.queue.end("a");
  assert.deepEqual(await peek(receipt.outcome), ENDED, "it would wait for what it must not get");
  assert.equal(await peek(end), "pending");
  assert.match(await create, /^SessionEndedError/, "at once: it may never come");
  opening.resolve(handles.give("a", "open"));
  assert.equal((await end).closed, false);
  assert.deepEqual([...handles.live], [], "NO_CREATE_LEAK");
  assert.deepEqual(b.agent.texts, []);
  await assertAtRest(b);
});

test("turn.endSession() ends the session once the turn is over (NO_CREATE_LEAK, NO_RESURRECTION, self-end)", async () => {
  const b = await open(["runs", "waits"]);
  b.agent.last.turn.endSession();
  assert.deepEqual([b.queue.isEnded("a"), b.queue.tombstones], [true, 1], "at once");
  assert.equal(b.queue.send("a", "late").reason, "ended");
  assert.deepEqual(await b.receipts[1]!.outcome, ENDED);
  b.clock.advance(60_000);
  assert.equal(b.agent.last.turn.signal.aborted, false, "however long it takes");
  b.agent.last.finish("bye");
  assert.equal(await b.receipts[0]!.result(), "bye");
  await quiet();
  assert.deepEqual(b.handles.log, ["open a#1", "close a#1"]);
  await assertAtRest(b);
});

test("a turn that is over or cancelled can not end its session any more (STALE_EFFECT_FENCED)", async () => {
  const b = await open(["over"]);
  const over = b.agent.last;
  over.finish();
  b.agent.deaf = true;
  b.queue.send("a", "cancelled");
  await quiet();
  over.turn.endSession();
  assert.equal(b.queue.isEnded("a"), false);
  void b.queue.stop("a");
  b.agent.last.turn.endSession();
  assert.equal(b.queue.isEnded("a"), false);
  b.agent.last.finish();
});

test("a turn that awaits the end of its own session ends with it, cancelled (self-end)", async () => {
  const b = bench({
    run: async (turn) => {
      await b.queue.end(turn.session, { deadlineMs: 100 });
      return "after the end";
    },
    abandonAfterMs: 50,
  });
  const receipt = b.queue.send("a", "text");
  await quiet();
  b.clock.advance(100);
  await quiet();
  assert.equal(receipt.status, "running");
  b.clock.advance(100);
  assert.deepEqual(await receipt.outcome, { status: "abandoned" });
  await assertAtRest(b);
});

test("end({ deadlineMs: 0 }) cancels at once, and still lets the turn settle before the close (SINGLE_TURN)", async () => {
  const b = await open();
  const log = b.handles.log;
  b.agent.deaf = true;
  b.queue.send("a", "slow to abort");
  await quiet();
  const end = b.queue.end("a", { deadlineMs: 0 });
  await quiet();
  b.clock.advance(0);
  await quiet();
  assert.equal(b.agent.last.turn.signal.aborted, true);
  b.clock.advance(4_999);
  assert.equal(await peek(end), "pending");
  assert.deepEqual(log, ["open a#1"]);
  b.agent.last.finish();
  assert.deepEqual(await end, { running: "settled", discarded: 0, closed: true });
  assert.deepEqual(log, ["open a#1", "close a#1"]);
});

test("end() says that a turn was abandoned, also if that was before", async () => {
  const b = await open([], { abandonAfterMs: 50 });
  b.agent.deaf = true;
  b.queue.send("a", "deaf");
  await quiet();
  void b.queue.stop("a");
  b.clock.advance(50);
  assert.equal((await b.queue.end("a")).running, "abandoned");
});

test("end() gives up on a turn that may never be abandoned after 5 s, and says asked (STOP_TERMINATES)", async () => {
  const b = await open([], { abandonAfterMs: Infinity });
  b.agent.deaf = true;
  b.queue.send("a", "deaf");
  await quiet();
  const end = b.queue.end("a", { deadlineMs: 100 });
  await quiet();
  b.clock.advance(100);
  await quiet();
  b.clock.advance(4_999);
  assert.equal(await peek(end), "pending");
  b.clock.advance(1);
  assert.deepEqual(await end, { running: "asked", discarded: 0, closed: true });
  assert.equal(b.agent.last.turn.handle, "a#1", "the turn has what it began with");
});

test("an abort of end() stops the wait for the report; the end goes on", async () => {
  const b = await open(["runs"]);
  const controller = new AbortController();
  const reason = new Error("do not care");
  const end = b.queue.end("a", { signal: controller.signal });
  controller.abort(reason);
  await assert.rejects(end, reason);
  b.agent.last.finish();
  await quiet();
  assert.deepEqual(b.handles.log, ["open a#1", "close a#1"]);
  await assertAtRest(b);
});

test("end() takes at most its deadline, abandonAfterMs and twice closeMs (STOP_TERMINATES)", async () => {
  const b = await open([], {
    abandonAfterMs: 50,
    limits: { closeMs: 70 },
    close: () => new Promise(() => {}),
    requestCancel: () => new Promise(() => {}),
  });
  b.agent.deaf = true;
  b.queue.send("a", "deaf");
  await quiet();
  const end = b.queue.end("a", { deadlineMs: 100 });
  assert.ok(await elapsed(b.clock, end, 1_000) <= 100 + 50 + 2 * 70);
  assert.deepEqual(await end, { running: "abandoned", discarded: 0, closed: false });
});
