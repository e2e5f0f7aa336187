import assert from "node:assert/strict";
import { test } from "node:test";
import { SessionGoneError } from "@lanekeeper/session-queue";
import { until } from "@lanekeeper/test/settle";
import { type Answer, type Bench, bench } from "./_test_support.ts";

function chat(it: Bench, message: string, more: object = {}): Promise<Answer> {
  return it.request("POST", "/api/chat", { body: { message, ...more } });
}

/** The first message runs, the second waits: what each of them is answered with. */
async function busy(it: Bench): Promise<{ first: Promise<Answer>; second: Promise<Answer> }> {
  await it.open();
  const first = chat(it, "hold first");
  await until(() => it.runs.length === 1);
  const second = chat(it, "second", { policy: "enqueue" });
  await until(() => it.queue.waiting === 1);
  return { first, second };
}

test("a reply is 200 with the session that ran it", async () => {
  const it = bench();
  await it.open();
  const { status, body } = await chat(it, "hello");
  assert.deepEqual([status, body], [200, {
    response: "re: hello",
    session_id: "s1",
    session_connected: true,
    message_id: "m1",
    outcome: "completed",
  }]);
});

test("a reply names the session that ran it, whatever the client has by then (REPLY_SESSION_MATCH)", async () => {
  const it = bench();
  await it.open();
  const answer = chat(it, "hold");
  await until(() => it.runs.length === 1);
  assert.equal(await it.open(), "s2");
  it.runs[0]?.reply("done");
  assert.deepEqual([(await answer).body.response, (await answer).body.session_id], ["done", "s1"]);
});

test("an empty reply is a reply", async () => {
  const it = bench();
  await it.open();
  const answer = chat(it, "hold");
  await until(() => it.runs.length === 1);
  it.runs[0]?.reply("");
  assert.deepEqual([(await answer).status, (await answer).body.response], [200, ""]);
});

test("a failure is 500 with what the error says and its type, never its stack", async () => {
  const it = bench();
  await it.open();
  const { status, body } = await chat(it, "fail loudly");
  assert.deepEqual([status, body], [500, {
    error: "fail loudly",
    type: "RangeError",
    session_connected: true,
    message_id: "m1",
    outcome: "failed",
  }]);
  assert.deepEqual(it.errors, ["POST /api/chat: RangeError: fail loudly"]);
});

test("a session that is gone is 409, is forgotten, and is no error of the server", async () => {
  const it = bench();
  await it.open();
  const answer = chat(it, "hold");
  await until(() => it.runs.length === 1);
  it.runs[0]?.fail(new SessionGoneError("s1"));
  assert.deepEqual([(await answer).status, (await answer).body.session_connected], [409, false]);
  assert.deepEqual(it.errors, []);
  assert.equal((await it.request("GET", "/api/session")).body.session_id, null);
});

test("a stopped message is 409, says who took it back, and leaves the session connected", async () => {
  const it = bench();
  const { first, second } = await busy(it);
  const stop = await it.request("POST", "/api/stop");
  assert.deepEqual(stop.body, { running: "settled", discarded: 1 });
  for (const [answer, id] of [[first, "m1"], [second, "m2"]] as const) {
    assert.deepEqual([(await answer).status, (await answer).body], [409, {
      error: "the message was cancelled",
      session_connected: true,
      in_flight: false,
      message_id: id,
      outcome: "cancelled",
      cause: "stopped",
    }]);
  }
});

test("a message that waited too long is 409 as expired", async () => {
  const it = bench({ limits: { waitMs: 1_000 } });
  const { first, second } = await busy(it);
  it.clock.advance(1_000);
  const { status, body } = await second;
  assert.deepEqual([status, body.error, body.outcome], [
    ...[409, "the message was expired", "expired"],
  ]);
  it.runs[0]?.reply("");
  await first;
});

test("a message that another one replaced is 409 as superseded", async () => {
  const it = bench();
  const { first, second } = await busy(it);
  const urgent = await chat(it, "urgent", { policy: "interrupt" });
  assert.equal(urgent.status, 200);
  assert.deepEqual([(await first).body.outcome, (await second).status], ["superseded", 200]);
});

test("a message that ran inside another one's turn is 200 and says inside which", async () => {
  const it = bench();
  const { first, second } = await busy(it);
  const bodies = ["third", "fourth"].map((text) => chat(it, text, { policy: "collect" }));
  await until(() => it.queue.waiting === 3);
  it.runs[0]?.reply("");
  await Promise.all([first, second]);
  const [third, fourth] = await Promise.all(bodies);
  assert.equal(third?.body.response, "re: third+fourth");
  assert.deepEqual([fourth?.status, fourth?.body.outcome, fourth?.body.merged_into], [
    ...[200, "merged", third?.body.message_id],
  ]);
});

test("a busy session is 409 in flight, a full queue 429", async () => {
  const it = bench({ limits: { waitingMax: 1 } });
  const { first, second } = await busy(it);
  const refused = await chat(it, "third");
  assert.deepEqual([refused.status, refused.body.in_flight], [409, true]);
  const full = await chat(it, "fourth", { policy: "enqueue" });
  assert.deepEqual([full.status, full.body.reason, full.body.outcome], [429, "full", "rejected"]);
  it.runs[0]?.reply("");
  await Promise.all([first, second]);
});

test("a message that the queue finds invalid is 400", async () => {
  const it = bench({ validate: ({ text }) => text !== "nonsense" });
  await it.open();
  const { status, body } = await chat(it, "nonsense");
  assert.deepEqual([status, body], [400, {
    error: "the message is not valid",
    reason: "invalid",
    message_id: "m1",
    outcome: "rejected",
  }]);
});

test("a queue that drains is 503, before the backend says so as well", async () => {
  const it = bench();
  await it.open();
  await it.queue.stopAll();
  const { status, body } = await chat(it, "too late");
  assert.deepEqual([status, body], [503, {
    error: "the server is draining",
    reason: "draining",
    message_id: "m1",
    outcome: "rejected",
  }]);
});

test("a chat and a stop need a session, and a server that is ready", async () => {
  const it = bench();
  const none = {
    error: "no session: create one with POST /api/session",
    session_connected: false,
  };
  assert.deepEqual((await chat(it, "hello")).body, none);
  assert.deepEqual((await it.request("POST", "/api/stop")).body, none);
  for (const state of ["starting", "draining"] as const) {
    it.state = state;
    const { status, body } = await chat(it, "hello");
    assert.deepEqual([status, body], [503, { error: `the server is ${state}`, reason: state }]);
  }
});

test("a server that is not ready says so before it looks at the body (QUIESCENT_AFTER_STOP)", async () => {
  const it = bench();
  it.state = "starting";
  assert.equal((await it.request("POST", "/api/chat", { body: "{" })).status, 503);
});

test("a stop passes the level and what becomes of the queue on", async () => {
  const it = bench();
  const asked: unknown[] = [];
  await it.open();
  it.queue.stop = (session, options) => {
    asked.push([session, options]);
    return Promise.resolve({ running: "none", discarded: 0 });
  };
  await it.request("POST", "/api/stop");
  await it.request("POST", "/api/stop", { body: { level: "graceful", queued: "keep" } });
  assert.deepEqual(asked, [["s1", {}], ["s1", { level: "graceful", queued: "keep" }]]);
});

test("a message id that waits or runs on the session is refused, and free again after it (DEDUPE_SOUND)", async () => {
  const it = bench();
  await it.open();
  const headers = { "x-message-id": "mine" };
  const first = it.request("POST", "/api/chat", { body: { message: "hold first" }, headers });
  await until(() => it.runs.length === 1);
  const body = { message: "second", policy: "enqueue" };
  const again = await it.request("POST", "/api/chat", { body, headers });
  assert.deepEqual([again.status, again.body], [409, {
    error: 'message "mine" is on its way already',
    session_connected: true,
    in_flight: true,
  }]);
  it.runs[0]?.reply("done");
  assert.equal((await first).status, 200);
  assert.equal((await it.request("POST", "/api/chat", { body, headers })).status, 200);
});
