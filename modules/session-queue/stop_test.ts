import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "@lanekeeper/test/fake_clock";
import type { StopOptions } from "./mod.ts";
import {
  assertAtRest,
  type Bench,
  bench,
  Handles,
  openSessions,
  peek,
  type QueueOptions,
} from "./_test_support.ts";

const STOPPED = { status: "cancelled", cause: "stopped" };

/** A session with a handle, one running turn and two messages that wait. */
const busy = (options: Partial<QueueOptions> = {}) =>
  openSessions({ a: ["runs", "1", "2"] }, options);

test("stop() cancels the running turn and all that waits, by default (STOP_CLEARS_ALL)", async () => {
  const b = await busy();
  assert.deepEqual(await b.queue.stop("a"), { running: "settled", discarded: 2 });
  for (const { outcome } of b.receipts) assert.deepEqual(await outcome, STOPPED);
  assert.deepEqual(b.agent.texts, ["runs"]);
  assert.deepEqual([b.queue.running, b.queue.waiting, b.clock.pending], [0, 0, 0]);
});

test("stop() with queued: keep cancels the running turn alone; the rest runs in order", async () => {
  for (const level of ["immediate", "graceful"] as const) {
    const b = await busy();
    const report = b.queue.stop("a", { queued: "keep", level });
    if (level === "graceful") b.agent.last.finish("short");
    assert.deepEqual(await report, { running: "settled", discarded: 0 });
    for (let left = 2; left > 0; left--) {
      await quiet();
      b.agent.last.finish();
    }
    await quiet();
    assert.deepEqual(b.agent.texts, ["runs", "1", "2"]);
    assert.deepEqual(b.receipts.slice(1).map(({ status }) => status), ["completed", "completed"]);
  }
});

test("an immediate stop aborts the turn, and a late reply does not count (B7)", async () => {
  const b = await busy();
  b.agent.deaf = true;
  const delivered: string[] = [];
  b.agent.runs.length = 0;
  await b.queue.stop("a");
  const receipt = b.queue.send("a", "deaf", { deliver: (reply) => delivered.push(reply) });
  await quiet();
  const stop = b.queue.stop("a");
  assert.equal(b.agent.last.turn.signal.aborted, true);
  assert.equal(b.agent.last.turn.live, false);
  assert.equal(await peek(stop), "pending", "the turn has not settled");
  assert.equal(receipt.status, "running");
  b.agent.last.finish("late");
  assert.deepEqual(await stop, { running: "settled", discarded: 0 });
  assert.deepEqual(await receipt.outcome, STOPPED);
  assert.deepEqual(delivered, []);
});

test("a graceful stop aborts nothing: the turn is told, and its reply counts (CANCEL_LEVEL)", async () => {
  const delivered: string[] = [];
  const b = bench();
  const deliver = (reply: string) => delivered.push(reply);
  const receipt = b.queue.send("a", "text", { deliver });
  await quiet();
  const { turn, finish } = b.agent.last;
  const stop = b.queue.stop("a", { level: "graceful" });
  assert.deepEqual([turn.stopping, turn.signal.aborted, turn.live], [true, false, true]);
  assert.equal(b.queue.snapshot()[0]?.state, "stopping");
  finish("short reply");
  assert.deepEqual(await stop, { running: "settled", discarded: 0 });
  assert.deepEqual(await receipt.outcome, { status: "completed", value: "short reply" });
  assert.deepEqual(delivered, ["short reply"]);
  await assertAtRest(b);
});

test("a graceful stop can be followed by an immediate one", async () => {
  const b = bench();
  const receipt = b.queue.send("a", "text");
  await quiet();
  const graceful = b.queue.stop("a", { level: "graceful" });
  const immediate = b.queue.stop("a");
  assert.deepEqual(await graceful, { running: "settled", discarded: 0 });
  assert.deepEqual(await immediate, { running: "settled", discarded: 0 });
  assert.deepEqual(await receipt.outcome, STOPPED);
});

test("an immediate stop is not followed by a graceful one: the turn is cancelled (CANCEL_LEVEL)", async () => {
  const levels: string[] = [];
  const b = await busy({ requestCancel: (_handle, level) => levels.push(level) });
  const { turn } = b.agent.last;
  void b.queue.stop("a");
  void b.queue.stop("a", { level: "graceful" });
  assert.deepEqual([levels, turn.stopping], [["immediate"], false]);
  assert.equal(turn.signal.reason.name, "AbortError");
  assert.equal(b.queue.snapshot()[0]?.state, "stopping", "until it has settled");
});

test("stop() of a turn that has not begun: it never begins, at either level", async () => {
  for (const level of ["immediate", "graceful"] as const) {
    const b = bench();
    const receipt = b.queue.send("a", "text");
    assert.deepEqual(await b.queue.stop("a", { level }), { running: "settled", discarded: 0 });
    assert.deepEqual(await receipt.outcome, STOPPED);
    await assertAtRest(b);
    assert.deepEqual(b.agent.texts, []);
  }
});

test("stop() of a session that is idle or unknown does nothing and never throws (A12)", async () => {
  const b = bench();
  assert.deepEqual(await b.queue.stop("unknown"), { running: "none", discarded: 0 });
  const handles = new Handles();
  const open = bench({ open: handles.open });
  await open.queue.create("a");
  assert.deepEqual(await open.queue.stop("a"), { running: "none", discarded: 0 });
  assert.equal(open.queue.isConnected("a"), true);
});

test("a stop of an idle session does not hit the next turn (CANCEL_NOT_STICKY, sticky)", async () => {
  for (const level of ["immediate", "graceful"] as const) {
    const b = bench();
    await b.queue.stop("a", { level });
    const receipt = b.queue.send("a", "text");
    await quiet();
    const { turn, finish } = b.agent.last;
    assert.deepEqual([turn.signal.aborted, turn.stopping, turn.live], [false, false, true]);
    finish();
    assert.equal((await receipt.outcome).status, "completed");
  }
});

test("a stop hits neither the next turn of the chain nor a later one (CANCEL_NOT_STICKY, B8)", async () => {
  for (const level of ["immediate", "graceful"] as const) {
    const b = await busy();
    const stop = b.queue.stop("a", { queued: "keep", level });
    b.agent.last.finish();
    await stop;
    for (const text of ["1", "2"]) {
      await quiet();
      const { turn, finish } = b.agent.last;
      assert.deepEqual([b.agent.last.text, turn.signal.aborted, turn.stopping], [
        text,
        false,
        false,
      ]);
      finish();
    }
  }
});

test("what is sent after stop() was called runs, also before stop() has returned (CANCEL_TARGET)", async () => {
  const b = await busy();
  const stop = b.queue.stop("a");
  const late = b.queue.send("a", "late");
  assert.deepEqual(await stop, { running: "settled", discarded: 2 });
  await quiet();
  b.agent.last.finish();
  assert.equal(await late.result(), "re: late");
  assert.deepEqual(b.agent.texts, ["runs", "late"]);
});

test("stop() discards collected messages one by one", async () => {
  const b = bench({ policy: "collect" });
  const receipts = ["0", "1", "2"].map((text) => b.queue.send("a", text));
  assert.deepEqual(await b.queue.stop("a"), { running: "settled", discarded: 2 });
  for (const { outcome } of receipts) assert.deepEqual(await outcome, STOPPED);
  await assertAtRest(b);
});

/** Stops a deaf turn, lets `ms` pass, and tells what stop() has said by then. */
async function stopDeaf(b: Bench, options: StopOptions, ms: number) {
  b.agent.deaf = true;
  b.queue.send("a", "deaf");
  await quiet();
  const stop = b.queue.stop("a", options);
  await quiet();
  b.clock.advance(ms);
  return await peek(stop);
}

test("stop() returns at its deadline with asked, if the turn goes on (STOP_TERMINATES)", async () => {
  const options = { deadlineMs: 100 };
  assert.equal(await stopDeaf(bench(), options, 99), "pending");
  assert.deepEqual(await stopDeaf(bench(), options, 100), { running: "asked", discarded: 0 });
  assert.deepEqual(await stopDeaf(bench(), { deadlineMs: 0 }, 0), {
    running: "asked",
    discarded: 0,
  });
});

test("stop() waits 10 s by default", async () => {
  const never = { abandonAfterMs: Infinity };
  assert.equal(await stopDeaf(bench(never), {}, 9_999), "pending");
  assert.deepEqual(await stopDeaf(bench(never), {}, 10_000), { running: "asked", discarded: 0 });
});

test("stop() says abandoned when the turn ignored its cancel past abandonAfterMs", async () => {
  const b = bench({ abandonAfterMs: 50 });
  assert.deepEqual(await stopDeaf(b, {}, 50), { running: "abandoned", discarded: 0 });
  assert.deepEqual(await b.queue.stop("a"), { running: "abandoned", discarded: 0 });
  b.agent.last.finish();
  await assertAtRest(b);
});

test("an abort of stop() stops the wait for the report; what was asked for goes on", async () => {
  const b = await busy();
  b.agent.deaf = true;
  const controller = new AbortController();
  const { signal } = controller;
  const reason = new Error("do not care");
  const stop = b.queue.stop("a", { level: "graceful", signal });
  controller.abort(reason);
  await assert.rejects(stop, reason);
  assert.equal(b.agent.last.turn.stopping, true);
  assert.equal(b.queue.waiting, 0);
});

test("stop() whose caller is gone already asks all the same, and does not wait (STOP_TERMINATES)", async () => {
  const b = await busy();
  b.agent.deaf = true;
  const reason = new Error("gone");
  const stop = b.queue.stop("a", { signal: AbortSignal.abort(reason) });
  const answer = await Promise.race([stop.catch((error) => error), quiet()]);
  assert.equal(answer, reason);
  assert.deepEqual([b.agent.last.turn.live, b.queue.waiting], [false, 0]);
});

test("a deadline that is no time is refused", async () => {
  const { queue } = bench();
  for (const deadlineMs of [-1, NaN]) {
    const error = {
      name: "RangeError",
      message: `Cannot use deadlineMs ${deadlineMs}: it must be 0 or more`,
    };
    await assert.rejects(queue.stop("a", { deadlineMs }), error);
    await assert.rejects(queue.end("a", { deadlineMs }), error);
    await assert.rejects(queue.stopAll({ deadlineMs }), error);
  }
  assert.deepEqual([queue.isEnded("a"), queue.draining], [false, false]);
});
