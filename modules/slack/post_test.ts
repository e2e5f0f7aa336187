import assert from "node:assert/strict";
import { test } from "node:test";
import { payloadOf } from "./_test_support.ts";
import { type ReadEvent, readPost, readText, type SlackPost } from "./post.ts";

const OPTIONS = {
  identity: { userId: "UBOT", botId: "BBOT", team: "T1", enterprise: undefined },
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
  const identity = { ...OPTIONS.identity, team: `T${"X".repeat(31)}` };
  const event = read(payloadOf("<@UBOT> hi", { channel: `C${"X".repeat(31)}`, ts }), { identity });
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

/** As Slack documents it: https://api.slack.com/events/message/file_share */
const FILE_SHARE = {
  type: "message",
  text: "We got one!",
  files: [{ id: "F12345678", name: "tedair.gif", mimetype: "image/gif", mode: "hosted" }],
  user: "U061F7AUR",
  upload: true,
  display_as_bot: false,
  bot_id: null,
  ts: "1529342088.000086",
  subtype: "file_share",
  channel: "D024BE91L",
  channel_type: "im",
};

test("a person's file is a post, also where Slack says null for what is not there", () => {
  const nothing = { thfoundts: null, user_team: null, team: null, attachments: null, hidden: null };
  for (const event of [FILE_SHARE, { ...FILE_SHARE, ...nothing }]) {
    const shared = read({ type: "event_callback", team_id: "T1", event_id: null, event });
    assert.ok(shared.kind === "post", JSON.stringify(shared));
    const { text, thread, threadTs, event: eventId } = shared.post;
    assert.equal(text, "We got one!\n[File: tedair.gif (image/gif)]");
    assert.deepEqual([thread, threadTs, eventId], ["slack-T1-D024BE91L", undefined, undefined]);
  }
  const plain = { ...FILE_SHARE, subtype: null, files: null };
  assert.equal(read({ team_id: "T1", event: plain }).kind, "post");
  assert.equal(ignored("x", { fields: { bot_id: "B061F7AUR", subtype: "file_share" } }), "bot");
});

/** What Slack sends for a post that was forwarded. */
const FORWARDED = {
  ts: "1724966776.474889",
  author_id: "U05JAA9EN4T",
  is_msg_unfurl: true,
  message_blocks: [{ team: "T1", channel: "C07KTH1T4CQ", message: { blocks: [] } }],
  from_url: "https://s.test/archives/C07KTH1T4CQ/p1724966776474889",
  is_share: true,
  fallback: "[August 29th, 2024 2:26 PM] lev: &lt;this&gt; is it",
  text: "&lt;this&gt; is it, <@UBOT>",
  author_name: "lev",
  files: [{ name: "a.png", mimetype: "image/png" }],
};
const FORWARDED_TEXT =
  "[Forwarded from lev https://s.test/archives/C07KTH1T4CQ/p1724966776474889]\n" +
  "<this> is it,\n[File: a.png (image/png)]";

test("what was forwarded is in the text, behind what was said of it, and may be all of a direct message", () => {
  const direct = { type: "message", channel: "D1" };
  const fields = { attachments: [FORWARDED] };
  assert.equal(
    post("what is this?", { ...direct, fields }).text,
    `what is this?\n${FORWARDED_TEXT}`,
  );
  assert.equal(post("", { ...direct, fields }).text, FORWARDED_TEXT);
  // Who names the bot in a post that somebody else forwards has not called it.
  assert.equal(ignored("look", { type: "message", fields }), "unaddressed");
});

test("other attachments are left out, and what is forwarded has its limits", () => {
  const direct = { type: "message", channel: "D1" };
  const unfurled = { title: "A page", text: "of the web", from_url: "https://a.test" };
  assert.equal(
    post("see", { ...direct, fields: { attachments: [unfurled, null, 7] } }).text,
    "see",
  );
  const odd = [{ is_share: true, text: { no: "text" }, files: "none" }];
  assert.equal(
    post("", { ...direct, fields: { attachments: odd } }).text,
    "[Forwarded from somebody]",
  );
  const long = { is_share: true, text: "x".repeat(4_001), author_name: "y".repeat(9_000) };
  const { text } = post("", { ...direct, fields: { attachments: Array(11).fill(long) } });
  assert.deepEqual([text.split("[Forwarded from ").length - 1, text.includes("xx…")], [10, true]);
  assert.ok(text.length < 50_000, `${text.length}`);
});

test("all events of a channel are of one team, the bot's, whichever one they name (Slack Connect)", () => {
  const fields = { ts: "1.000001" };
  const named = { ...payloadOf("<@UBOT> hi", { fields }), is_ext_shared_channel: true };
  const keys = [
    named,
    { ...named, team_id: "T2", context_team_id: "T1" },
    { ...named, team_id: "T2", authorizations: [{ team_id: "T1" }] },
    { ...named, team_id: null, context_team_id: "T3" },
  ].map((payload) => {
    const event = read(payload);
    assert.ok(event.kind === "post", JSON.stringify(event));
    return [event.post.key, event.post.thread, event.post.team];
  });
  for (const key of keys) {
    assert.deepEqual(key, ["T1-C1-1.000001", "slack-T1-C1-1.000001", "T1"]);
  }
});

test("somebody from outside is known as such, and in doubt somebody is", () => {
  const isOutside = (event: object, callback: object = {}, identity: object = {}) => {
    const found = read({ ...payloadOf("<@UBOT> hi", { fields: event }), ...callback }, {
      identity: { ...OPTIONS.identity, ...identity },
    });
    assert.ok(found.kind === "post");
    return found.post.isOutside;
  };
  const [shared, inside] = [{ is_ext_shared_channel: true }, { is_ext_shared_channel: false }];
  const grid = { enterprise: "E1" };
  assert.ok(!isOutside({}));
  assert.ok(!isOutside({}, inside));
  assert.ok(isOutside({}, shared), "nobody knows where from");
  assert.ok(!isOutside({ team: "T1" }, shared));
  assert.ok(!isOutside({ team: "T2", user_team: "T1" }, shared), "the user's own team counts");
  for (const channel of [{}, shared, inside]) assert.ok(isOutside({ team: "T2" }, channel));
  assert.ok(!isOutside({ user_team: "E1" }, shared, grid));
  assert.ok(!isOutside({ user_team: "T2" }, inside, grid), "another workspace of the organization");
  assert.ok(isOutside({ user_team: "T2" }, shared, grid));
  assert.ok(isOutside({ user_team: "T2" }, {}, grid));
  // A post with files says nothing by itself; a file of somebody else says nothing of who shows it.
  const fileOf = (user: string, team: string) => ({ files: [{ user, user_team: team }] });
  assert.ok(!isOutside(fileOf("U1", "T1"), shared));
  assert.ok(isOutside(fileOf("U1", "T2"), shared));
  assert.ok(isOutside(fileOf("U2", "T1"), shared));
});

test("the workspace of a user is told as far as the event says", () => {
  assert.equal(post("<@UBOT> hi", { fields: { user_team: "T2", team: "T3" } }).userTeam, "T2");
  assert.equal(post("<@UBOT> hi", { fields: { team: "T3" } }).userTeam, "T3");
  assert.equal(post("<@UBOT> hi").userTeam, "T1");
});
