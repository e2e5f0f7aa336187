import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "@lanekeeper/test/fake_clock";
import { assertAtRest, bench, deferred, peek } from "./_test_support.ts";

test("a reply is delivered within the turn: the session is busy until it is out (busy-early)", async () => {
  const b = bench();
  const delivery = deferred();
  const delivered: string[] = [];
  const receipt = b.queue.send("a", "text", {
    deliver: (reply) => {
      delivered.push(reply);
      return delivery.promise;
    },
  });
  b.queue.send("a", "next");
  await quiet();
  b.agent.last.finish("reply");
  await quiet();
  assert.deepEqual(delivered, ["reply"]);
  assert.deepEqual([receipt.status, b.agent.texts], ["running", ["text"]]);
  delivery.resolve("");
  assert.deepEqual(await receipt.outcome, { status: "completed", value: "reply" });
  await quiet();
  assert.deepEqual(b.agent.texts, ["text", "next"]);
});

test("a delivery that throws fails the message, and the next one runs", async () => {
  const error = new Error("no network");
  for (
    const deliver of [() => Promise.reject(error), () => {
      throw error;
    }]
  ) {
    const b = bench();
    const receipt = b.queue.send("a", "text", { deliver });
    const next = b.queue.send("a", "next");
    await quiet();
    b.agent.last.finish();
    await assert.rejects(receipt.result(), error);
    await quiet();
    b.agent.last.finish();
    assert.equal(await next.result(), "re: next");
    await assertAtRest(b);
  }
});

test("a reply is not delivered when its turn failed", async () => {
  const b = bench();
  let delivered = 0;
  const receipt = b.queue.send("a", "text", { deliver: () => delivered++ });
  await quiet();
  b.agent.last.fail(new Error("no"));
  await receipt.outcome;
  assert.equal(delivered, 0);
});

test("an interrupted turn's reply is not delivered, however it was interrupted (B7, late-reply)", async () => {
  const interrupts: Record<string, (b: ReturnType<typeof bench>, withdraw: () => void) => void> = {
    stop: ({ queue }) => void queue.stop("a"),
    interrupt: ({ queue }) => void queue.send("a", "fresh", { policy: "interrupt" }),
    withdraw: (_b, withdraw) => withdraw(),
  };
  for (const [name, interrupt] of Object.entries(interrupts)) {
    const b = bench();
    b.agent.deaf = true;
    const delivered: string[] = [];
    const receipt = b.queue.send("a", "old", { deliver: (reply) => delivered.push(reply) });
    await quiet();
    interrupt(b, () => receipt.withdraw());
    b.agent.runs[0]!.finish("late");
    const { status } = await receipt.outcome;
    assert.equal(status, name === "interrupt" ? "superseded" : "cancelled", name);
    assert.deepEqual(delivered, [], name);
  }
});

test("a turn that is cancelled in the same step in which its agent returned delivers nothing", async () => {
  const b = bench();
  b.agent.deaf = true;
  const delivered: string[] = [];
  const receipt = b.queue.send("a", "text", { deliver: (reply) => delivered.push(reply) });
  await quiet();
  b.agent.last.finish("reply");
  void b.queue.stop("a");
  assert.deepEqual(await receipt.outcome, { status: "cancelled", cause: "stopped" });
  assert.deepEqual(delivered, []);
});

test("a cancel during the delivery aborts its signal; the turn waits for it to settle", async () => {
  const b = bench();
  const signals: AbortSignal[] = [];
  const delivery = deferred();
  const receipt = b.queue.send("a", "text", {
    deliver: (_reply, signal) => {
      signals.push(signal);
      return delivery.promise;
    },
  });
  await quiet();
  b.agent.last.finish();
  await quiet();
  const stop = b.queue.stop("a");
  assert.deepEqual(signals.map(({ aborted }) => aborted), [true]);
  assert.equal(await peek(stop), "pending");
  delivery.reject(new Error("aborted"));
  assert.deepEqual(await receipt.outcome, { status: "cancelled", cause: "stopped" });
  assert.equal((await stop).running, "settled");
});

test("a reply that got out in spite of a cancel is completed: anything else would not be true (EXACTLY_ONE_OUTCOME)", async () => {
  const b = bench();
  const delivery = deferred();
  const receipt = b.queue.send("a", "text", { deliver: () => delivery.promise });
  await quiet();
  b.agent.last.finish("reply");
  await quiet();
  void b.queue.stop("a");
  delivery.resolve("");
  assert.deepEqual(await receipt.outcome, { status: "completed", value: "reply" });
});

test("a delivery that hangs is abandoned like any turn", async () => {
  const b = bench({ abandonAfterMs: 50 });
  const receipt = b.queue.send("a", "text", { deliver: () => new Promise(() => {}) });
  await quiet();
  b.agent.last.finish();
  await quiet();
  const stop = b.queue.stop("a");
  b.clock.advance(50);
  assert.deepEqual(await receipt.outcome, { status: "abandoned" });
  assert.equal((await stop).running, "abandoned");
});

test("an abandoned turn delivers nothing, also under proceed (STALE_EFFECT_FENCED)", async () => {
  for (const onAbandon of ["block", "proceed"] as const) {
    const b = bench({ abandonAfterMs: 50, onAbandon });
    b.agent.deaf = true;
    const delivered: string[] = [];
    b.queue.send("a", "deaf", { deliver: (reply) => delivered.push(reply) });
    await quiet();
    void b.queue.stop("a");
    b.clock.advance(50);
    b.agent.last.finish("late");
    await quiet();
    assert.deepEqual(delivered, []);
  }
});

test("emit() reaches the observer while the turn is live, and never after (STALE_EFFECT_FENCED)", async () => {
  const pieces: unknown[] = [];
  const b = bench({ observer: { emitted: (turn, data) => pieces.push([turn.id, data]) } });
  b.agent.deaf = true;
  b.queue.send("a", "first");
  b.queue.send("a", "second");
  await quiet();
  const first = b.agent.last;
  first.turn.emit("one");
  first.finish();
  await quiet();
  first.turn.emit("after its end");
  const second = b.agent.last;
  second.turn.emit("two");
  void b.queue.stop("a");
  second.turn.emit("after its cancel");
  second.finish();
  await quiet();
  assert.deepEqual(pieces, [["m1", "one"], ["m2", "two"]]);
});

test("throwIfStale() throws from the cancel on, and not before", async () => {
  const b = bench();
  b.agent.deaf = true;
  b.queue.send("a", "text");
  await quiet();
  const { turn, finish } = b.agent.last;
  turn.throwIfStale();
  void b.queue.stop("a");
  assert.throws(() => turn.throwIfStale(), { name: "StaleTurnError", code: "stale_turn" });
  finish();
  await quiet();
  assert.throws(() => turn.throwIfStale(), { name: "StaleTurnError" });
});

test("a turn of several messages delivers its reply once: by the first that can", async () => {
  const b = bench({ policy: "collect" });
  const delivered: string[] = [];
  const by = (name: string) => ({
    deliver: (reply: string) => delivered.push(`${name}: ${reply}`),
  });
  b.queue.send("a", "0");
  b.queue.send("a", "1");
  b.queue.send("a", "2", by("second"));
  b.queue.send("a", "3", by("third"));
  await quiet();
  b.agent.last.finish();
  await quiet();
  b.agent.last.finish("reply");
  await assertAtRest(b);
  assert.deepEqual(delivered, ["second: reply"]);
});
