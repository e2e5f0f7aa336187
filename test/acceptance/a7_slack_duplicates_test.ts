import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../support/settle.ts";
import type { EventCallback } from "../support/slack/events.ts";
import { type SlackBench, withSlackHost } from "../support/slack/slack_bench.ts";
import type { Message } from "../support/slack/workspace.ts";

/** A thread in which the bot has answered once. */
async function openThread({ slack, channel, agent, replies }: SlackBench): Promise<Message> {
  const root = slack.person("ann").post("hello", { channel, mention: true });
  (await agent.began("hello")).reply();
  await replies(root, 1);
  return root;
}

function eventOf({ slack }: SlackBench, message: Message, index = 0): EventCallback {
  return slack.eventsOf(message)[index] as EventCallback;
}

/** Whether nothing but these ran, once all that was sent has been dealt with. */
async function ranOnly(bench: SlackBench, texts: readonly string[]): Promise<void> {
  await bench.acknowledged();
  await until(() => bench.surface.snapshot().tasks === 0, "the end of every task");
  assert.deepEqual(bench.agent.runs.map(({ text }) => text), texts);
}

test("A7: what the bot itself said, also in a thread and in an edit, is acknowledged and skipped", () =>
  withSlackHost(async (bench) => {
    const { slack, told, channel } = bench;
    const root = await openThread(bench);
    const own = slack.workspace.thread(channel.id, root.ts)[1] as Message;
    assert.equal(own.user, slack.ids.botUser);
    assert.ok(slack.eventsOf(own).length > 0, "Slack told the bot of its own reply");
    // Also where only the user says whose it is.
    const { bot_id: _, ...event } = eventOf(bench, own).event;
    slack.emit({ ...event, type: "message", ts: slack.workspace.stamp() });
    await ranOnly(bench, ["hello"]);
    assert.equal(told.filter((line) => line === "ignored bot").length, 2);
  }));

test("A7: bot_message subtypes and today's bots are skipped, even where they name the bot", () =>
  withSlackHost(async (bench) => {
    const { slack, channel, told } = bench;
    const { ts: thread } = await openThread(bench);
    const text = `<@${slack.ids.botUser}> do this`;
    slack.botPost(text, { channel, thread, subtype: "bot_message" });
    slack.botPost(text, { channel, thread });
    slack.botPost(text, { channel });
    await ranOnly(bench, ["hello"]);
    assert.equal(told.filter((line) => line === "ignored bot").length, 4); // and the bot's own reply
  }));

test("A7: an edit or a deletion runs nothing again", () =>
  withSlackHost(async (bench) => {
    const root = await openThread(bench);
    const ann = bench.slack.person("ann");
    ann.edit(root, `<@${bench.slack.ids.botUser}> hello again`);
    ann.delete(root);
    await ranOnly(bench, ["hello"]);
  }));

for (const mentionFirst of [false, true]) {
  const order = mentionFirst ? "app_mention first" : "message first";
  test(`A7: a message that is told as message and as app_mention runs once (${order})`, () =>
    withSlackHost(async (bench) => {
      const { slack, channel, agent, told, replies } = bench;
      const asked = slack.person("ann").post("hello", { channel, mention: true, mentionFirst });
      const run = await agent.began("hello");
      await until(() => told.includes("duplicate hello"));
      run.reply();
      await replies(asked, 1);
      await ranOnly(bench, ["hello"]);
      assert.deepEqual(slack.workspace.read(channel.id, asked.ts).length, 2);
      assert.equal(new Set(slack.eventsOf(asked).map((event) => event.event_id)).size, 2);
    }));
}

test("A7: the second telling of a message that has run already is a duplicate, too", () =>
  withSlackHost(async (bench) => {
    const { slack, channel, agent, told, replies } = bench;
    const asked = slack.person("ann").post("hello", { channel, mention: true });
    (await agent.began("hello")).reply();
    await replies(asked, 1);
    await until(() => bench.surface.snapshot().tasks === 0);
    slack.redeliver(eventOf(bench, asked, 1));
    await until(() => told.filter((line) => line === "duplicate hello").length === 2);
    await ranOnly(bench, ["hello"]);
  }));

test("A7: an event that is delivered again, while it runs or afterwards, is acknowledged and runs once", () =>
  withSlackHost(async (bench) => {
    const { slack, agent, told } = bench;
    const asked = slack.person("ann").direct("hello");
    const run = await agent.began("hello");
    slack.redeliver(eventOf(bench, asked));
    await until(() => told.includes("duplicate hello"), "the first duplicate");
    run.reply();
    await until(() => slack.workspace.read(asked.channel).length === 2, "the reply");
    await until(() => bench.surface.snapshot().tasks === 0);
    slack.redeliver(eventOf(bench, asked), { retryAttempt: 2 });
    await until(() => told.filter((line) => line === "duplicate hello").length === 2);
    await ranOnly(bench, ["hello"]);
    assert.deepEqual(slack.workspace.read(asked.channel), ["ann: hello", "bot: re: hello"]);
  }));

test("A7: the same text twice is two messages, and both run", () =>
  withSlackHost(async (bench) => {
    const { slack, agent } = bench;
    const ann = slack.person("ann");
    for (const count of [1, 2]) {
      ann.direct("again");
      (await agent.began("again")).reply();
      await until(() => slack.workspace.read(ann.directMessages.id).length === 2 * count);
    }
    await ranOnly(bench, ["again", "again"]);
  }));

test("A7: an event whose socket was lost with its acknowledgement comes again, and runs once", () =>
  withSlackHost(async (bench) => {
    const { slack, agent, told } = bench;
    slack.socket.cutNext("ack-lost");
    const asked = slack.person("ann").direct("hello");
    (await agent.began("hello")).reply();
    await until(() => slack.socket.size === 0, "the cut");
    await until(() => {
      bench.passRetry();
      return slack.socket.connections.length === 1;
    }, "a new socket");
    await until(() => told.includes("duplicate hello"));
    assert.equal(slack.socket.redelivered, 1);
    await until(() => slack.workspace.read(asked.channel).length === 2);
    await ranOnly(bench, ["hello"]);
  }));

test("A7: a handler that failed does not block a redelivery, which runs it again (dedupe-first)", () =>
  withSlackHost(async (bench) => {
    const { slack, agent, told } = bench;
    const asked = slack.person("ann").direct("hello");
    (await agent.began("hello")).fail(new Error("no model today"));
    await until(() => told.includes("failed hello"));
    assert.equal(bench.failures().length, 1);
    slack.redeliver(eventOf(bench, asked));
    (await agent.began("hello")).reply();
    await until(() => slack.workspace.read(asked.channel).length === 3);
    assert.equal(slack.workspace.read(asked.channel).at(-1), "bot: re: hello");
    slack.redeliver(eventOf(bench, asked), { retryAttempt: 2 });
    await until(() => told.includes("duplicate hello"));
    await ranOnly(bench, ["hello", "hello"]);
  }));

test("A7: nor does a reply that Slack refused", () =>
  withSlackHost(async (bench) => {
    const { slack, agent, told } = bench;
    slack.faults.next("chat.postMessage", { kind: "error", error: "restricted_action" });
    const asked = slack.person("ann").direct("hello");
    (await agent.began("hello")).reply("lost");
    await until(() => told.includes("failed hello"));
    assert.equal(bench.failures().length, 1);
    slack.redeliver(eventOf(bench, asked));
    (await agent.began("hello")).reply("found");
    await until(() => slack.workspace.read(asked.channel).at(-1) === "bot: found");
    await ranOnly(bench, ["hello", "hello"]);
  }));

test("A7: what is remembered has a limit; beyond it the oldest message is forgotten (BOUNDED_STATE)", () =>
  withSlackHost(async (bench) => {
    const { slack, agent, surface, told } = bench;
    const ann = slack.person("ann");
    const first = ann.direct("0");
    for (let n = 0; n < 4; n++) {
      if (n > 0) ann.direct(String(n));
      (await agent.began(String(n))).reply();
      await until(() => told.includes(`completed ${n}`));
    }
    assert.equal(surface.snapshot().posts, 3);
    slack.redeliver(eventOf(bench, first));
    (await agent.began("0")).reply();
    await until(() => told.filter((line) => line === "completed 0").length === 2);
    await ranOnly(bench, ["0", "1", "2", "3", "0"]);
  }, { surface: { limits: { postsMax: 3 } } }));
