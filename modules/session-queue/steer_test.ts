import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "@lanekeeper/test/fake_clock";
import { assertAtRest, type Bench, bench, peek, withSlowHandles } from "./_test_support.ts";
import { type Offered, withSteering } from "./_testing/steering_bench.ts";
import type { Receipt } from "./mod.ts";

const STEER = { policy: "steer" } as const;

/** A turn on `first`, and messages that are to steer it. */
async function running(
  b: Bench & { offers: Offered[] },
  ...texts: string[]
): Promise<{ first: Receipt<string>; steers: Receipt<string>[] }> {
  const first = b.queue.send("a", "first");
  await quiet();
  const steers = texts.map((text) => b.queue.send("a", text, STEER));
  return { first, steers };
}

test("a message that the running turn takes is merged into it, and runs nowhere else", async () => {
  const b = withSteering();
  const { first, steers: [steer] } = await running(b, "more");
  assert.deepEqual([steer!.accepted, steer!.status], [true, "waiting"]);
  assert.deepEqual(b.offers.map(({ id, message }) => [id, message]), [["m2", "more"]]);
  b.offers[0]!.answer(true);
  await quiet();
  assert.equal(steer!.status, "running");
  assert.deepEqual(b.queue.snapshot()[0], {
    session: "a",
    state: "running",
    connected: false,
    generation: 1,
    running: ["m1", "m2"],
    waiting: [],
  });
  b.agent.last.finish("both");
  assert.deepEqual(await first.outcome, { status: "completed", value: "both" });
  assert.deepEqual(await steer!.outcome, { status: "merged", into: "m1", value: "both" });
  assert.deepEqual(b.agent.texts, ["first"]);
  await assertAtRest(b);
});

test("it stands in line until the agent has answered, so that it cannot be lost", async () => {
  const b = withSteering();
  const { steers: [steer] } = await running(b, "more");
  assert.deepEqual([b.queue.waiting, b.queue.snapshot()[0]?.waiting], [1, ["m2"]]);
  b.offers[0]!.answer(false);
  await quiet();
  assert.equal(steer!.status, "waiting");
  b.agent.last.finish();
  await quiet();
  b.agent.last.finish();
  assert.equal(await steer!.result(), "re: more");
  assert.deepEqual(b.agent.texts, ["first", "more"]);
  await assertAtRest(b);
});

test("what is no plain true is no: the message has a turn of its own", async () => {
  for (const answer of [undefined, 1, "true", {}]) {
    const b = withSteering();
    const { steers: [steer] } = await running(b, "more");
    b.offers[0]!.answer(answer as boolean);
    b.agent.last.finish();
    await quiet();
    b.agent.last.finish();
    assert.equal((await steer!.outcome).status, "completed", String(answer));
    await assertAtRest(b);
  }
});

test("a hook that throws or rejects leaves it in line, and onError is told", async () => {
  for (const isSync of [true, false]) {
    const b = withSteering({
      steer: () => {
        if (isSync) throw new Error("no");
        return Promise.reject(new Error("no"));
      },
    });
    const { steers: [steer] } = await running(b, "more");
    await quiet();
    assert.deepEqual(b.errors, ["steer of a: Error: no"]);
    b.agent.last.finish();
    await quiet();
    b.agent.last.finish();
    assert.equal(await steer!.result(), "re: more");
    await assertAtRest(b);
  }
});

test("an answer that is there at once counts at once", async () => {
  const b = withSteering({ steer: () => true });
  const { steers } = await running(b, "one", "two");
  assert.deepEqual(steers.map(({ status }) => status), ["running", "running"]);
  b.agent.last.finish("all");
  assert.deepEqual(await steers[1]!.outcome, { status: "merged", into: "m1", value: "all" });
  await assertAtRest(b);
});

test("without the hook, on an idle session and before the agent runs it is as enqueue", async () => {
  const b = bench();
  const receipts = [b.queue.send("a", "one", STEER), b.queue.send("a", "two", STEER)];
  await quiet();
  receipts.push(b.queue.send("a", "three", STEER));
  for (let i = 0; i < 3; i++) {
    b.agent.last.finish();
    await quiet();
  }
  assert.deepEqual(b.agent.texts, ["one", "two", "three"]);
  assert.deepEqual(receipts.map(({ status }) => status), Array(3).fill("completed"));
  await assertAtRest(b);
});

test("a turn that still waits for its handle is offered nothing, and what came once its agent runs", async () => {
  const offers: string[] = [];
  const b = withSlowHandles({
    steer: (_handle, { message }) => {
      assert.equal(b.agent.runs.length, 1, "the agent has been called");
      return offers.push(message) < 3;
    },
  });
  const first = b.queue.send("a", "first");
  await quiet();
  const steers = ["one", "two", "three", "four"].map((text) => b.queue.send("a", text, STEER));
  await quiet();
  assert.deepEqual([offers, b.queue.waiting], [[], 4]);
  b.calls[0]!.resolve();
  await quiet();
  assert.deepEqual(offers, ["one", "two", "three"], "in order, up to the first that is refused");
  assert.deepEqual(b.errors, []);
  const running = ["running", "running", "waiting", "waiting"];
  assert.deepEqual(steers.map(({ status }) => status), running);
  b.agent.last.finish();
  assert.deepEqual(await first.outcome, { status: "completed", value: "re: first" });
  assert.equal((await steers[1]!.outcome).status, "merged");
  for (const one of steers.slice(2)) one.withdraw();
  b.agent.last.finish();
});

test("what waits when a turn begins is offered to it by the same rules", async () => {
  const b = withSteering({ steer: () => true });
  const send = (text: string, options = {}) =>
    b.queue.send("a", text, { sender: "ann", ...options });
  const first = send("first");
  const steer = send("at once", STEER);
  const other = send("of another", { ...STEER, sender: "bob" });
  await quiet();
  assert.deepEqual([steer.status, other.status], ["running", "waiting"]);
  b.agent.last.finish();
  await quiet();
  assert.deepEqual([first.status, steer.status, other.status], ["completed", "merged", "running"]);
  b.agent.last.finish();
  await assertAtRest(b);
  const stopped = send("second");
  const late = send("late", STEER);
  void b.queue.stop("a", { queued: "keep" });
  await quiet();
  assert.deepEqual([stopped.status, late.status], ["cancelled", "running"]);
  b.agent.last.finish();
  assert.equal(await late.result(), "re: late");
  await assertAtRest(b);
});

test("only the head of the line is offered: nothing is overtaken (FIFO)", async () => {
  const b = withSteering();
  const { first } = await running(b);
  const queued = b.queue.send("a", "queued");
  const steer = b.queue.send("a", "steer", STEER);
  await quiet();
  assert.equal(b.offers.length, 0);
  b.agent.last.finish();
  await quiet();
  assert.deepEqual(b.offers.map(({ id, turn }) => [id, turn]), [[steer.id, queued.id]]);
  b.offers[0]!.answer(false);
  for (let i = 0; i < 2; i++) {
    b.agent.last.finish();
    await quiet();
  }
  assert.deepEqual(b.agent.texts, ["first", "queued", "steer"]);
  await Promise.all([first, queued, steer].map((receipt) => receipt.result()));
  await assertAtRest(b);
});

test("the next is offered once the one before it was taken, and not if that was refused", async () => {
  const b = withSteering();
  const { steers } = await running(b, "one", "two", "three");
  assert.equal(b.offers.length, 1);
  b.offers[0]!.answer(true);
  await quiet();
  assert.deepEqual(b.offers.map(({ message }) => message), ["one", "two"]);
  b.offers[1]!.answer(false);
  await quiet();
  assert.equal(b.offers.length, 2);
  assert.deepEqual(steers.map(({ status }) => status), ["running", "waiting", "waiting"]);
  b.agent.last.finish();
  await quiet();
  assert.deepEqual([b.offers[2]?.message, b.offers[2]?.turn], ["three", "m3"], "to the next turn");
  b.offers[2]?.answer(false);
  b.agent.last.finish();
  await quiet();
  b.agent.last.finish();
  await quiet();
  assert.deepEqual(b.agent.texts, ["first", "two", "three"]);
  await assertAtRest(b);
});

test("a turn is never steered by another sender (MERGE_LOSSLESS)", async () => {
  const b = withSteering();
  b.queue.send("a", "first", { sender: "ann" });
  await quiet();
  b.queue.send("a", "more", { ...STEER, sender: "bob" });
  assert.deepEqual(b.offers, []);
  b.agent.last.finish();
  await quiet();
  b.agent.last.finish();
  await assertAtRest(b);
});

test("one turn takes as many as steerMax (BOUNDED_STATE)", async () => {
  for (const steerMax of [0, 1, 2]) {
    const b = withSteering({ steer: () => true, limits: { steerMax } });
    const { steers } = await running(b, "one", "two", "three");
    const taken = steers.filter(({ status }) => status === "running");
    assert.equal(taken.length, steerMax);
    for (const one of steers) one.withdraw();
    b.agent.last.finish();
    await assertAtRest(b);
  }
});

test("as many as wait are taken at once without a deeper stack (BOUNDED_STACK)", async () => {
  const count = 20_000;
  const answers: ((isTaken: boolean) => void)[] = [];
  const b = withSteering({
    // The first is answered when all of them wait; the others are answered in the step of their offer.
    steer: () => answers.length > 0 || new Promise((answer) => answers.push(answer)),
    limits: { steerMax: count, waitingMax: count },
  });
  const { steers } = await running(b, ...Array<string>(count).fill("more"));
  answers[0]!(true);
  await quiet();
  assert.ok(steers.every(({ status }) => status === "running"));
  b.agent.last.finish();
  await assertAtRest(b);
});

test("a full line refuses it as any other message", async () => {
  const b = withSteering({ limits: { waitingMax: 1 } });
  const { steers } = await running(b, "one", "two");
  assert.deepEqual(steers.map(({ accepted, reason }) => [accepted, reason]), [
    [true, undefined],
    [false, "full"],
  ]);
  b.offers[0]!.answer(true);
  await quiet();
  assert.equal(b.queue.send("a", "three", STEER).accepted, true);
  b.offers[1]!.answer(true);
  await quiet();
  b.agent.last.finish();
  await assertAtRest(b);
});

test("the turn that ends while it is on offer waits for the answer, and so does the next one", async () => {
  for (const isTaken of [true, false]) {
    const b = withSteering();
    const { first, steers: [steer] } = await running(b, "more");
    b.agent.last.finish("done");
    await quiet();
    assert.deepEqual([first.status, b.agent.texts], ["running", ["first"]]);
    b.offers[0]!.answer(isTaken);
    await quiet();
    assert.equal(first.status, "completed");
    if (!isTaken) b.agent.last.finish();
    await quiet();
    assert.equal(steer!.status, isTaken ? "merged" : "completed");
    await assertAtRest(b);
  }
});

test("an agent that never answers holds the session up no longer than abandonAfterMs (FUTURE_SETTLES, STALE_EFFECT_FENCED)", async () => {
  const b = withSteering({ abandonAfterMs: 700 });
  const { first, steers: [steer] } = await running(b, "more");
  b.clock.advance(100_000);
  await quiet();
  assert.equal(b.offers[0]!.signal.aborted, false, "while the agent runs it has its time");
  b.agent.last.finish();
  await quiet();
  b.clock.advance(699);
  await quiet();
  assert.equal(first.status, "running");
  b.clock.advance(1);
  await quiet();
  assert.equal(first.status, "completed");
  assert.equal(b.offers[0]!.signal.aborted, true);
  b.offers[0]!.answer(true);
  await quiet();
  b.agent.last.finish();
  assert.equal(await steer!.result(), "re: more", "the late answer does not count");
  await assertAtRest(b);
});

test("once the run has settled nothing is offered, also while its reply is delivered (MERGE_LOSSLESS)", async () => {
  const b = withSteering();
  let delivered = () => {};
  b.queue.send("a", "first", { deliver: () => new Promise<void>((done) => delivered = done) });
  await quiet();
  b.agent.last.finish();
  await quiet();
  const steer = b.queue.send("a", "more", STEER);
  delivered();
  await quiet();
  assert.deepEqual([b.offers.length, b.agent.texts], [0, ["first", "more"]]);
  b.agent.last.finish();
  assert.equal(await steer.result(), "re: more");
  await assertAtRest(b);
});

test("the reply is delivered once, by the first that can, also if that was steered in (MERGE_LOSSLESS)", async () => {
  const told: string[] = [];
  const b = withSteering({ steer: () => true });
  await running(b);
  for (const name of ["one", "two"]) {
    b.queue.send("a", name, { ...STEER, deliver: (reply) => told.push(`${name}: ${reply}`) });
  }
  b.agent.last.finish("done");
  await quiet();
  assert.deepEqual(told, ["one: done"]);
  await assertAtRest(b);
});

test("a message that a turn took shares what becomes of that turn", async () => {
  const fates = {
    failed: (b: Bench) => b.agent.last.fail(new Error("broken")),
    cancelled: (b: Bench) => void b.queue.stop("a"),
    superseded: (b: Bench) => void b.queue.send("a", "now", { policy: "interrupt" }),
  };
  for (const [status, act] of Object.entries(fates)) {
    const b = withSteering({ steer: () => true });
    const { first, steers: [steer] } = await running(b, "more");
    act(b);
    await quiet();
    assert.deepEqual([first.status, steer!.status], [status, status]);
    assert.deepEqual(await steer!.outcome, await first.outcome);
    if (status === "superseded") b.agent.last.finish();
    await assertAtRest(b);
  }
});

test("a turn that was abandoned takes what it took with it", async () => {
  const b = withSteering({ steer: () => true });
  b.agent.deaf = true;
  const { first, steers: [steer] } = await running(b, "more");
  void b.queue.stop("a");
  await quiet();
  b.clock.advance(5_000);
  await quiet();
  assert.deepEqual([first.status, steer!.status], ["abandoned", "abandoned"]);
  b.agent.last.finish();
  await assertAtRest(b);
});

test("the observer is told which turn took it, and how it ended", async () => {
  const told: string[] = [];
  const b = withSteering({
    steer: () => true,
    observer: {
      accepted: ({ id }) => told.push(`accepted ${id}`),
      steered: ({ id }, turn) => told.push(`steered ${id} into ${turn.id} (${turn.messages})`),
      settled: ({ id }, { status }) => told.push(`settled ${id}: ${status}`),
    },
  });
  await running(b, "more");
  b.agent.last.finish();
  await quiet();
  assert.deepEqual(told, [
    "accepted m1",
    "accepted m2",
    "steered m2 into m1 (m1,m2)",
    "settled m1: completed",
    "settled m2: merged",
  ]);
});

test("the inputs of a turn stay what it began with", async () => {
  const b = withSteering({ steer: () => true });
  await running(b, "more");
  const { turn } = b.agent.last;
  assert.deepEqual(turn.inputs.map(({ message }) => message), ["first"]);
  assert.deepEqual(turn.messages, ["m1", "m2"]);
  b.agent.last.finish();
  await assertAtRest(b);
});

test("what was taken can not be withdrawn, and neither can the turn's first message", async () => {
  const b = withSteering({ steer: () => true });
  const { first, steers: [steer] } = await running(b, "more");
  assert.deepEqual([steer!.withdraw(), first.withdraw()], [false, false]);
  b.agent.last.finish();
  await peek(first.outcome);
  await assertAtRest(b);
});
