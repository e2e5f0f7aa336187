import assert from "node:assert/strict";
import { test } from "node:test";
import { type Receipt, SessionGoneError } from "@lanekeeper/session-queue";
import { type HostBench, withHost } from "../support/host_bench.ts";
import { settled } from "../support/settle.ts";

function send({ host }: HostBench, session: string, text: string): Receipt<string> {
  return host.queue.send(session, { text });
}

test("A9: two sends on one session run strictly one after the other", () =>
  withHost(async (bench) => {
    const { agent, client } = bench;
    await client("ann").open();
    const first = send(bench, "s1", "first");
    const second = send(bench, "s1", "second");
    const run = await agent.began("first");
    await settled(client("ann").look());
    assert.deepEqual(agent.log, ["open s1", "run s1: first"]);
    assert.equal(second.status, "waiting");
    run.reply();
    (await agent.began("second")).reply();
    assert.deepEqual(await settled(Promise.all([first.result(), second.result()])), [
      "re: first",
      "re: second",
    ]);
  }));

test("A9: sends on two sessions run side by side", () =>
  withHost(async (bench) => {
    const { agent, client } = bench;
    await client("ann").open();
    await client("bob").open();
    const first = send(bench, "s1", "one");
    const second = send(bench, "s2", "two");
    const [one, two] = [await agent.began("one"), await agent.began("two")];
    assert.equal(bench.host.queue.running, 2);
    two.reply();
    assert.equal(await settled(second.result()), "re: two");
    assert.equal(first.status, "running");
    one.reply();
    assert.equal(await settled(first.result()), "re: one");
  }));

test("A9: a session that is stuck holds up no other, however much waits on it (full-head)", () =>
  withHost(async (bench) => {
    const { agent, client, host } = bench;
    await client("ann").open();
    await client("bob").open();
    const stuck = Array.from({ length: 101 }, (_, n) => send(bench, "s1", `stuck ${n}`));
    assert.deepEqual([send(bench, "s1", "one too many").reason, host.queue.waiting], ["full", 100]);
    const run = await agent.began("stuck 0");
    const quick = ["quick", "and again"].map((text) => send(bench, "s2", text));
    for (const text of ["quick", "and again"]) (await agent.began(text)).reply();
    const replies = await settled(Promise.all(quick.map((receipt) => receipt.result())));
    assert.deepEqual(replies, ["re: quick", "re: and again"]);
    const stopping = host.queue.stop("s1");
    assert.equal((await settled(stopping)).discarded, 100);
    assert.ok(run.isSettled);
    const ends = await settled(Promise.all(stuck.map(({ outcome }) => outcome)));
    assert.ok(ends.every(({ status }) => status === "cancelled"));
  }));

test("A9: a queue that is full is said to be full, and nothing is called accepted that is not (false-ack)", () =>
  withHost(async (bench) => {
    const { agent, client } = bench;
    const ann = client("ann");
    await ann.open();
    const first = ann.chat("first");
    const run = await agent.began("first");
    const waiting = ann.chat("second", { policy: "enqueue" });
    await settled(ann.look());
    assert.deepEqual(await settled(ann.chat("third", { policy: "enqueue" })), {
      status: 429,
      body: {
        error: "the queue is full: try again later",
        reason: "full",
        message_id: "m3",
        outcome: "rejected",
      },
    });
    run.reply();
    (await agent.began("second")).reply();
    await settled(Promise.all([first, waiting]));
    assert.deepEqual(agent.log, ["open s1", "run s1: first", "run s1: second"]);
  }, { limits: { waitingMax: 1 } }));

test("A9: the caller gets the run's result, or its very error", () =>
  withHost(async (bench) => {
    const { agent, client } = bench;
    await client("ann").open();
    const [good, bad] = [send(bench, "s1", "good"), send(bench, "s1", "bad")];
    (await agent.began("good")).reply("the result");
    const error = new RangeError("the error");
    (await agent.began("bad")).fail(error);
    assert.equal(await settled(good.result()), "the result");
    await assert.rejects(settled(bad.result()), (thrown) => thrown === error);
  }));

test("A9: a turn that fails leaves what is queued behind it to run (throw-strands)", () =>
  withHost(async (bench) => {
    const { agent, client } = bench;
    await client("ann").open();
    const receipts = ["one", "two", "three"].map((text) => send(bench, "s1", text));
    (await agent.began("one")).fail(new Error("no"));
    (await agent.began("two")).fail(new Error("no"));
    (await agent.began("three")).reply();
    const ends = await settled(Promise.all(receipts.map(({ outcome }) => outcome)));
    assert.deepEqual(ends.map(({ status }) => status), ["failed", "failed", "completed"]);
  }));

test("A9: every buffered message runs, in the order of acceptance (batch-tail, reorder)", () =>
  withHost(async (bench) => {
    const { agent, client } = bench;
    await client("ann").open();
    const texts = Array.from({ length: 50 }, (_, n) => `message ${n}`);
    const receipts = texts.map((text) => send(bench, "s1", text));
    for (const text of texts) (await agent.began(text)).reply();
    await settled(Promise.all(receipts.map((receipt) => receipt.result())));
    assert.deepEqual(agent.runs.map((run) => run.text), texts);
  }));

test("A9: a session that was just created takes a message at once", () =>
  withHost(async ({ agent, client, host }) => {
    const ann = client("ann");
    await ann.open();
    assert.deepEqual(host.queue.snapshot(), [{
      session: "s1",
      state: "idle",
      connected: true,
      generation: undefined,
      running: [],
      waiting: [],
    }]);
    const chat = ann.chat("at once");
    (await agent.began("at once")).reply();
    assert.equal((await settled(chat)).status, 200);
    assert.deepEqual(agent.log, ["open s1", "run s1: at once"]);
  }));

test("A9: a message that comes while its session is created waits for the agent and then runs", () =>
  withHost(async (bench) => {
    const { agent, client } = bench;
    agent.hold("open");
    const opening = client("ann").open();
    const open = await agent.asked("open");
    const receipt = send(bench, "s1", "early");
    await settled(client("bob").look());
    assert.equal(agent.runs.length, 0);
    open.go();
    await settled(opening);
    (await agent.began("early")).reply();
    assert.equal(await settled(receipt.result()), "re: early");
    assert.deepEqual(agent.log, ["open s1", "run s1: early"]);
  }));

test("A9: the worker of a resumed session comes back by itself", () =>
  withHost(async (bench) => {
    const { agent, client, host } = bench;
    const ann = client("ann");
    await ann.open();
    assert.ok(await host.queue.disconnect("s1"));
    assert.deepEqual(agent.handles, []);
    const receipt = send(bench, "s1", "hello again");
    (await agent.began("hello again")).reply();
    assert.equal(await settled(receipt.result()), "re: hello again");
    assert.deepEqual(agent.log, ["open s1", "close s1", "resume s1", "run s1: hello again"]);
  }));

test("A9: a message for a session that the agent never had fails and leaves nothing behind", () =>
  withHost(async (bench) => {
    const receipt = send(bench, "nobody", "hello");
    await assert.rejects(settled(receipt.result()), SessionGoneError);
    assert.equal(bench.host.queue.size, 0);
  }));

test("A9: a caller that takes its message back while it waits never sees it run (ghost-run)", () =>
  withHost(async (bench) => {
    const { agent, client, host } = bench;
    await client("ann").open();
    const first = send(bench, "s1", "first");
    const abort = new AbortController();
    const ghost = host.queue.send("s1", { text: "ghost" }, { signal: abort.signal });
    const last = send(bench, "s1", "last");
    const run = await agent.began("first");
    abort.abort();
    assert.deepEqual(await settled(ghost.outcome), { status: "cancelled", cause: "withdrawn" });
    run.reply();
    (await agent.began("last")).reply();
    await settled(Promise.all([first.result(), last.result()]));
    assert.deepEqual(agent.runs.map(({ text }) => text), ["first", "last"]);
  }));

test("A9: a client that goes away cancels nothing", () =>
  withHost(async ({ agent, client, host }) => {
    const ann = client("ann");
    await ann.open();
    const abort = new AbortController();
    const answer = Promise.resolve(host.app.request("/api/chat", {
      method: "POST",
      headers: { "x-client-id": "ann" },
      body: JSON.stringify({ message: "and I am off" }),
      signal: abort.signal,
    }));
    const run = await agent.began("and I am off");
    abort.abort();
    await settled(ann.look());
    assert.ok(!run.turn.signal.aborted);
    run.reply();
    assert.equal((await settled(answer)).status, 200);
  }));
