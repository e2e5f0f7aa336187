import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "@lanekeeper/test/fake_clock";
import { assertAtRest, type Bench, peek } from "./_test_support.ts";
import { type Offered, withSteering } from "./_testing/steering_bench.ts";
import type { QueueOptions } from "./_test_support.ts";
import type { Receipt, SendOptions } from "./mod.ts";

/** A turn, and a message that is on offer to it. */
async function onOffer(
  options: Partial<QueueOptions> = {},
  sent: SendOptions<string> = {},
): Promise<Bench & { offers: Offered[]; first: Receipt<string>; steer: Receipt<string> }> {
  const b = withSteering(options);
  const first = b.queue.send("a", "first");
  await quiet();
  const steer = b.queue.send("a", "more", { policy: "steer", ...sent });
  await quiet();
  assert.equal(b.offers.length, 1);
  return { ...b, first, steer };
}

test("withdrawn while on offer: the agent is told, and what it does not have never runs (CANCEL_TARGET)", async () => {
  const b = await onOffer();
  assert.equal(b.steer.withdraw(), true);
  assert.equal(b.offers[0]!.signal.aborted, true);
  assert.equal(b.steer.status, "waiting", "only the agent knows whether it has it");
  b.offers[0]!.answer(false);
  await quiet();
  assert.deepEqual(await b.steer.outcome, { status: "cancelled", cause: "withdrawn" });
  b.agent.last.finish();
  await quiet();
  assert.deepEqual(b.agent.texts, ["first"]);
  await assertAtRest(b);
});

test("withdrawn while on offer, and the agent has it already: it is merged, and the outcome says so", async () => {
  const controller = new AbortController();
  const b = await onOffer({}, { signal: controller.signal });
  b.offers[0]!.answer(true);
  controller.abort(); // Between the agent's answer and its arrival.
  await quiet();
  assert.equal(b.steer.status, "running");
  b.agent.last.finish("both");
  assert.deepEqual(await b.steer.outcome, { status: "merged", into: "m1", value: "both" });
  await assertAtRest(b);
});

test("withdrawn while on offer to an agent that never answers: it is over with the turn", async () => {
  const b = await onOffer();
  b.steer.withdraw();
  b.agent.last.finish();
  await quiet();
  b.clock.advance(5_000);
  await quiet();
  assert.deepEqual(await b.steer.outcome, { status: "cancelled", cause: "withdrawn" });
  await assertAtRest(b);
});

test("the one behind it is offered once the withdrawn one was refused", async () => {
  const b = await onOffer();
  const next = b.queue.send("a", "next", { policy: "steer" });
  b.steer.withdraw();
  b.offers[0]!.answer(false);
  await quiet();
  assert.equal(b.offers[1]?.message, "next");
  b.offers[1]!.answer(true);
  await quiet();
  b.agent.last.finish();
  assert.equal((await next.outcome).status, "merged");
  await assertAtRest(b);
});

test("an immediate stop settles what is on offer at once, by its own policy (STOP_CLEARS_ALL)", async () => {
  for (const queued of ["discard", "keep"] as const) {
    const b = await onOffer();
    const stop = b.queue.stop("a", { queued });
    assert.equal(b.steer.status, queued === "discard" ? "cancelled" : "waiting");
    assert.equal(b.offers[0]!.signal.aborted, true);
    b.offers[0]!.answer(true); // The turn is cancelled: it takes nothing any more.
    assert.deepEqual(await stop, { running: "settled", discarded: queued === "discard" ? 1 : 0 });
    assert.deepEqual(await b.first.outcome, { status: "cancelled", cause: "stopped" });
    await quiet();
    if (queued === "keep") {
      b.agent.last.finish();
      assert.equal(await b.steer.result(), "re: more");
    }
    assert.deepEqual(b.agent.texts, queued === "keep" ? ["first", "more"] : ["first"]);
    await assertAtRest(b);
  }
});

test("a graceful stop that discards: what the agent has shares the turn, the rest is cancelled", async () => {
  for (const isTaken of [true, false]) {
    const b = await onOffer();
    const stop = b.queue.stop("a", { level: "graceful" });
    assert.equal(b.offers[0]!.signal.aborted, true);
    b.offers[0]!.answer(isTaken);
    await quiet();
    b.agent.last.finish("short");
    assert.deepEqual(await stop, { running: "settled", discarded: isTaken ? 0 : 1 });
    assert.equal(b.steer.status, isTaken ? "merged" : "cancelled");
    await assertAtRest(b);
  }
});

test("a turn that was asked to stop is offered nothing more (CANCEL_TARGET)", async () => {
  const b = withSteering();
  b.queue.send("a", "first");
  await quiet();
  void b.queue.stop("a", { level: "graceful" });
  const steer = b.queue.send("a", "more", { policy: "steer" });
  b.agent.last.finish();
  await quiet();
  assert.deepEqual([b.offers.length, b.agent.texts], [0, ["first", "more"]]);
  b.agent.last.finish();
  assert.equal(await steer.result(), "re: more");
  await assertAtRest(b);
});

test("end() leaves what is on offer to the agent's answer, and cancels what it does not have", async () => {
  for (const isTaken of [true, false]) {
    const b = await onOffer();
    const end = b.queue.end("a");
    b.offers[0]!.answer(isTaken);
    await quiet();
    b.agent.last.finish();
    assert.deepEqual(await end, {
      running: "settled",
      discarded: isTaken ? 0 : 1,
      closed: false,
    });
    assert.equal(b.steer.status, isTaken ? "merged" : "cancelled");
    assert.equal(b.queue.send("a", "late", { policy: "steer" }).reason, "ended");
    await assertAtRest(b);
  }
});

test("end() past its deadline settles what is on offer with the turn", async () => {
  const b = await onOffer();
  const end = b.queue.end("a", { deadlineMs: 100 });
  b.clock.advance(100);
  await end;
  assert.deepEqual(await b.steer.outcome, { status: "cancelled", cause: "ended" });
  assert.deepEqual(await b.first.outcome, { status: "cancelled", cause: "ended" });
  await assertAtRest(b);
});

test("stopAll() that keeps: what is refused still runs within the deadline", async () => {
  const b = await onOffer();
  const report = b.queue.stopAll();
  assert.equal(b.queue.send("a", "late", { policy: "steer" }).reason, "draining");
  b.offers[0]!.answer(false);
  await quiet();
  b.agent.last.finish();
  await quiet();
  b.agent.last.finish();
  assert.deepEqual((await report).completed, 2);
  await assertAtRest(b);
});

test("stopAll() that discards, and one whose deadline is over, leave nothing on offer", async () => {
  for (const queued of ["discard", "keep"] as const) {
    const b = await onOffer();
    const report = b.queue.stopAll({ queued, deadlineMs: 100 });
    await quiet();
    b.clock.advance(100);
    const { completed, cancelled } = await report;
    assert.deepEqual({ completed, cancelled }, { completed: 0, cancelled: 2 });
    assert.deepEqual(await b.steer.outcome, { status: "cancelled", cause: "draining" });
    await assertAtRest(b);
  }
});

test("it may expire while it is on offer: unless the agent has it", async () => {
  for (const isTaken of [true, false]) {
    const b = await onOffer({}, { waitMs: 50 });
    b.clock.advance(50);
    await quiet();
    assert.equal(b.offers[0]!.signal.aborted, true);
    b.offers[0]!.answer(isTaken);
    await quiet();
    assert.equal(b.steer.status, isTaken ? "running" : "expired");
    b.agent.last.finish();
    await quiet();
    assert.equal(b.steer.status, isTaken ? "merged" : "expired");
    await assertAtRest(b);
  }
});

test("what a turn took does not expire any more, and leaves no timer (EVENTUALLY_IDLE)", async () => {
  const b = await onOffer({}, { waitMs: 50 });
  b.offers[0]!.answer(true);
  await quiet();
  assert.equal(b.clock.pending, 0);
  b.agent.last.finish();
  assert.equal((await b.steer.outcome).status, "merged");
});

test("an interrupt while it is on offer: it stays in line behind, or is superseded", async () => {
  for (const queued of ["keep", "supersede"] as const) {
    const b = await onOffer();
    const now = b.queue.send("a", "now", { policy: "interrupt", queued });
    b.offers[0]!.answer(true); // By a turn that is cancelled.
    await quiet();
    b.offers[1]?.answer(false); // By the turn that interrupted.
    b.agent.last.finish();
    await quiet();
    if (queued === "keep") b.agent.last.finish();
    await quiet();
    assert.deepEqual(
      b.agent.texts,
      queued === "keep" ? ["first", "now", "more"] : [
        "first",
        "now",
      ],
    );
    if (queued === "supersede") {
      assert.deepEqual(await b.steer.outcome, { status: "superseded", by: now.id });
    }
    await assertAtRest(b);
  }
});

test("an abandoned turn takes nothing: what was on offer waits for its own", async () => {
  const b = withSteering();
  b.agent.deaf = true;
  b.queue.send("a", "first");
  await quiet();
  const steer = b.queue.send("a", "more", { policy: "steer" });
  const deaf = b.agent.last;
  const stop = b.queue.stop("a", { queued: "keep" });
  await quiet();
  b.clock.advance(5_000);
  await stop;
  b.offers[0]!.answer(true);
  await quiet();
  assert.equal(steer.status, "waiting");
  deaf.finish();
  await quiet();
  b.agent.last.finish();
  assert.equal(await steer.result(), "re: more");
  await assertAtRest(b);
});

test("an agent that fails while a message is on offer does not take it along", async () => {
  const b = await onOffer();
  b.agent.last.fail(new Error("broken"));
  await quiet();
  b.offers[0]!.answer(false);
  await quiet();
  assert.equal(b.first.status, "failed");
  b.agent.last.finish();
  assert.equal(await b.steer.result(), "re: more");
  await assertAtRest(b);
});

test("a turn that ends its own session leaves what it has on offer to its answer", async () => {
  const b = await onOffer();
  b.agent.last.turn.endSession();
  b.offers[0]!.answer(true);
  await quiet();
  b.agent.last.finish();
  assert.equal((await b.steer.outcome).status, "merged");
  await assertAtRest(b);
});

test("what its caller took back stays so, whatever is stopped after it (EXACTLY_ONE_OUTCOME)", async () => {
  const b = await onOffer();
  b.steer.withdraw();
  void b.queue.stop("a", { level: "graceful" });
  b.offers[0]!.answer(false);
  await quiet();
  assert.deepEqual(await b.steer.outcome, { status: "cancelled", cause: "withdrawn" });
  b.agent.last.finish();
  await assertAtRest(b);
});

test("a turn that only waits for an answer ends at once when it is stopped (STOP_TERMINATES)", async () => {
  const b = await onOffer();
  b.agent.last.finish();
  await quiet();
  assert.deepEqual(await peek(b.queue.stop("a")), { running: "settled", discarded: 1 });
  await assertAtRest(b);
});
