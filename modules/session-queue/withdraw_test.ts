import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "@lanekeeper/test/fake_clock";
import { assertAtRest, bench, countedSignal, deferred, peek } from "./_test_support.ts";

const WITHDRAWN = { status: "cancelled", cause: "withdrawn" };

test("a message that was withdrawn while it waited never runs (ghost-run)", async () => {
  const b = bench();
  b.queue.send("a", "runs");
  const receipt = b.queue.send("a", "waits");
  assert.equal(receipt.withdraw(), true);
  assert.deepEqual(await receipt.outcome, WITHDRAWN);
  assert.equal(receipt.withdraw(), false, "once");
  await quiet();
  b.agent.last.finish();
  await assertAtRest(b);
  assert.deepEqual(b.agent.texts, ["runs"]);
});

test("withdraw() takes a message out of any place in line and leaves the others in order (EXACTLY_ONE_OUTCOME)", async () => {
  for (const taken of [[1], [2], [3], [1, 2], [2, 3], [1, 3], [3, 1], [2, 1, 3]]) {
    const b = bench({ limits: { waitingMax: 3 } });
    const receipts = ["0", "1", "2", "3"].map((text) => b.queue.send("a", text));
    for (const n of taken) assert.equal(receipts[n]!.withdraw(), true);
    assert.equal(b.queue.waiting, 3 - taken.length);
    assert.equal(b.queue.send("a", "4").accepted, true, "there is room again");
    const left = ["0", "1", "2", "3", "4"].filter((text) => !taken.includes(Number(text)));
    for (const _ of left) {
      await quiet();
      b.agent.last.finish();
    }
    await assertAtRest(b);
    assert.deepEqual(b.agent.texts, left);
  }
});

test("a message that runs alone is withdrawn by cancelling its turn", async () => {
  const b = bench();
  b.agent.deaf = true;
  const receipt = b.queue.send("a", "runs");
  b.queue.send("a", "waits");
  await quiet();
  assert.equal(receipt.withdraw(), true);
  assert.equal(receipt.withdraw(), false, "once");
  assert.equal(b.agent.last.turn.signal.aborted, true);
  assert.equal(await peek(receipt.outcome), "pending", "its work has not settled");
  assert.deepEqual(b.agent.texts, ["runs"]);
  b.agent.last.finish();
  assert.deepEqual(await receipt.outcome, WITHDRAWN);
  await quiet();
  b.agent.last.finish();
  await assertAtRest(b);
  assert.deepEqual(b.agent.texts, ["runs", "waits"]);
});

test("a message that was withdrawn before its turn began never begins", async () => {
  const b = bench();
  const receipt = b.queue.send("a", "text");
  assert.equal(receipt.withdraw(), true);
  assert.deepEqual(await receipt.outcome, WITHDRAWN);
  await assertAtRest(b);
  assert.deepEqual(b.agent.texts, []);
});

test("a message that was withdrawn just as it got the guard from another turn never begins", async () => {
  const first = deferred();
  const ran: string[] = [];
  const b = bench({
    run: (turn) => {
      ran.push(turn.id);
      return first.promise;
    },
    observer: { handedOff: () => assert.equal(second.withdraw(), true) },
  });
  b.queue.send("a", "first");
  const second = b.queue.send("a", "second");
  first.resolve("done");
  assert.deepEqual(await second.outcome, WITHDRAWN);
  await assertAtRest(b);
  assert.deepEqual(ran, ["m1"]);
});

test("withdraw() after the end, or of a rejected message, does nothing (CANCEL_TARGET)", async () => {
  const b = bench();
  const completed = b.queue.send("a", "text");
  await quiet();
  b.agent.last.finish();
  await completed.outcome;
  const running = b.queue.send("a", "runs");
  const rejected = b.queue.send("a", "refused", { policy: "reject" });
  await quiet();
  assert.deepEqual([completed.withdraw(), rejected.withdraw()], [false, false]);
  assert.equal(b.agent.last.turn.signal.aborted, false);
  assert.equal(completed.status, "completed");
  assert.equal(rejected.status, "rejected");
  b.agent.last.finish();
  assert.equal(await running.result(), "re: runs");
});

test("a message whose joiners were all withdrawn runs alone, and can be withdrawn then (CANCEL_TARGET)", async () => {
  const b = bench({ policy: "collect" });
  const [, host, ...joined] = ["0", "1", "2", "3"].map((text) => b.queue.send("a", text));
  for (const receipt of joined) receipt.withdraw();
  await quiet();
  b.agent.last.finish();
  await quiet();
  assert.equal(host!.withdraw(), true);
  assert.deepEqual(await host!.outcome, WITHDRAWN);
  await assertAtRest(b);
});

test("in a turn of several messages none can be withdrawn any more (CANCEL_TARGET)", async () => {
  const b = bench({ policy: "collect" });
  const [, host, joined] = ["0", "1", "2"].map((text) => b.queue.send("a", text));
  await quiet();
  b.agent.last.finish();
  await quiet();
  assert.deepEqual([host!.withdraw(), joined!.withdraw()], [false, false]);
  assert.equal(b.agent.last.turn.signal.aborted, false);
  b.agent.last.finish("reply");
  assert.equal(await joined!.result(), "reply");
});

test("a message that waits for its session's handle can be withdrawn", async () => {
  const handle = deferred();
  const b = bench({ resume: () => handle.promise });
  const receipt = b.queue.send("a", "text");
  await quiet();
  assert.equal(receipt.withdraw(), true);
  assert.deepEqual(await peek(receipt.outcome), WITHDRAWN);
  handle.resolve("late");
  await quiet();
  assert.deepEqual(b.agent.texts, []);
  assert.equal(b.queue.running, 0);
});

test("an abandoned message can not be withdrawn", async () => {
  const b = bench({ abandonAfterMs: 10 });
  b.agent.deaf = true;
  const receipt = b.queue.send("a", "text");
  await quiet();
  receipt.withdraw();
  b.clock.advance(10);
  assert.deepEqual(await receipt.outcome, { status: "abandoned" });
  assert.equal(receipt.withdraw(), false);
});

test("send() with a signal that is aborted already throws its reason and takes nothing (CANCEL_TARGET)", async () => {
  const b = bench();
  const reason = new Error("too late");
  const signal = AbortSignal.abort(reason);
  assert.throws(() => b.queue.send("a", "text", { signal }), reason);
  await assertAtRest(b);
  assert.deepEqual(b.agent.texts, []);
});

test("a signal that aborts within send() withdraws the message as well (CANCEL_TARGET)", async () => {
  const controller = new AbortController();
  const b = bench({ observer: { accepted: () => controller.abort() } });
  const receipt = b.queue.send("a", "text", { signal: controller.signal });
  assert.deepEqual(await receipt.outcome, WITHDRAWN);
  await assertAtRest(b);
  assert.deepEqual(b.agent.texts, []);
});

test("a signal that aborts when the interrupted turn hears of it withdraws the message", async () => {
  const b = bench();
  const controller = new AbortController();
  b.queue.send("a", "old");
  await quiet();
  b.agent.last.turn.signal.addEventListener("abort", () => controller.abort());
  const { signal } = controller;
  const receipt = b.queue.send("a", "fresh", { policy: "interrupt", signal });
  assert.deepEqual(await receipt.outcome, WITHDRAWN);
  await assertAtRest(b);
  assert.deepEqual(b.agent.texts, ["old"]);
});

test("a signal withdraws a message while it waits and while it runs", async () => {
  const b = bench();
  const controller = new AbortController();
  const { signal } = controller;
  const running = b.queue.send("a", "runs", { signal });
  const waiting = b.queue.send("a", "waits", { signal });
  const other = b.queue.send("a", "other");
  await quiet();
  controller.abort();
  assert.deepEqual(await running.outcome, WITHDRAWN);
  assert.deepEqual(await waiting.outcome, WITHDRAWN);
  await quiet();
  b.agent.last.finish();
  assert.equal(await other.result(), "re: other");
  assert.deepEqual(b.agent.texts, ["runs", "other"]);
  await assertAtRest(b);
});

test("the listener on a signal goes with the outcome, whatever that is (BOUNDED_STATE)", async () => {
  const { controller, listeners } = countedSignal();
  const { signal } = controller;
  const b = bench({ policy: "collect", limits: { waitingMax: 4 } });
  const send = (text: string) => b.queue.send("a", text, { signal });

  send("completed");
  send("failed, with");
  send("one that joined");
  assert.equal(listeners(), 3);
  await quiet();
  b.agent.last.finish();
  await quiet();
  assert.equal(listeners(), 2);
  b.agent.last.fail(new Error("no"));
  await quiet();
  assert.equal(listeners(), 0);

  send("stopped");
  send("discarded");
  send("withdrawn").withdraw();
  assert.equal(listeners(), 2);
  await b.queue.stop("a");
  assert.equal(listeners(), 0);

  b.agent.deaf = true;
  const abandoned = send("abandoned");
  await quiet();
  const stop = b.queue.stop("a");
  b.clock.advance(5_000);
  await stop;
  assert.equal(abandoned.status, "abandoned");
  b.queue.send("a", "waits", { signal, waitMs: 10 });
  assert.equal(listeners(), 1);
  b.clock.advance(10);
  assert.equal(listeners(), 0, "expired");

  assert.equal(b.queue.send("a", "", { signal, policy: "reject" }).reason, "busy");
  assert.equal(listeners(), 0, "rejected");
});

test("no listener is left of a message that was settled before send() returned (BOUNDED_STATE)", async () => {
  const { controller, listeners } = countedSignal();
  const b = bench({ observer: { accepted: () => void b.queue.stop("a") } });
  const receipt = b.queue.send("a", "text", { signal: controller.signal });
  assert.deepEqual(await receipt.outcome, { status: "cancelled", cause: "stopped" });
  assert.equal(listeners(), 0);
  await assertAtRest(b);
});

test("no listener is left of a message whose signal aborted within send() (BOUNDED_STATE)", () => {
  const { controller, listeners } = countedSignal();
  const b = bench({ observer: { accepted: ({ id }) => id === "m2" && controller.abort() } });
  b.queue.send("a", "runs");
  const receipt = b.queue.send("a", "waits", { signal: controller.signal });
  assert.equal(receipt.status, "cancelled");
  assert.equal(listeners(), 0);
});

test("a signal that aborts after the outcome changes nothing", async () => {
  const b = bench();
  const controller = new AbortController();
  const receipt = b.queue.send("a", "text", { signal: controller.signal });
  await quiet();
  b.agent.last.finish();
  await receipt.outcome;
  b.queue.send("a", "next");
  await quiet();
  controller.abort();
  assert.equal(receipt.status, "completed");
  assert.equal(b.agent.last.turn.signal.aborted, false);
});

test("an agent that withdraws and sends inside its abort listener finds things in order", async () => {
  const b = bench();
  b.queue.send("a", "first");
  const second = b.queue.send("a", "second");
  await quiet();
  b.agent.last.turn.signal.addEventListener("abort", () => {
    assert.equal(second.withdraw(), true);
    b.queue.send("a", "from the listener");
  });
  b.queue.send("a", "fresh", { policy: "interrupt" });
  for (let left = 2; left > 0; left--) {
    await quiet();
    b.agent.last.finish();
  }
  await assertAtRest(b);
  assert.deepEqual(b.agent.texts, ["first", "fresh", "from the listener"]);
});
