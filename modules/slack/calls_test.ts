import { FakeClock, quiet } from "@lanekeeper/test/fake_clock";
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeWeb, limited, refusal } from "./_test_support.ts";
import { SlackCalls } from "./calls.ts";
import {
  SlackAuthError,
  SlackBusyError,
  SlackCallError,
  SlackStoppedError,
  SlackUnreachableError,
} from "./errors.ts";

function create(limits: { waitingMax?: number; runningMax?: number } = {}) {
  const web = new FakeWeb();
  const clock = new FakeClock();
  const refused: SlackAuthError[] = [];
  const calls = new SlackCalls({
    web,
    variable: "SLACK_BOT_TOKEN",
    clock,
    random: () => 0.5,
    waitingMax: 10,
    runningMax: 2,
    tryMs: 1_000,
    callMs: 60_000,
    onAuthError: (error) => refused.push(error),
    ...limits,
  });
  return { web, clock, calls, refused };
}

const LOST = { code: "slack_webapi_request_error", message: "socket hang up" };
const UNSENT = {
  code: "slack_webapi_request_error",
  original: { cause: { code: "ECONNREFUSED" } },
};

test("a method that Slack limits rests for as long as Slack says, and no other one does", async () => {
  const { web, clock, calls } = create();
  web.failNext("reactions.add", limited(7));
  const done: string[] = [];
  calls.call("reactions.add", { n: 1 }).then(() => done.push("first"));
  await quiet();
  calls.call("reactions.add", { n: 2 }).then(() => done.push("second"));
  calls.call("reactions.remove", {}).then(() => done.push("other"));
  await quiet();
  assert.deepEqual(done, ["other"]);
  clock.advance(6_999);
  await quiet();
  assert.equal(web.of("reactions.add").length, 1);
  clock.advance(1);
  await quiet();
  assert.deepEqual(done, ["other", "first", "second"]);
  assert.deepEqual(web.of("reactions.add").map(({ n }) => n), [1, 1, 2]);
  assert.equal(clock.pending, 0);
});

test("a call that was limited goes before those that came after it", async () => {
  const { web, clock, calls } = create({ runningMax: 1 });
  web.failNext("chat.update", limited(1));
  const both = [1, 2].map((n) => calls.call("chat.update", { n }));
  await quiet();
  clock.advance(1_000);
  await Promise.all(both);
  assert.deepEqual(web.of("chat.update").map(({ n }) => n), [1, 1, 2]);
});

test("FIFO: calls that are limited together go out in the order in which they came", async () => {
  const { web, clock, calls } = create({ runningMax: 3 });
  web.failNext("chat.postMessage", limited(5), limited(5), limited(5));
  const all = ["A", "B", "C"].map((text) => calls.call("chat.postMessage", { text }));
  await quiet();
  clock.advance(5_000);
  await Promise.all(all);
  assert.equal(web.of("chat.postMessage").map(({ text }) => text).join(""), "ABCABC");
});

test("being limited counts as no try: it was not done, and is tried until it is", async () => {
  const { web, clock, calls } = create();
  web.failNext("chat.update", limited(1), limited(1), limited(1), limited(1), LOST);
  const done = calls.call("chat.update", {});
  for (let n = 0; n < 5; n++) {
    await quiet();
    clock.advance(1_000);
  }
  await done;
  assert.equal(web.of("chat.update").length, 6);
});

test("what is posted is limited for each channel by itself", async () => {
  const { web, clock, calls } = create();
  web.failNext("chat.postMessage", limited(30));
  calls.call("chat.postMessage", { channel: "C1" });
  await quiet();
  await calls.call("chat.postMessage", { channel: "C2" });
  assert.deepEqual(web.of("chat.postMessage").map(({ channel }) => channel), ["C1", "C2"]);
  clock.advance(30_000);
  await quiet();
  assert.equal(web.of("chat.postMessage").length, 3);
});

test("a call that Slack makes wait for longer than a call may is given up", async () => {
  const { web, clock, calls } = create();
  web.failNext("chat.update", limited(61));
  await assert.rejects(calls.call("chat.update", {}), SlackBusyError);
  const late = assert.rejects(calls.call("chat.update", {}), SlackBusyError);
  clock.advance(60_000);
  await late;
  assert.equal(clock.pending, 0);
});

test("an answer that does not come is asked for again, three times in all, where that is safe", async () => {
  const { web, clock, calls } = create();
  web.failNext("chat.update", LOST, LOST, LOST);
  const failed = assert.rejects(calls.call("chat.update", {}), SlackUnreachableError);
  for (const ms of [500, 1_000]) {
    await quiet();
    clock.advance(ms);
  }
  await failed;
  assert.equal(web.of("chat.update").length, 3);
});

test("a text whose answer was lost is not said twice; one that was never sent is tried again", async () => {
  const { web, clock, calls } = create();
  web.failNext("chat.postMessage", LOST);
  await assert.rejects(calls.call("chat.postMessage", {}), SlackUnreachableError);
  assert.equal(web.of("chat.postMessage").length, 1);
  web.failNext("chat.postMessage", UNSENT);
  const said = calls.call("chat.postMessage", {});
  await quiet();
  clock.advance(500);
  await said;
  assert.equal(web.of("chat.postMessage").length, 3);
  const status = (statusCode: number) => ({ code: "slack_webapi_http_error", statusCode });
  web.failNext("chat.postMessage", status(502));
  await assert.rejects(calls.call("chat.postMessage", {}), /status 502/);
  web.failNext("chat.postMessage", status(503));
  const later = calls.call("chat.postMessage", {});
  await quiet();
  clock.advance(500);
  await later;
  assert.equal(web.of("chat.postMessage").length, 6);
});

test("a try has its time, and what comes later is left alone", async () => {
  const { web, clock, calls } = create();
  web.hold("chat.appendStream");
  const late = assert.rejects(calls.call("chat.appendStream", {}), /took longer than 1000 ms/);
  clock.advance(1_000);
  await late;
  web.held[0]!.answer();
  await quiet();
  assert.deepEqual([calls.running, clock.pending], [0, 0]);
});

test("BOUNDED_STATE: so many calls run, so many wait, and one more is refused", async () => {
  const { web, calls } = create({ waitingMax: 1, runningMax: 1 });
  web.hold("chat.update");
  const first = calls.call("chat.update", {});
  const second = calls.call("chat.update", {});
  assert.deepEqual([calls.running, calls.waiting], [1, 1]);
  await assert.rejects(calls.call("chat.update", {}), SlackBusyError);
  web.held.shift()!.answer({ n: 1 });
  await first;
  await quiet();
  web.held.shift()!.answer({ n: 2 });
  assert.deepEqual(await second, { n: 2 });
});

test("a call that waits is taken out by its signal; one under way is waited for", async () => {
  const { web, calls } = create({ runningMax: 1 });
  web.hold("chat.update");
  const controller = new AbortController();
  const { signal } = controller;
  const running = calls.call("chat.update", {}, { signal });
  const waiting = calls.call("chat.update", {}, { signal });
  controller.abort(new Error("cancelled"));
  await assert.rejects(waiting, /cancelled/);
  await assert.rejects(calls.call("chat.update", {}, { signal }), /cancelled/);
  web.held[0]!.answer({ done: true });
  assert.deepEqual(await running, { done: true });
  assert.equal(web.of("chat.update").length, 1);
});

test("what Slack refuses is told in its words, and a scope that is missing ends nothing", async () => {
  const { web, calls, refused } = create();
  web.failNext("chat.update", refusal("message_not_found"), refusal("missing_scope"));
  await assert.rejects(
    calls.call("chat.update", {}),
    new SlackCallError("chat.update", "message_not_found"),
  );
  await assert.rejects(calls.call("chat.update", {}), SlackCallError);
  assert.deepEqual(refused, []);
});

test("a token that is refused ends it, is told once, and names its variable", async () => {
  const { web, calls, refused } = create({ runningMax: 1 });
  web.failNext("chat.update", refusal("token_revoked"));
  const both = [calls.call("chat.update", {}), calls.call("reactions.add", {})];
  for (const call of both) await assert.rejects(call, SlackAuthError);
  await assert.rejects(calls.call("chat.update", {}), SlackAuthError);
  assert.deepEqual(refused.map(({ message }) => message), [
    'Cannot use SLACK_BOT_TOKEN: Slack says "token_revoked"',
  ]);
  assert.equal(web.calls.length, 1);
});

test("what one call may not do ends that call, and no other", async () => {
  const { web, calls, refused } = create();
  const errors = ["team_access_not_granted", "not_allowed_token_type", "org_login_required"];
  web.failNext("chat.startStream", ...errors.map(refusal));
  for (const error of errors) {
    await assert.rejects(
      calls.call("chat.startStream", {}),
      new SlackCallError("chat.startStream", error),
    );
  }
  await calls.call("chat.postMessage", {});
  assert.deepEqual(refused, []);
});

test("a token of which Slack does not even say whose it is is of no use, whatever it lacks", async () => {
  const { web, calls } = create();
  web.failNext("auth.test", refusal("missing_scope"));
  await assert.rejects(calls.call("auth.test", {}), SlackAuthError);
});

test("close() refuses what waits and what comes, and leaves no timer", async () => {
  const { web, clock, calls } = create();
  web.failNext("chat.update", limited(5));
  const waiting = assert.rejects(calls.call("chat.update", {}), SlackStoppedError);
  await quiet();
  calls.close();
  calls.close();
  await waiting;
  await assert.rejects(calls.call("chat.update", {}), SlackStoppedError);
  assert.equal(clock.pending, 0);
});
