import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "@lanekeeper/test/fake_clock";
import { assertAtRest, bench } from "./_test_support.ts";

test("collect joins the waiting message of the same sender: one turn, all messages", async () => {
  const b = bench({ policy: "collect" });
  const sender = "ann";
  const alone = b.queue.send("a", "0", { sender });
  const host = b.queue.send("a", "1", { sender });
  const joined = ["2", "3"].map((text) => b.queue.send("a", text, { sender }));
  assert.equal(b.queue.waiting, 3);
  await quiet();
  b.agent.last.finish();
  await quiet();
  const { turn } = b.agent.last;
  assert.deepEqual(turn.messages, [host.id, ...joined.map(({ id }) => id)]);
  assert.deepEqual(turn.inputs.map(({ message }) => message), ["1", "2", "3"]);
  assert.deepEqual(joined.map(({ status }) => status), ["running", "running"]);
  assert.equal(b.queue.waiting, 0);
  b.agent.last.finish("reply");
  assert.deepEqual(await alone.outcome, { status: "completed", value: "re: 0" });
  assert.deepEqual(await host.outcome, { status: "completed", value: "reply" });
  for (const { outcome } of joined) {
    assert.deepEqual(await outcome, { status: "merged", into: host.id, value: "reply" });
  }
  assert.equal(await joined[0]!.result(), "reply");
  await assertAtRest(b);
});

test("collect never mixes senders, and those without one are not mixed with the others (mash)", async () => {
  const b = bench({ policy: "collect" });
  const from = (text: string, sender?: string) =>
    b.queue.send("a", text, sender === undefined ? {} : { sender });
  from("0", "ann");
  from("ann 1", "ann");
  from("bob 1", "bob");
  from("none 1");
  from("ann 2", "ann");
  from("none 2");
  from("bob 2", "bob");
  for (let left = 4; left > 0; left--) {
    await quiet();
    b.agent.last.finish();
  }
  await assertAtRest(b);
  assert.deepEqual(b.agent.texts, ["0", "ann 1+ann 2", "bob 1+bob 2", "none 1+none 2"]);
});

test("collect joins only messages that are to be collected", async () => {
  const b = bench();
  b.queue.send("a", "0");
  b.queue.send("a", "1");
  b.queue.send("a", "2", { policy: "collect" });
  b.queue.send("a", "3", { policy: "collect" });
  for (let left = 3; left > 0; left--) {
    await quiet();
    b.agent.last.finish();
  }
  await assertAtRest(b);
  assert.deepEqual(b.agent.texts, ["0", "1", "2+3"]);
});

test("only what is to be collected joins: not what steers, though nobody takes it", async () => {
  const b = bench();
  b.queue.send("a", "0");
  b.queue.send("a", "1", { policy: "collect" });
  b.queue.send("a", "2", { policy: "steer" });
  for (let left = 3; left > 0; left--) {
    await quiet();
    b.agent.last.finish();
  }
  await assertAtRest(b);
  assert.deepEqual(b.agent.texts, ["0", "1", "2"]);
});

test("collect joins at most collectMax messages into a turn and begins another one (BOUNDED_STATE)", async () => {
  const b = bench({ policy: "collect", limits: { collectMax: 2 } });
  for (const text of ["0", "1", "2", "3", "4", "5"]) b.queue.send("a", text);
  for (let left = 4; left > 0; left--) {
    await quiet();
    b.agent.last.finish();
  }
  await assertAtRest(b);
  assert.deepEqual(b.agent.texts, ["0", "1+2", "3+4", "5"]);
});

test("collect never overtakes what its sender sent since", async () => {
  const b = bench({ limits: { collectMax: 2 } });
  const collect = { policy: "collect", sender: "ann" } as const;
  b.queue.send("a", "0");
  b.queue.send("a", "1", collect);
  const two = b.queue.send("a", "2", collect);
  b.queue.send("a", "3", collect);
  two.withdraw();
  b.queue.send("a", "4", collect);
  b.queue.send("a", "5", { sender: "ann" });
  b.queue.send("a", "6", collect);
  for (let left = 5; left > 0; left--) {
    await quiet();
    b.agent.last.finish();
  }
  await assertAtRest(b);
  assert.deepEqual(b.agent.texts, ["0", "1", "3+4", "5", "6"]);
});

test("collected messages count one by one against the limit of the line", () => {
  const { queue } = bench({ policy: "collect", limits: { waitingMax: 2 } });
  for (const text of ["0", "1", "2"]) queue.send("a", text);
  assert.equal(queue.send("a", "3").reason, "full");
});

test("a collected turn that fails or is cancelled does so for all its messages (batch-tail)", async () => {
  const b = bench({ policy: "collect" });
  const failing = ["0", "1", "2"].map((text) => b.queue.send("a", text));
  await quiet();
  b.agent.last.finish();
  await quiet();
  const error = new Error("no");
  b.agent.last.fail(error);
  for (const { outcome } of failing.slice(1)) {
    assert.deepEqual(await outcome, { status: "failed", error });
  }
  const stopped = ["0", "1", "2"].map((text) => b.queue.send("a", text));
  await quiet();
  b.agent.last.finish();
  await quiet();
  await b.queue.stop("a");
  for (const { outcome } of stopped.slice(1)) {
    assert.deepEqual(await outcome, { status: "cancelled", cause: "stopped" });
  }
  await assertAtRest(b);
});

test("a withdrawn message leaves its place to the next of those that joined it (EXACTLY_ONE_OUTCOME)", async () => {
  const b = bench({ policy: "collect" });
  b.queue.send("a", "0");
  const host = b.queue.send("a", "1");
  const heir = b.queue.send("a", "2");
  const last = b.queue.send("a", "3");
  b.queue.send("a", "other", { sender: "bob" });
  assert.equal(host.withdraw(), true);
  assert.equal(b.queue.waiting, 3);
  assert.deepEqual(b.queue.snapshot()[0]?.waiting, [heir.id, last.id, "m5"]);
  for (let left = 3; left > 0; left--) {
    await quiet();
    b.agent.last.finish();
  }
  assert.deepEqual(b.agent.texts, ["0", "2+3", "other"]);
  assert.deepEqual(await last.outcome, { status: "merged", into: heir.id, value: "re: 2+3" });
  assert.deepEqual(await host.outcome, { status: "cancelled", cause: "withdrawn" });
  await assertAtRest(b);
});

test("a joined message can be withdrawn, and so can each heir, down to none", async () => {
  const b = bench({ policy: "collect" });
  const receipts = ["0", "1", "2", "3"].map((text) => b.queue.send("a", text));
  for (const n of [2, 1, 3]) assert.equal(receipts[n]!.withdraw(), true);
  assert.equal(b.queue.waiting, 0);
  await quiet();
  b.agent.last.finish();
  await assertAtRest(b);
  assert.deepEqual(b.agent.texts, ["0"]);
});
