import { SocketModeClient } from "@slack/socket-mode";
import assert from "node:assert/strict";
import { test } from "node:test";
import { settled, until } from "../settle.ts";
import type { SlackEvent } from "./events.ts";
import { type LoopbackSlack, withSlack } from "./loopback_slack.ts";
import { keptLog } from "./kept_log.ts";

/** What the real client tells of an envelope. */
interface Heard {
  readonly envelope_id: string;
  readonly type: string;
  readonly body: { readonly event_id: string; readonly event: SlackEvent };
  readonly retry_num: number;
  readonly retry_reason: string;
  ack(payload?: object): Promise<void>;
}

interface App {
  readonly client: SocketModeClient;
  readonly heard: readonly Heard[];
  /** All that came over its sockets, as text. */
  readonly frames: readonly string[];
}

/** Before it connects again the client waits for this long: its own option, no sleep of the test. */
const CLIENT_PING_MS = 30;

/** Runs a test with the real client, which has started and is stopped in the end. */
async function withApp(
  test: (slack: LoopbackSlack, app: App) => Promise<void>,
  { acks = true }: { acks?: boolean } = {},
): Promise<void> {
  await withSlack(async (slack) => {
    const client = new SocketModeClient({
      appToken: slack.tokens.app,
      clientPingTimeout: CLIENT_PING_MS,
      logger: keptLog(),
      clientOptions: { slackApiUrl: slack.apiUrl },
    });
    const heard: Heard[] = [];
    const frames: string[] = [];
    client.on("ws_message", (data: unknown) => void frames.push(String(data)));
    client.on("slack_event", (event: Heard) => {
      heard.push(event);
      if (acks) event.ack().catch(() => {});
    });
    let isConnected = false;
    client.on("connected", () => void (isConnected = true));
    client.on("close", () => void (isConnected = false));
    await client.start();
    await test(slack, { client, heard, frames });
    // A disconnect() that races a reconnect would be an unhandled rejection: see the README here.
    await until(() => isConnected && slack.socket.connections.length === 1, "the last connection");
    await settled(client.disconnect(), "the client's disconnect");
    await until(() => slack.socket.size === 0, "the last socket's end");
  });
}

test("a message reaches the app in an envelope, and its acknowledgement is recorded", () =>
  withApp(async (slack, { heard }) => {
    const channel = slack.channel();
    const ann = slack.person("ann");
    const root = ann.post("hello", { channel });
    ann.post("more", { channel, thread: root });
    await until(() => slack.recorder.envelopes.length === 2);
    await until(() => slack.recorder.unacknowledged.length === 0);
    const [first, second] = heard.map(({ body }) => body.event);
    assert.deepEqual([first?.type, first?.["text"], first?.["channel_type"]], [
      ...["message", "hello", "channel"],
    ]);
    assert.deepEqual([second?.["thread_ts"], second?.["parent_user_id"]], [root.ts, ann.id]);
    const [sent] = slack.recorder.envelopes;
    assert.equal(sent?.id, heard[0]?.envelope_id);
    assert.ok((sent?.ackOrder ?? 0) > (sent?.order ?? Infinity));
    assert.deepEqual(slack.recorder.strayAcks, []);
  }));

test("a mention in a channel is told twice, in a direct message once", () =>
  withApp(async (slack, { heard }) => {
    const channel = slack.channel();
    const ann = slack.person("ann");
    ann.post("a", { channel, mention: true });
    ann.post("b", { channel, mention: true, mentionFirst: true });
    ann.direct("c", { mention: true });
    await until(() => heard.length === 5);
    assert.deepEqual(heard.map(({ body: { event } }) => `${event.type} ${event["text"]}`), [
      "message <@U0LANE> a",
      "app_mention <@U0LANE> a",
      "app_mention <@U0LANE> b",
      "message <@U0LANE> b",
      "message <@U0LANE> c",
    ]);
    assert.equal(new Set(heard.map(({ body }) => body.event_id)).size, 5);
    assert.equal(heard[0]?.body.event["ts"], heard[1]?.body.event["ts"]);
  }));

test("edits, deletions, files, other bots and broadcasts are told as Slack tells them", () =>
  withApp(async (slack, { heard }) => {
    const channel = slack.channel();
    const ann = slack.person("ann");
    const message = ann.post("one", { channel });
    ann.edit(message, "two");
    ann.post("look", { channel, files: ["notes.txt"] });
    ann.post("all", { channel, thread: message, broadcast: true });
    slack.botPost("deployed", { channel, subtype: "bot_message" });
    slack.botPost("deployed", { channel });
    ann.delete(message);
    await until(() => heard.length === 7);
    const told = heard.map(({ body: { event } }) => event);
    assert.deepEqual(told.map((event) => event["subtype"]), [
      ...[undefined, "message_changed", "file_share", "thread_broadcast"],
      ...["bot_message", undefined, "message_deleted"],
    ]);
    assert.equal((told[1]?.["message"] as { text: string }).text, "two");
    assert.equal((told[1]?.["previous_message"] as { text: string }).text, "one");
    assert.equal((told[2]?.["files"] as { name: string }[])[0]?.name, "notes.txt");
    assert.deepEqual(told.slice(4, 6).map((event) => [event["user"], event["bot_id"]]), [
      [undefined, "B0OTHER"],
      ["U0OTHER", "B0OTHER"],
    ]);
    assert.equal(told[6]?.["deleted_ts"], message.ts);
  }));

test("a redelivery has the same event id in a new envelope, and says which one it is", () =>
  withApp(async (slack, { heard }) => {
    slack.person("ann").post("hello", { channel: slack.channel() });
    const [callback] = slack.events;
    assert.ok(callback !== undefined);
    slack.redeliver(callback);
    slack.redeliver(callback, { retryAttempt: 2, retryReason: "connection_failed" });
    await until(() => heard.length === 3);
    assert.deepEqual(heard.map((event) => [event.retry_num, event.retry_reason]), [
      [0, ""],
      [1, "timeout"],
      [2, "connection_failed"],
    ]);
    assert.equal(new Set(heard.map(({ body }) => body.event_id)).size, 1);
    assert.equal(new Set(heard.map(({ envelope_id }) => envelope_id)).size, 3);
  }));

for (const reason of ["warning", "refresh_requested", "link_disabled"] as const) {
  test(`a disconnect frame (${reason}) makes the client connect again, and events wait for it`, () =>
    withApp(async (slack, { heard }) => {
      slack.socket.disconnectAll(reason);
      await until(() => slack.socket.size === 0);
      slack.person("ann").post("meanwhile", { channel: slack.channel() });
      assert.equal(slack.socket.waiting, 1);
      await until(() => heard.length === 1);
      assert.equal(slack.socket.opened, 2);
      assert.equal(slack.recorder.envelopes[0]?.retryAttempt, 0);
    }));
}

for (const moment of ["before-ack", "ack-lost"] as const) {
  test(`an event whose socket is cut (${moment}) is delivered again on the next one`, () =>
    withApp(async (slack, { heard }) => {
      slack.socket.cutNext(moment);
      slack.person("ann").post("hello", { channel: slack.channel() });
      await until(() => slack.recorder.envelopes.at(-1)?.ackOrder !== undefined, "the second ack");
      const { envelopes } = slack.recorder;
      assert.deepEqual(envelopes.map(({ ackOrder }) => ackOrder !== undefined), [false, true]);
      assert.deepEqual(envelopes.map(({ connection }) => connection), [1, 2]);
      assert.equal(envelopes[0]?.eventId, envelopes[1]?.eventId);
      assert.deepEqual([heard.at(-1)?.retry_num, heard.at(-1)?.retry_reason], [1, "timeout"]);
      assert.equal(slack.socket.redelivered, 1);
    }));
}

test("an event whose socket is cut after its acknowledgement is not delivered again", () =>
  withApp(async (slack, { heard }) => {
    slack.socket.cutNext("after-ack");
    const channel = slack.channel();
    slack.person("ann").post("hello", { channel });
    await until(() => slack.socket.opened === 2 && slack.socket.connections.length === 1);
    slack.person("ann").post("again", { channel });
    await until(() => heard.length === 2);
    assert.deepEqual(heard.map(({ body }) => body.event["text"]), ["hello", "again"]);
    assert.equal(slack.socket.redelivered, 0);
  }));

test("an event without an acknowledgement is delivered four times and not more", () =>
  withApp(async (slack, { heard }) => {
    slack.person("ann").post("hello", { channel: slack.channel() });
    for (let count = 1; count <= 4; count++) {
      await until(() => heard.length === count, `delivery ${count}`);
      slack.socket.cutAll();
    }
    await until(() => slack.socket.connections.length === 1);
    slack.person("ann").direct("the last");
    await until(() => heard.at(-1)?.body.event["text"] === "the last");
    assert.equal(slack.socket.waiting, 0);
    assert.deepEqual(heard.slice(0, -1).map(({ retry_num: attempt }) => attempt), [0, 1, 2, 3]);
  }, { acks: false }));

test("a socket beyond the limit is told too_many_websockets and closed", () =>
  withApp(async (slack, { frames }) => {
    slack.socket.connectionsMax = 0;
    slack.socket.cutAll();
    await until(() => slack.socket.opened >= 3, "some attempts");
    assert.equal(slack.socket.connections.length, 0);
    assert.match(frames.at(-1) ?? "", /"disconnect","reason":"too_many_websockets"/);
    slack.socket.connectionsMax = 10;
    await until(() => slack.socket.connections.length === 1);
  }));

test("a held hello keeps the client from being connected, and events from being sent", () =>
  withApp(async (slack, { heard }) => {
    const gate = slack.socket.holdHello();
    slack.socket.cutAll();
    await until(() => gate.waiting === 1);
    slack.person("ann").post("hello", { channel: slack.channel() });
    assert.deepEqual([slack.socket.waiting, slack.socket.size], [1, 1]);
    gate.open();
    await until(() => heard.length === 1);
  }));

test("a ticket opens one socket, and nothing else does", () =>
  withSlack(async (slack) => {
    const { default: WebSocket } = await import("ws");
    const refused = new WebSocket(`${slack.address.replace("http", "ws")}/link/?ticket=mine`);
    const error = await new Promise<Error>((resolve) => refused.once("error", resolve));
    assert.match(error.message, /401/);
    assert.equal(slack.socket.opened, 0);
  }));
