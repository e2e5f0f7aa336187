import { WebAPIPlatformError, WebClient } from "@slack/web-api";
import assert from "node:assert/strict";
import { test } from "node:test";
import { settled, until } from "../settle.ts";
import { keptLog } from "./kept_log.ts";
import { type LoopbackSlack, withSlack } from "./loopback_slack.ts";

/** The real client; it tries nothing twice. */
function clientOf(slack: LoopbackSlack, token: string | undefined = slack.tokens.bot): WebClient {
  return new WebClient(token, {
    slackApiUrl: slack.apiUrl,
    logger: keptLog(),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
  });
}

/** What the platform refuses a call with. */
async function refusal(call: Promise<unknown>): Promise<string> {
  const error = await call.then(() => undefined, (reason: unknown) => reason);
  assert.ok(error instanceof WebAPIPlatformError, String(error));
  return error.data.error;
}

test("chat.postMessage: a person reads what the app wrote, in the channel and in the thread", () =>
  withSlack(async (slack) => {
    const client = clientOf(slack);
    const channel = slack.channel({ name: "general" });
    const asked = slack.person("ann").post("hello", { channel, mention: true });
    const answer = await client.chat.postMessage({
      ...{ channel: channel.id, thread_ts: asked.ts, text: "hi" },
    });
    assert.deepEqual(slack.workspace.read(channel.id), ["ann: <@U0LANE> hello"]);
    assert.deepEqual(slack.workspace.read(channel.id, asked.ts), [
      ...["ann: <@U0LANE> hello", "bot: hi"],
    ]);
    assert.equal(answer.message?.bot_id, slack.ids.bot);
    const call = slack.recorder.callsOf("chat.postMessage")[0];
    assert.deepEqual([call?.args["text"], call?.status], ["hi", 200]);
    const echo = slack.events.at(-1)?.event;
    assert.deepEqual([echo?.type, echo?.["bot_id"], echo?.["parent_user_id"]], [
      ...["message", slack.ids.bot, asked.user],
    ]);
  }));

test("chat.update and chat.delete: only the app's own messages, and only those that are there", () =>
  withSlack(async (slack) => {
    const { chat } = clientOf(slack);
    const channel = slack.channel();
    const theirs = slack.person("ann").post("mine", { channel });
    const own = await chat.postMessage({ channel: channel.id, text: "one" });
    const place = { channel: channel.id, ts: own.ts as string };
    await chat.update({ ...place, text: "two" });
    assert.deepEqual(slack.workspace.read(channel.id), ["ann: mine", "bot: two"]);
    const long = chat.update({ ...place, text: "é".repeat(2_001) });
    assert.equal(await refusal(long), "msg_too_long");
    const foreign = { channel: channel.id, ts: theirs.ts };
    assert.equal(await refusal(chat.update({ ...foreign, text: "x" })), "cant_update_message");
    assert.equal(await refusal(chat.delete(foreign)), "cant_delete_message");
    await chat.delete(place);
    assert.equal(await refusal(chat.delete(place)), "message_not_found");
    assert.deepEqual(slack.events.map(({ event }) => event["subtype"]), [
      ...[undefined, undefined, "message_changed", "message_deleted"],
    ]);
  }));

test("what Slack refuses of a message is refused, by the same name", () =>
  withSlack(async (slack) => {
    const { chat } = clientOf(slack);
    const [open, closed] = [slack.channel(), slack.channel({ isMember: false })];
    const section = (length: number) => ({
      type: "section" as const,
      text: { type: "mrkdwn" as const, text: "x".repeat(length) },
    });
    const post = (args: object, channel = open.id) =>
      chat.postMessage({ channel, ...args } as unknown as { channel: string; text: string });
    const cases: [string, object, string?][] = [
      ["invalid_arguments", { text: "hi" }, ""],
      ["channel_not_found", { text: "hi" }, "C0NOBODY"],
      ["not_in_channel", { text: "hi" }, closed.id],
      ["no_text", {}],
      ["markdown_text_conflict", { text: "hi", markdown_text: "hi" }],
      ["msg_too_long", { markdown_text: "x".repeat(12_001) }],
      ["invalid_blocks_format", { blocks: "{" }],
      ["invalid_blocks", { blocks: [section(3_001)], text: "hi" }],
      ["invalid_blocks", { blocks: [section(0)], text: "hi" }],
      ["invalid_blocks", { blocks: [{ type: "poem" }], text: "hi" }],
      ["invalid_blocks", { blocks: Array(51).fill(section(1)), text: "hi" }],
      ["msg_blocks_too_long", { blocks: [{ type: "markdown", text: "x".repeat(12_001) }] }],
    ];
    for (const [error, args, channel] of cases) {
      assert.equal(await refusal(post(args, channel)), error);
    }
    assert.deepEqual(slack.workspace.read(open.id), []);
    await post({ blocks: [section(3_000)], text: "hi" });
    await post({ markdown_text: "x".repeat(12_000) });
    const cut = await post({ text: "x".repeat(50_000) }) as { message: { text: string } };
    assert.equal(cut.message.text.length, 40_000);
  }));

test("tokens: none, a wrong one, the other kind, and one that was taken back", () =>
  withSlack(async (slack) => {
    const text = { channel: slack.channel().id, text: "hi" };
    const say = (token?: string) => refusal(clientOf(slack, token).chat.postMessage(text));
    assert.equal(await say(""), "not_authed");
    assert.equal(await say("xoxb-wrong"), "invalid_auth");
    assert.equal(await say(slack.tokens.app), "not_allowed_token_type");
    const open = clientOf(slack).apps.connections.open();
    assert.equal(await refusal(open), "not_allowed_token_type");
    assert.equal(await refusal(clientOf(slack).apiCall("chat.postPoem")), "unknown_method");
    assert.equal((await clientOf(slack).auth.test()).user_id, slack.ids.botUser);
    slack.tokens.isRevoked = true;
    assert.equal(await say(slack.tokens.bot), "token_revoked");
  }));

test("a stream is started, appended to and stopped, and not otherwise", () =>
  withSlack(async (slack) => {
    const { chat } = clientOf(slack);
    const channel = slack.channel();
    const { ts: thread } = slack.person("ann").post("go", { channel });
    const start = { channel: channel.id, thread_ts: thread };
    const to = { recipient_team_id: slack.ids.team, recipient_user_id: slack.person("ann").id };
    assert.equal(await refusal(chat.startStream(start)), "missing_recipient_team_id");
    const { ts } = await chat.startStream({ ...start, ...to, markdown_text: "a" });
    const place = { channel: channel.id, ts: ts as string };
    await chat.appendStream({ ...place, markdown_text: "b" });
    assert.equal(
      await refusal(chat.update({ ...place, text: "x" })),
      "streaming_state_conflict",
    );
    await chat.stopStream({ ...place, markdown_text: "c" });
    assert.equal(slack.workspace.read(channel.id, thread).at(-1), "bot: abc");
    const late = chat.appendStream({ ...place, markdown_text: "d" });
    assert.equal(await refusal(late), "message_not_in_streaming_state");
    const streamer = clientOf(slack).chatStream({ ...start, ...to });
    await streamer.append({ markdown_text: "from the helper" });
    await streamer.stop();
    assert.equal(slack.workspace.read(channel.id, thread).at(-1), "bot: from the helper");
  }));

test("reactions: once each, and only what is there is taken away", () =>
  withSlack(async (slack) => {
    const { reactions } = clientOf(slack);
    const channel = slack.channel();
    const { ts } = slack.person("ann").post("hello", { channel });
    const item = { channel: channel.id, timestamp: ts, name: "eyes" };
    assert.equal(await refusal(reactions.remove(item)), "no_reaction");
    await reactions.add(item);
    assert.equal(await refusal(reactions.add(item)), "already_reacted");
    assert.deepEqual(slack.workspace.find(channel.id, ts)?.reactions, [
      { name: "eyes", users: [slack.ids.botUser] },
    ]);
    await reactions.remove(item);
    assert.deepEqual(slack.workspace.find(channel.id, ts)?.reactions, []);
    assert.equal(await refusal(reactions.add({ ...item, name: "no such!" })), "invalid_name");
    const nothing = { ...item, timestamp: "1.000001" };
    assert.equal(await refusal(reactions.add(nothing)), "message_not_found");
  }));

test("conversations.replies pages through a thread; info tells of channels, users and files", () =>
  withSlack(async (slack) => {
    const client = clientOf(slack);
    const channel = slack.channel({ name: "general" });
    const ann = slack.person("ann");
    const root = ann.post("0", { channel });
    for (const text of ["1", "2", "3"]) ann.post(text, { channel, thread: root });
    assert.equal(root.threadTs, root.ts, "the first message of a thread is one of it");
    const texts: (string | undefined)[] = [];
    for await (
      const page of client.paginate("conversations.replies", {
        ...{ channel: channel.id, ts: root.ts, limit: 3 },
      })
    ) {
      const { messages = [] } = page as { messages?: { text?: string }[] };
      texts.push(...messages.map(({ text }) => text));
    }
    assert.deepEqual(texts, ["0", "1", "2", "3"]);
    const info = await client.conversations.info({ channel: channel.id });
    assert.deepEqual([info.channel?.name, info.channel?.is_im], ["general", false]);
    assert.equal((await client.users.info({ user: ann.id })).user?.name, "ann");
    const { files: [file] } = ann.post("look", { channel, files: ["notes.txt"] });
    assert.equal((await client.files.info({ file: file?.id ?? "" })).file?.name, "notes.txt");
    const gone = client.conversations.replies({ channel: channel.id, ts: "1.000001" });
    assert.equal(await refusal(gone), "thread_not_found");
  }));

test("faults: a refusal, a rate limit, a broken machine, a lost call and a lost answer, once each", () =>
  withSlack(async (slack) => {
    const { chat } = clientOf(slack);
    const channel = slack.channel();
    const post = (text: string) => chat.postMessage({ channel: channel.id, text });
    slack.faults.next("chat.postMessage", { kind: "error", error: "fatal_error" });
    assert.equal(await refusal(post("a")), "fatal_error");
    slack.faults.next("chat.postMessage", { kind: "ratelimited", retryAfterS: 7 });
    await assert.rejects(post("b"), { code: "slack_webapi_rate_limited_error", retryAfter: 7 });
    slack.faults.next("chat.postMessage", { kind: "http", status: 503 });
    await assert.rejects(post("c"), { code: "slack_webapi_http_error", statusCode: 503 });
    // On Deno fetch sends a request once more if the connection that it reuses ends (see the README).
    slack.faults.next("chat.postMessage", { kind: "cut" }, "Deno" in globalThis ? 2 : 1);
    await assert.rejects(post("d"), { code: "slack_webapi_request_error" });
    slack.faults.next("chat.postMessage", { kind: "cut-after" });
    await assert.rejects(post("e"), { code: "slack_webapi_request_error" });
    await post("f");
    assert.deepEqual(slack.workspace.read(channel.id), ["bot: e", "bot: f"]);
  }));

test("a held call is recorded and gets its answer when the gate is opened", () =>
  withSlack(async (slack) => {
    const channel = slack.channel();
    const gate = slack.faults.hold("chat.postMessage");
    const posting = clientOf(slack).chat.postMessage({ channel: channel.id, text: "slow" });
    await until(() => gate.waiting === 1);
    assert.deepEqual(slack.workspace.read(channel.id), []);
    assert.equal(slack.recorder.callsOf("chat.postMessage").length, 1);
    gate.open();
    await settled(posting);
    assert.deepEqual(slack.workspace.read(channel.id), ["bot: slow"]);
  }));
