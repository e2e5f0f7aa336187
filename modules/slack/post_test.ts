import assert from "node:assert/strict";
import { test } from "node:test";
import { payloadOf } from "./_test_support.ts";
import { type ReadEvent, readPost, readText, type SlackPost } from "./post.ts";

const OPTIONS = {
  identity: { userId: "UBOT", botId: "BBOT" },
  directMessages: "conversation",
} as const;

function read(payload: unknown, options = {}): ReadEvent {
  return readPost(payload, { ...OPTIONS, ...options });
}

function post(text: string, options: Parameters<typeof payloadOf>[1] = {}, more = {}): SlackPost {
  const event = read(payloadOf(text, options), more);
  assert.ok(event.kind === "post", JSON.stringify(event));
  return event.post;
}

function ignored(text: string, options: Parameters<typeof payloadOf>[1] = {}): string {
  const event = read(payloadOf(text, options));
  assert.ok(event.kind === "ignored", JSON.stringify(event));
  return event.reason;
}

test("a post in a channel begins a thread, which is its session", () => {
  const { thread, replyTs, key, isMention } = post("<@UBOT> hello", { ts: "17.000001" });
  assert.deepEqual([thread, replyTs, key, isMention], [
    "slack-T1-C1-17.000001",
    "17.000001",
    "T1-C1-17.000001",
    true,
  ]);
});

test("an answer in a thread belongs to the thread's session, be the bot named or not", () => {
  const plain = post("and this", { type: "message", ts: "18.000002", thread: "17.000001" });
  const named = post("<@UBOT> and this", { ts: "18.000003", thread: "17.000001" });
  assert.deepEqual([plain.thread, plain.isMention], ["slack-T1-C1-17.000001", false]);
  assert.deepEqual([named.thread, named.replyTs], ["slack-T1-C1-17.000001", "17.000001"]);
});

test("a direct message belongs to one conversation, or begins a thread where that is wanted", () => {
  const direct = {
    type: "message",
    channel: "D1",
    ts: "17.000001",
    fields: { channel_type: "im" },
  };
  assert.deepEqual(
    [post("hi", direct).thread, post("hi", direct).replyTs, post("hi", direct).isDirect],
    ["slack-T1-D1", undefined, true],
  );
  assert.equal(post("hi", direct, { directMessages: "threads" }).thread, "slack-T1-D1-17.000001");
  assert.equal(post("hi", { ...direct, thread: "16.000001" }).thread, "slack-T1-D1-16.000001");
});

test("the longest name of a session is one that @lanekeeper/agents takes, also after a new", () => {
  const ts = `${"9".repeat(16)}.${"9".repeat(9)}`;
  const payload = { ...payloadOf("<@UBOT> hi", { channel: `C${"X".repeat(31)}`, ts }) };
  const event = read({ ...payload, team_id: `T${"X".repeat(31)}` });
  assert.ok(event.kind === "post");
  assert.match(`${event.post.thread}_${ts}`, /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/);
});

test("message and app_mention of one post have one key", () => {
  const message = post("<@UBOT> hello", { type: "message" });
  assert.equal(message.key, post("<@UBOT> hello").key);
  assert.ok(message.isMention);
});

test("what bots say, edits, deletes, joins and what is for nobody is no post", () => {
  assert.equal(ignored("x", { fields: { bot_id: "BBOT" } }), "bot");
  assert.equal(ignored("x", { fields: { bot_id: "B2", user: undefined } }), "bot");
  assert.equal(ignored("x", { fields: { subtype: "bot_message" } }), "bot");
  assert.equal(ignored("x", { user: "UBOT" }), "bot");
  for (const subtype of ["message_changed", "message_deleted", "channel_join", "me_message"]) {
    assert.equal(ignored("x", { type: "message", fields: { subtype } }), "subtype");
  }
  assert.equal(ignored("x", { fields: { hidden: true } }), "subtype");
  assert.equal(ignored("just talk", { type: "message" }), "unaddressed");
  assert.equal(ignored("", { type: "message", thread: "1.1" }), "irrelevant");
  assert.equal(ignored("x", { type: "reaction_added" }), "irrelevant");
});

test("whatever comes, reading it does not throw, and nothing odd becomes part of a session's name", () => {
  for (
    const odd of [undefined, null, 7, "x", [], {}, { event: null }, { event: { type: "message" } }]
  ) {
    assert.equal(read(odd).kind, "ignored");
  }
  for (const channel of ["../etc", "C1/..", "", "C".repeat(40)]) {
    assert.equal(ignored("x", { channel }), "irrelevant");
  }
  assert.equal(ignored("x", { ts: "../../x" }), "irrelevant");
  assert.equal(ignored("x", { thread: "1.1/../x" }), "irrelevant");
});

test("what Slack made of a text is undone, and the bot's own name is left out", () => {
  assert.equal(readText("<@UBOT> a &lt;b&gt; &amp;amp;", "UBOT"), "a <b> &amp;");
  assert.equal(readText("<@UBOT|lane> ask <@U2|ann> or <@U3>", "UBOT"), "ask @ann or @U3");
  assert.equal(
    readText("see <https://a.test|the page> and <https://b.test>", "U"),
    "see [the page](https://a.test) and https://b.test",
  );
  assert.equal(
    readText("<mailto:a@b.test|a@b.test> in <#C1|general>, <!here>", "U"),
    "a@b.test in #general, @here",
  );
  assert.equal(readText("two\n  lines  \n", "U"), "two\n  lines");
});

test("files are named, and a post may be nothing else", () => {
  const files = [{ name: "a.png", mimetype: "image/png", permalink: "https://s.test/a" }, {}];
  const { text } = post("<@UBOT> look", { fields: { files, subtype: "file_share" } });
  assert.equal(
    text,
    "look\n[File: a.png (image/png) https://s.test/a]\n[File: without a name (unknown type)]",
  );
  assert.equal(
    post("", { channel: "D1", type: "message", fields: { files } }).text.split("\n").length,
    2,
  );
});

test("a mention with nothing behind it is a post, too", () => {
  assert.equal(post("<@UBOT>").text, "");
});

test("somebody from outside is known as such", () => {
  assert.equal(post("<@UBOT> hi", { fields: { user_team: "T2", team: "T2" } }).userTeam, "T2");
  assert.equal(post("<@UBOT> hi").userTeam, "T1");
});
