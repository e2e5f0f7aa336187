import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "@lanekeeper/test/fake_clock";
import { assertAtRest, bench, Handles, peek, type QueueOptions } from "./_test_support.ts";

/** A session whose turn was stopped, ignored it for `abandonAfterMs`, and still goes on. */
async function abandoned(options: Partial<QueueOptions> = {}) {
  const b = bench({ abandonAfterMs: 50, ...options });
  b.agent.deaf = true;
  const delivered: string[] = [];
  const receipt = b.queue.send("a", "deaf", { deliver: (reply) => delivered.push(reply) });
  await quiet();
  void b.queue.stop("a");
  b.clock.advance(50);
  const late = b.agent.last;
  return { ...b, receipt, delivered, late };
}

test("a turn that ignores its cancel is abandoned after abandonAfterMs, not before (EXACTLY_ONE_OUTCOME)", async () => {
  const b = bench({ abandonAfterMs: 50 });
  b.agent.deaf = true;
  const receipt = b.queue.send("a", "deaf");
  await quiet();
  void b.queue.stop("a");
  b.clock.advance(49);
  assert.equal(await peek(receipt.outcome), "pending");
  b.clock.advance(1);
  assert.deepEqual(await receipt.outcome, { status: "abandoned" });
  await assert.rejects(receipt.result(), { name: "OutcomeError", code: "abandoned" });
});

test("block: an abandoned turn's session takes no other turn until it settles", async () => {
  const b = await abandoned();
  const next = b.queue.send("a", "next");
  await quiet();
  assert.deepEqual(b.agent.texts, ["deaf"]);
  assert.deepEqual([b.queue.running, b.queue.waiting], [1, 1]);
  b.late.finish("late");
  await quiet();
  assert.deepEqual(b.agent.texts, ["deaf", "next"]);
  b.agent.last.finish();
  assert.equal(await next.result(), "re: next");
  assert.deepEqual(b.delivered, [], "STALE_EFFECT_FENCED");
  assert.equal(b.receipt.status, "abandoned");
  await assertAtRest(b);
});

test("block: an abandoned turn that never settles holds up its own session alone", async () => {
  const b = await abandoned();
  const stuck = b.queue.send("a", "stuck", { waitMs: 10 });
  const other = b.queue.send("b", "other");
  await quiet();
  b.agent.last.finish();
  assert.equal(await other.result(), "re: other");
  b.clock.advance(10);
  assert.deepEqual(await stuck.outcome, { status: "expired", waitedMs: 10 });
  assert.equal(b.clock.pending, 0);
});

test("proceed: the next turn starts with a new generation and the old one is fenced", async () => {
  const b = await abandoned({ onAbandon: "proceed" });
  const next = b.queue.send("a", "next");
  await quiet();
  assert.deepEqual(b.agent.texts, ["deaf", "next"]);
  assert.ok(b.agent.last.turn.generation > b.late.turn.generation);
  assert.deepEqual([b.late.turn.live, b.agent.last.turn.live], [false, true]);
  assert.throws(() => b.late.turn.throwIfStale(), { name: "StaleTurnError" });
  b.late.finish("late");
  await quiet();
  assert.deepEqual([b.delivered, b.queue.running], [[], 1], "the guard is the next one's");
  b.agent.last.finish();
  assert.equal(await next.result(), "re: next");
  await quiet();
  assert.deepEqual([b.queue.size, b.clock.pending], [0, 0]);
});

test("proceed: what waited behind an abandoned turn runs in order, whenever that one settles", async () => {
  const b = bench({ abandonAfterMs: 50, onAbandon: "proceed" });
  b.agent.deaf = true;
  const [, first, second] = ["deaf", "1", "2"].map((text) => b.queue.send("a", text));
  await quiet();
  const late = b.agent.last;
  void b.queue.stop("a", { queued: "keep" });
  b.clock.advance(50);
  await quiet();
  assert.deepEqual([first!.status, second!.status], ["running", "waiting"]);
  late.finish("late");
  await quiet();
  assert.deepEqual([first!.status, second!.status], ["running", "waiting"], "OWNER_ONLY_RELEASE");
  assert.equal(b.queue.running, 1);
  b.agent.last.finish();
  await quiet();
  b.agent.last.finish();
  await quiet();
  assert.deepEqual(b.agent.texts, ["deaf", "1", "2"]);
  assert.deepEqual([b.queue.size, b.clock.pending], [0, 0]);
});

test("an abandoned turn that fails late has no second outcome and breaks nothing", async () => {
  for (const onAbandon of ["block", "proceed"] as const) {
    const b = await abandoned({ onAbandon });
    b.late.fail(new Error("late"));
    await assertAtRest(b);
    assert.deepEqual(await b.receipt.outcome, { status: "abandoned" });
    assert.deepEqual(b.errors, []);
  }
});

test("with abandonAfterMs: Infinity a turn is never abandoned", async () => {
  const b = bench({ abandonAfterMs: Infinity });
  b.agent.deaf = true;
  const receipt = b.queue.send("a", "deaf");
  await quiet();
  void b.queue.stop("a", { deadlineMs: 10 });
  b.clock.advance(2 ** 40);
  assert.equal(await peek(receipt.outcome), "pending");
  b.agent.last.finish();
  assert.deepEqual(await receipt.outcome, { status: "cancelled", cause: "stopped" });
  await assertAtRest(b);
});

test("an interrupt finds an abandoned turn, waits for it, and is not superseded by it", async () => {
  const b = await abandoned();
  const fresh = b.queue.send("a", "fresh", { policy: "interrupt" });
  await quiet();
  assert.equal(fresh.status, "waiting");
  b.late.finish();
  await quiet();
  b.agent.last.finish();
  assert.equal(await fresh.result(), "re: fresh");
  assert.equal(b.receipt.status, "abandoned");
});

test("block: end() of a session with an abandoned turn returns; nothing revives it beside that turn (NO_RESURRECTION)", async () => {
  const handles = new Handles();
  const b = await abandoned({ open: handles.open, resume: handles.resume, close: handles.close });
  assert.equal((await b.queue.end("a")).closed, true);
  assert.deepEqual([b.queue.size, b.queue.isEnded("a")], [1, true]);
  await assert.rejects(b.queue.resume("a", { revive: true }), { name: "SessionEndedError" });
  assert.deepEqual(handles.log, ["resume a#1", "close a#1"], "the agent was not even asked");
  b.late.finish();
  await assertAtRest(b);
  await b.queue.resume("a", { revive: true });
  assert.equal(b.queue.isConnected("a"), true);
});

test("proceed: an ended session can be revived beside its abandoned turn, which stays fenced", async () => {
  const handles = new Handles();
  const { open, resume, close } = handles;
  const b = await abandoned({ open, resume, close, onAbandon: "proceed" });
  await b.queue.end("a");
  await b.queue.resume("a", { revive: true });
  const receipt = b.queue.send("a", "next");
  await quiet();
  b.late.finish("late");
  await quiet();
  assert.equal(receipt.status, "running");
  b.agent.last.finish();
  assert.equal(await receipt.result(), "re: next");
  assert.deepEqual(handles.log, ["resume a#1", "close a#1", "resume a#3"]);
});
