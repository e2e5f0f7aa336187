import type { SlackAuthError } from "@lanekeeper/slack";
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../support/settle.ts";
import { PATIENT, type SlackBench, withSlackHost } from "../support/slack/slack_bench.ts";

/** One message of Ann's, alone with the bot, and its reply. */
async function talk({ slack, agent, channel }: SlackBench, text: string): Promise<void> {
  const asked = slack.person("ann").post(text, { channel, mention: true });
  (await agent.began(text)).reply();
  await until(() => slack.workspace.read(channel.id, asked.ts).includes(`bot: re: ${text}`), text);
}

for (const reason of ["warning", "refresh_requested"] as const) {
  test(`a socket that is to be closed (${reason}) goes when the next one is there, with all it owes`, () =>
    withSlackHost(async (bench) => {
      const { slack, agent, surface, wire } = bench;
      const gate = slack.socket.holdHello();
      const held = wire.hold();
      const asked = slack.person("ann").direct("under way");
      await until(() => held.waiting === 1);
      slack.socket.disconnectAll(reason);
      await until(() => gate.waiting === 1, "the next socket");
      assert.deepEqual([slack.socket.connections.length, slack.socket.size], [1, 2]);
      assert.ok(surface.isConnected);
      gate.open();
      await until(() => slack.socket.connections.length === 2, "both sockets");
      held.open();
      await until(() => slack.socket.size === 1, "the end of the old one");
      assert.ok(slack.isAcknowledged(asked), "its acknowledgement went out before");
      assert.equal(slack.socket.redelivered, 0);
      (await agent.began("under way")).reply();
      await talk(bench, "over the new one");
      assert.equal(slack.socket.opened, 2);
    }));
}

test("until the next socket has said hello the old one is there, and events come over it", () =>
  withSlackHost(async (bench) => {
    const { slack, surface } = bench;
    const gate = slack.socket.holdHello();
    slack.socket.disconnectAll("warning");
    await until(() => gate.waiting === 1, "the next socket");
    await talk(bench, "over the old one");
    await bench.acknowledged();
    assert.ok(surface.isConnected);
    assert.deepEqual([slack.socket.connections[0]?.id, slack.socket.size], [1, 2]);
    gate.open();
    await until(() => slack.socket.size === 1, "the end of the old one");
    await talk(bench, "over the new one");
    assert.equal(slack.socket.connections[0]?.id, 2);
  }));

test("a lost socket is followed by another, and what was lost with it comes again and runs once", () =>
  withSlackHost(async (bench) => {
    const { slack, agent } = bench;
    for (const moment of ["before-ack", "ack-lost", "after-ack"] as const) {
      slack.socket.cutNext(moment);
      const asked = slack.person("ann").direct(moment);
      await until(() => slack.socket.size === 0, "the cut");
      await until(() => bench.passRetry() || slack.socket.size > 0, "the end of the wait");
      (await agent.began(moment)).reply();
      await until(() => slack.isAcknowledged(asked));
    }
    await bench.acknowledged();
    await until(() => bench.surface.snapshot().tasks === 0);
    assert.deepEqual(agent.runs.map(({ text }) => text), ["before-ack", "ack-lost", "after-ack"]);
    assert.equal(slack.socket.cuts, 3);
  }));

test("a socket whose other side is silent is dropped after 45 s, and another one opened", () =>
  withSlackHost(async (bench) => {
    const { slack, clock, surface } = bench;
    const [frozen] = slack.socket.connections;
    frozen?.freeze();
    clock.advance(44_999);
    assert.ok(surface.isConnected);
    clock.advance(1);
    assert.ok(!surface.isConnected);
    await until(() => bench.passRetry() || slack.socket.opened === 2);
    await until(() => surface.isConnected, "the next socket");
    frozen?.cut();
    await until(() => slack.socket.connections.length === 1);
    await talk(bench, "hello");
  }));

test("a socket whose hello does not come is dropped after 10 s, and another one opened", () =>
  withSlackHost(async (bench) => {
    const { slack, clock, surface } = bench;
    const gate = slack.socket.holdHello();
    slack.socket.cutAll();
    await until(() => bench.passRetry() || gate.waiting === 1);
    await until(() => gate.waiting === 1, "the socket without a hello");
    clock.advance(9_999);
    assert.equal(surface.snapshot().connections, 1);
    clock.advance(1);
    assert.equal(surface.snapshot().connections, 0);
    gate.open();
    await until(() => bench.passRetry() || slack.socket.opened === 3);
    await until(() => surface.isConnected, "the next socket");
    await talk(bench, "hello");
  }));

test("too_many_websockets waits for half a minute or more before it takes another one's place", () =>
  withSlackHost(async (bench) => {
    const { slack, clock, surface } = bench;
    slack.socket.connectionsMax = 0;
    slack.socket.disconnectAll("too_many_websockets");
    await until(() => !surface.isConnected && slack.socket.size === 0);
    const calls = () => slack.recorder.callsOf("apps.connections.open").length;
    clock.advance(15_000);
    await bench.acknowledged();
    assert.equal(calls(), 1);
    slack.socket.connectionsMax = 10;
    await until(() => bench.passRetry() || calls() === 2);
    await until(() => surface.isConnected, "the next socket");
    await talk(bench, "hello");
  }));

test("link_disabled stops Slack, and says why", () => {
  const fatal: SlackAuthError[] = [];
  return withSlackHost(async ({ slack, surface, clock }) => {
    slack.socket.disconnectAll("link_disabled");
    await until(() => slack.socket.size === 0);
    clock.advance(600_000);
    assert.deepEqual([surface.state, slack.socket.opened], ["failed", 1]);
    assert.deepEqual(fatal.map(({ variable, slackError }) => [variable, slackError]), [
      ["SLACK_APP_TOKEN", "link_disabled"],
    ]);
  }, { surface: { onFatal: (error) => void fatal.push(error) } });
});

test("a reply whose answer was lost is not said twice, on any runtime: it is found, and is done", () =>
  withSlackHost(async (bench) => {
    const { slack, agent, channel, surface } = bench;
    await talk(bench, "so that the connection is there");
    slack.faults.next("chat.postMessage", { kind: "cut-after" });
    const asked = slack.person("ann").post("hello", { channel, mention: true });
    (await agent.began("hello")).reply();
    await until(() => surface.snapshot().tasks === 0);
    const said = slack.workspace.read(channel.id, asked.ts).slice(1);
    assert.deepEqual(said, ["bot: re: hello"]);
    assert.deepEqual(bench.failures(), []);
  }));

test("while Slack limits the rate of a channel its replies wait for as long as it says, in their order", () =>
  withSlackHost(async (bench) => {
    const { slack, agent, channel, clock } = bench;
    const roots = ["one", "two"].map((text) =>
      slack.person("ann").post(text, { channel, mention: true })
    );
    const runs = [await agent.began("one"), await agent.began("two")];
    slack.faults.next("chat.postMessage", { kind: "ratelimited", retryAfterS: 7 });
    const calls = () => slack.recorder.callsOf("chat.postMessage");
    runs[0]?.reply();
    await until(() => calls()[0]?.status === 429);
    const limitedAtMs = clock.now();
    // The surface has heard of it when it has asked for something else and got the answer.
    slack.person("bob").direct("status");
    await until(() => calls().length === 2, "another channel is not limited");
    runs[1]?.reply();
    await until(() => {
      clock.advance(10);
      return calls().length === 4;
    });
    assert.ok(clock.now() - limitedAtMs >= 7_000);
    const texts = calls().map(({ args }) => args["markdown_text"]);
    assert.deepEqual([texts[0], ...texts.slice(2)], ["re: one", "re: one", "re: two"]);
    for (const [n, root] of roots.entries()) {
      assert.deepEqual(await bench.replies(root, 1), [`re: ${["one", "two"][n]}`]);
    }
  }, { surface: { limits: PATIENT } }));
