import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "@lanekeeper/test/fake_clock";
import { OutcomeError, SessionQueue } from "./mod.ts";
import { assertAtRest, bench, deferred } from "./_test_support.ts";

test("send() runs the messages of one session strictly one after the other (A9)", async () => {
  const b = bench();
  const receipts = ["one", "two", "three"].map((text) => b.queue.send("a", text));
  for (const text of ["one", "two", "three"]) {
    await quiet();
    assert.equal(b.agent.last.text, text);
    assert.equal(b.queue.running, 1);
    b.agent.last.finish();
  }
  const outcomes = await Promise.all(receipts.map((receipt) => receipt.outcome));
  assert.deepEqual(
    outcomes,
    ["one", "two", "three"].map((text) => ({ status: "completed", value: `re: ${text}` })),
  );
  await assertAtRest(b);
});

test("send() runs two sessions side by side (A9)", async () => {
  const b = bench();
  b.queue.send("a", "to a");
  b.queue.send("b", "to b");
  await quiet();
  assert.deepEqual(b.agent.texts, ["to a", "to b"]);
  assert.equal(b.queue.running, 2);
});

test("send() on one session does not wait for another one that is stuck", async () => {
  const b = bench({ limits: { waitingMax: 3 } });
  for (const text of ["stuck", "1", "2", "3", "4"]) b.queue.send("a", text);
  const receipt = b.queue.send("b", "free");
  await quiet();
  b.agent.last.finish();
  assert.deepEqual(await receipt.outcome, { status: "completed", value: "re: free" });
});

test("send() has given the message its place when it returns, and runs nothing in its stack", () => {
  const b = bench();
  const first = b.queue.send("a", "first");
  const second = b.queue.send("a", "second");
  assert.deepEqual([first.accepted, first.status, first.reason], [true, "running", undefined]);
  assert.deepEqual([second.accepted, second.status, second.session], [true, "waiting", "a"]);
  assert.deepEqual([b.queue.size, b.queue.running, b.queue.waiting], [1, 1, 1]);
  assert.deepEqual(b.agent.texts, []);
});

test("a receipt's status follows its message to the outcome", async () => {
  const b = bench();
  const first = b.queue.send("a", "first");
  const second = b.queue.send("a", "second");
  await quiet();
  b.agent.last.finish();
  await quiet();
  assert.deepEqual([first.status, second.status], ["completed", "running"]);
  b.agent.last.fail(new Error("no"));
  await quiet();
  assert.equal(second.status, "failed");
  assert.equal(second.accepted, true);
});

test("a message whose turn throws is failed, and the next one runs (throw-strands)", async () => {
  const b = bench();
  const error = new Error("the agent broke");
  const first = b.queue.send("a", "first");
  const second = b.queue.send("a", "second");
  await quiet();
  b.agent.last.fail(error);
  const outcome = await first.outcome;
  assert.ok(outcome.status === "failed" && outcome.error === error);
  await quiet();
  b.agent.last.finish();
  assert.equal(await second.result(), "re: second");
  await assertAtRest(b);
});

test("a turn that throws before its first await fails its message as well", async () => {
  const error = new Error("at once");
  const queue = new SessionQueue<string>({
    run: () => {
      throw error;
    },
  });
  await assert.rejects(queue.send("a", "text").result(), error);
  assert.equal(queue.size, 0);
});

test("a turn may return its reply without a promise", async () => {
  const queue = new SessionQueue<string, string>({ run: (turn) => turn.session });
  assert.equal(await queue.send("a", "text").result(), "a");
});

test("a queue without a clock of its own uses that of the runtime", async () => {
  const work = deferred();
  const queue = new SessionQueue<string, string>({ run: () => work.promise });
  queue.send("a", "text");
  await quiet();
  const stop = queue.stop("a");
  work.resolve("late");
  assert.deepEqual(await stop, { running: "settled", discarded: 0 });
});

test("outcome can be asked for late and again: it is the same", async () => {
  const b = bench();
  const receipt = b.queue.send("a", "text");
  await quiet();
  b.agent.last.finish();
  await quiet();
  const outcome = await receipt.outcome;
  assert.deepEqual(outcome, { status: "completed", value: "re: text" });
  assert.equal(await receipt.outcome, outcome);
  assert.ok(receipt.outcome instanceof Promise);
});

test("outcome asked for twice before it is there fulfils both (FUTURE_SETTLES)", async () => {
  const b = bench();
  const receipt = b.queue.send("a", "text");
  const asked = [receipt.outcome, receipt.outcome];
  await quiet();
  b.agent.last.finish();
  const expected = { status: "completed", value: "re: text" };
  assert.deepEqual(await Promise.all(asked), [expected, expected]);
});

test("result() gives the reply, throws what the agent threw, or an OutcomeError", async () => {
  const b = bench();
  const completed = b.queue.send("a", "completed");
  await quiet();
  b.agent.last.finish("reply");
  assert.equal(await completed.result(), "reply");

  const failed = b.queue.send("a", "failed");
  await quiet();
  const error = new RangeError("the agent's own");
  b.agent.last.fail(error);
  await assert.rejects(failed.result(), error);

  const withdrawn = b.queue.send("a", "withdrawn");
  withdrawn.withdraw();
  await assert.rejects(withdrawn.result(), (thrown) => {
    assert.ok(thrown instanceof OutcomeError);
    assert.equal(thrown.code, "cancelled");
    assert.deepEqual(thrown.outcome, { status: "cancelled", cause: "withdrawn" });
    assert.equal(
      thrown.message,
      'The message to session "a" did not complete: it was cancelled',
    );
    return true;
  });
});

test("result() of a rejected message says why", async () => {
  const b = bench({ policy: "reject" });
  b.queue.send("a", "first");
  await assert.rejects(b.queue.send("a", "second").result(), {
    name: "OutcomeError",
    code: "rejected",
    message: 'Cannot send to session "a": a turn is running',
  });
});

test("messages are named m1, m2, ... unless they bring an id or the queue names them", () => {
  const { queue } = bench();
  const ids = [queue.send("a", ""), queue.send("b", "", { id: "mine" }), queue.send("a", "")];
  assert.deepEqual(ids.map(({ id }) => id), ["m1", "mine", "m3"]);

  const named = bench({ messageId: (n) => `message-${n}` }).queue.send("a", "");
  assert.equal(named.id, "message-1");
});

test("messageId is asked once for each message that brings no id", () => {
  const asked: number[] = [];
  const { queue } = bench({ messageId: (n) => `message-${asked.push(n)}` });
  for (const options of [{}, { id: "mine" }, {}]) void queue.send("a", "", options).id;
  assert.deepEqual(asked, [1, 3]);
});

test("a turn tells the agent its session, its messages and its generation", async () => {
  const b = bench();
  b.queue.send("a", "text", { sender: "ann", id: "x1" });
  b.queue.send("a", "more");
  await quiet();
  const { turn } = b.agent.last;
  assert.deepEqual([turn.session, turn.id, turn.messages], ["a", "x1", ["x1"]]);
  assert.deepEqual(
    turn.inputs.map(({ message, sender }) => ({ message, sender })),
    [{ message: "text", sender: "ann" }],
  );
  b.agent.last.finish();
  await quiet();
  assert.equal(b.agent.last.turn.generation, turn.generation, "one guard for the whole chain");
  b.agent.last.finish();
  await quiet();
  b.queue.send("a", "later");
  await quiet();
  assert.ok(b.agent.last.turn.generation > turn.generation, "a new guard, a new generation");
});

test("a turn may send to its own session: the message runs after it", async () => {
  const ran: string[] = [];
  const queue = new SessionQueue<string, void>({
    run: (turn) => {
      const text = turn.inputs[0]!.message;
      ran.push(text);
      if (text === "first") queue.send(turn.session, "second");
      ran.push(`end of ${text}`);
    },
  });
  queue.send("a", "first");
  await quiet();
  assert.deepEqual(ran, ["first", "end of first", "second", "end of second"]);
});

test("send() throws for a session that is no name", () => {
  const { queue } = bench();
  for (const session of ["", 7, null, undefined]) {
    assert.throws(() => queue.send(session as string, "text"), {
      name: "TypeError",
      message: "Cannot use this session id: it must be a string and not empty",
    });
  }
  assert.equal(queue.size, 0);
});

test("send() refuses as invalid what validate refuses, and keeps nothing of it", async () => {
  const b = bench({ validate: (text) => text.length < 5 });
  const receipt = b.queue.send("a", "too long");
  assert.deepEqual([receipt.accepted, receipt.reason, receipt.status], [
    false,
    "invalid",
    "rejected",
  ]);
  assert.deepEqual(await receipt.outcome, { status: "rejected", reason: "invalid" });
  await assertAtRest(b);
  assert.equal(b.queue.send("a", "fine").accepted, true);
});

test("snapshot() tells what runs and what waits as plain data", async () => {
  const { queue, agent } = bench();
  assert.deepEqual(queue.snapshot(), []);
  for (const text of ["first", "second", "third"]) queue.send("a", text);
  await quiet();
  assert.deepEqual(queue.snapshot(), [{
    session: "a",
    state: "running",
    connected: false,
    generation: agent.last.turn.generation,
    running: ["m1"],
    waiting: ["m2", "m3"],
  }]);
});

test("a validate that sends to the same session does not make a second turn (ATOMIC_CLAIM)", async () => {
  let calls = 0;
  const b = bench({
    validate: () => {
      if (++calls === 1) b.queue.send("a", "inner");
      return true;
    },
  });
  b.queue.send("a", "outer");
  for (const text of ["inner", "outer"]) {
    await quiet();
    assert.deepEqual([b.agent.last.text, b.queue.running], [text, 1]);
    b.agent.last.finish();
  }
  await assertAtRest(b);
});
