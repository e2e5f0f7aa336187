import { FakeClock, quiet } from "@lanekeeper/test/fake_clock";
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeWeb, payloadOf, refusal } from "./_test_support.ts";
import { SlackCalls } from "./calls.ts";
import { readPost, type SlackPost } from "./post.ts";
import { Signs } from "./signs.ts";

function create(mode: "status" | "reaction" | "off" = "status") {
  const web = new FakeWeb();
  const clock = new FakeClock();
  const calls = new SlackCalls({
    ...{ web, clock, random: () => 0.5, variable: "SLACK_BOT_TOKEN", onAuthError: () => {} },
    ...{ waitingMax: 10, runningMax: 2, tryMs: 15_000, callMs: 120_000 },
  });
  const signs = new Signs({ calls, clock, mode, status: "works", emoji: "eyes" });
  const told = () =>
    web.calls.map(({ method, args }) =>
      method === "assistant.threads.setStatus"
        ? `status "${args["status"]}"`
        : `${method.replace("reactions.", "")} ${args["timestamp"]}`
    );
  return { web, clock, signs, told };
}

function postAt(ts: string, channel = "C1"): SlackPost {
  const type = channel.startsWith("D") ? "message" : "app_mention";
  const thread = channel.startsWith("D") ? {} : { thread: "1.1" };
  const event = readPost(payloadOf("x", { ts, channel, type, ...thread }), {
    identity: { userId: "UBOT", botId: undefined, team: "T1", enterprise: undefined },
    directMessages: "conversation",
  });
  assert.ok(event.kind === "post");
  return event.post;
}

test("a thread shows a status from the first of its posts to the last, and again after each reply", async () => {
  const { clock, signs, told } = create();
  const first = signs.begin(postAt("1.2"));
  const second = signs.begin(postAt("1.3"));
  first.working();
  await quiet();
  assert.deepEqual(told(), ['status "works"']);
  await first.end();
  second.working(); // the reply took the status away
  await quiet();
  await second.end();
  await second.end();
  assert.deepEqual(told(), ['status "works"', 'status "works"', 'status ""']);
  assert.deepEqual([signs.size, clock.pending], [0, 0]);
});

test("a long turn's status is shown again before Slack takes it away", async () => {
  const { clock, signs, told } = create();
  const sign = signs.begin(postAt("1.2"));
  for (let n = 0; n < 3; n++) {
    await quiet();
    clock.advance(90_000);
  }
  await quiet();
  assert.equal(told().length, 4);
  await sign.end();
  assert.equal(clock.pending, 0);
});

test("where Slack has no status, and in a direct conversation, the post gets a reaction", async () => {
  const { web, signs, told } = create();
  web.failNext("assistant.threads.setStatus", refusal("unknown_method"));
  const sign = signs.begin(postAt("1.2"));
  await quiet();
  await sign.end();
  const later = signs.begin(postAt("1.3"));
  await quiet();
  await later.end();
  assert.deepEqual(told(), ['status "works"', "add 1.2", "remove 1.2", "add 1.3", "remove 1.3"]);
  const direct = create();
  const plain = direct.signs.begin(postAt("1.2", "D1"));
  await plain.end();
  assert.deepEqual(direct.told(), ["add 1.2", "remove 1.2"]);
});

test("where Slack has no status for one thread its posts get reactions, and other threads keep theirs", async () => {
  const { web, signs, told } = create();
  web.failNext("assistant.threads.setStatus", refusal("invalid_thread_ts"));
  const sign = signs.begin(postAt("1.2"));
  await quiet();
  await sign.end();
  const later = signs.begin(postAt("1.3"));
  await quiet();
  await later.end();
  assert.deepEqual(told(), [
    'status "works"',
    "add 1.2",
    'status ""',
    "remove 1.2",
    'status "works"',
    'status ""',
  ]);
});

test("a reaction is taken away after it was put there, and not if it could not be", async () => {
  const { web, signs, told } = create("reaction");
  web.hold("reactions.add");
  const sign = signs.begin(postAt("1.2"));
  const ended = sign.end();
  await quiet();
  assert.deepEqual(told(), ["add 1.2"]);
  web.held[0]!.answer();
  await ended;
  assert.deepEqual(told(), ["add 1.2", "remove 1.2"]);
  web.failNext("reactions.add", refusal("is_archived"));
  await signs.begin(postAt("1.3")).end();
  assert.equal(told().length, 3);
});

test("a sign that goes wrong keeps nobody from working", async () => {
  const { web, signs } = create("reaction");
  web.failNext("reactions.remove", refusal("no_reaction"));
  await signs.begin(postAt("1.2")).end();
  const status = create();
  status.web.failNext("assistant.threads.setStatus", new Error("odd"), new Error("odd"));
  const sign = status.signs.begin(postAt("1.2"));
  await quiet();
  status.clock.advance(10_000);
  await quiet();
  status.clock.advance(10_000);
  await sign.end();
});

test("with signs off there are none", async () => {
  const { signs, told } = create("off");
  const sign = signs.begin(postAt("1.2"));
  sign.working();
  await sign.end();
  assert.deepEqual(told(), []);
});
