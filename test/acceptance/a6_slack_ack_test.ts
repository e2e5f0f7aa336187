import assert from "node:assert/strict";
import { test } from "node:test";
import { settled, until } from "../support/settle.ts";
import { type SlackBench, withSlackHost } from "../support/slack/slack_bench.ts";
import type { Message } from "../support/slack/workspace.ts";

/** Ann asks the bot something in the channel. */
function ask({ slack, channel }: SlackBench, text: string): Message {
  return slack.person("ann").post(text, { channel, mention: true });
}

test("A6: an envelope is acknowledged before its task starts, and the answer comes in the thread", () =>
  withSlackHost(async (bench) => {
    const { agent, told, replies } = bench;
    const asked = ask(bench, "hello");
    (await agent.began("hello")).reply();
    assert.deepEqual(await replies(asked, 1), ["re: hello"]);
    await bench.acknowledged();
    const events = told.filter((line) => /hello$/.test(line));
    assert.ok(events.indexOf("acknowledged hello") < events.indexOf("started hello"));
    // An acknowledgement is sent, and only then anything is asked of Slack for its message.
    const sentOrder = bench.wire.of(asked)[0]?.sentOrder ?? Infinity;
    const calls = bench.slack.recorder.calls.filter(({ args }) => args["thread_ts"] === asked.ts);
    assert.ok(calls.length > 0);
    assert.ok(calls.every(({ order }) => order > sentOrder));
  }));

test("A6: as long as its acknowledgement is not out, the task of an envelope does not start", () =>
  withSlackHost(async (bench) => {
    const { agent, slack, surface, told, wire } = bench;
    const before = slack.recorder.calls.length;
    const gate = wire.hold();
    const asked = ask(bench, "hello");
    await until(() => gate.waiting === 2);
    await settled(Promise.resolve(bench.host.app.request("/healthz")));
    assert.deepEqual(agent.log, []);
    assert.equal(slack.recorder.calls.length, before);
    assert.deepEqual([surface.snapshot().acknowledging, told.length], [2, 0]);
    gate.open();
    (await agent.began("hello")).reply();
    assert.deepEqual(await bench.replies(asked, 1), ["re: hello"]);
  }));

test("A6: no acknowledgement waits for a handler, its own or another's, of one thread or of many (slow-ack)", () =>
  withSlackHost(async (bench) => {
    const { agent, channel, slack } = bench;
    const ann = slack.person("ann");
    const threads = Array.from({ length: 5 }, (_, n) => ask(bench, `thread ${n}`));
    await until(() => agent.running === 5);
    for (const thread of threads) {
      for (let n = 0; n < 10; n++) ann.post(`more ${n}`, { channel, thread });
    }
    await bench.acknowledged();
    assert.deepEqual([agent.running, bench.host.queue.waiting], [5, 50]);
    const tooLate = slack.recorder.envelopes.filter(({ ackedAtMs = Infinity, sentAtMs }) =>
      ackedAtMs - sentAtMs >= 3_000
    );
    assert.deepEqual(tooLate, []);
    while (agent.running > 0 || bench.host.queue.waiting > 0) {
      for (const run of agent.runs) if (!run.isSettled) run.reply();
      await settled(Promise.resolve(bench.host.app.request("/healthz")));
    }
    for (const thread of threads) {
      const said = Array.from({ length: 10 }, (_, n) => `re: more ${n}`);
      const first = `re: ${thread.text.replace(/<@\w+> /, "")}`;
      assert.deepEqual(await bench.replies(thread, 11), [first, ...said]);
    }
  }));

test("A6: nor does it wait for Slack, which answers no call", () =>
  withSlackHost(async (bench) => {
    const { agent, slack } = bench;
    const gates = ["assistant.threads.setStatus", "chat.postMessage", "conversations.replies"]
      .map((method) => slack.faults.hold(method));
    const asked = ask(bench, "hello");
    const foreign = slack.person("bob").post("alone", { channel: bench.channel });
    for (const text of ["for nobody", "nor this"]) {
      slack.person("bob").post(text, { channel: bench.channel, thread: foreign });
    }
    (await agent.began("hello")).reply();
    await until(() => gates.every(({ waiting }) => waiting === 1));
    slack.person("ann").post("more", { channel: bench.channel, thread: asked });
    await bench.acknowledged();
    gates.forEach((gate) => gate.open());
    (await agent.began("more")).reply();
    assert.deepEqual(await bench.replies(asked, 2), ["re: hello", "re: more"]);
  }));

test("A6: an event that is not taken over in time is not acknowledged, and runs when it comes again", () => {
  let isStuck = true;
  const accept = () => isStuck ? new Promise<void>(() => {}) : Promise.resolve();
  return withSlackHost(async (bench) => {
    const { agent, clock, slack, told } = bench;
    const asked = slack.person("ann").direct("hello");
    await until(() => bench.wire.of(asked).length === 1);
    clock.advance(2_000);
    await until(() => told.includes("unacknowledged"));
    assert.deepEqual(agent.log, []);
    assert.equal(slack.recorder.unacknowledged.length, 1);
    isStuck = false;
    slack.redeliver(slack.eventsOf(asked)[0] as (typeof slack.events)[number]);
    (await agent.began("hello")).reply();
    await until(() => slack.workspace.read(asked.channel).length === 2);
    assert.deepEqual(slack.workspace.read(asked.channel), ["ann: hello", "bot: re: hello"]);
  }, { surface: { accept } });
});

test("A6: an event for which there is no room is not acknowledged, and runs when it comes again (false-ack)", () =>
  withSlackHost(async (bench) => {
    const { agent, slack, surface, told } = bench;
    const ann = slack.person("ann");
    const first = ann.direct("first");
    const run = await agent.began("first");
    const second = ann.direct("second");
    await until(() => told.includes("unacknowledged"));
    assert.deepEqual([first, second].map((message) => slack.isAcknowledged(message)), [
      true,
      false,
    ]);
    run.reply();
    await until(() => surface.snapshot().tasks === 0 && slack.socket.unanswered === 1);
    slack.redeliver(slack.eventsOf(second)[0] as (typeof slack.events)[number]);
    (await agent.began("second")).reply();
    await until(() => slack.workspace.read(second.channel).length === 4);
  }, { surface: { limits: { tasksMax: 1 } } }));

test("A6: a task that fails is told of once, with channel, user, thread and the first 80 characters", () =>
  withSlackHost(async (bench) => {
    const { agent, channel, slack } = bench;
    const root = ask(bench, "hello");
    (await agent.began("hello")).reply();
    const long = `${"0123456789".repeat(7)}abcdefghijKLM`;
    const asked = slack.person("bob").post(long, { channel, thread: root });
    const error = new Error("no model today");
    (await agent.began(long)).fail(error);
    await until(() => bench.told.some((line) => line.startsWith("failed")));
    const user = slack.person("bob").id;
    assert.deepEqual(bench.failures(), [
      { channel: channel.id, user, thread: root.ts, text: long.slice(0, 80), error },
    ]);
    await bench.replies(asked, 2);
    assert.match(slack.workspace.read(channel.id, root.ts).at(-1) ?? "", /that did not work/);
  }));

test("A6: what is no message, or cannot be understood, is acknowledged and nothing else", () =>
  withSlackHost(async (bench) => {
    const { agent, slack } = bench;
    slack.emit({ type: "reaction_added", reaction: "eyes" });
    slack.emit({ type: "message", channel: 7, ts: null });
    slack.emit({
      type: "message",
      subtype: "channel_join",
      channel: bench.channel.id,
      ts: "1.000001",
    });
    slack.person("ann").post("not for the bot", { channel: bench.channel });
    const interactive = slack.socket.send("interactive", { type: "block_actions" });
    slack.socket.connections[0]?.sendText("{");
    slack.socket.connections[0]?.sendText("null");
    await bench.acknowledged();
    assert.ok(interactive.ackOrder !== undefined);
    assert.deepEqual(agent.log, []);
    assert.equal(slack.socket.opened, 1);
  }));
