import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { type Bench, bench, payloadOf } from "./_test_support.ts";
import { isSignedBySlack } from "./signature.ts";

const SECRET = "8f742231b10e8888abcd99yyyzzz85a5";
const NOW_S = 1_531_420_618;

function sign(body: string, timestamp: string | number = NOW_S, secret = SECRET): string {
  return `v0=${createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex")}`;
}

function request(
  { slack }: Bench,
  body: string,
  headers: Record<string, string> = {},
): Response | Promise<Response> {
  return slack.app.request("/slack/events", {
    method: "POST",
    body,
    headers: {
      "x-slack-request-timestamp": String(NOW_S),
      "x-slack-signature": sign(body),
      ...headers,
    },
  });
}

function create(options: Parameters<typeof bench>[0] = {}): Promise<Bench> {
  return bench({ signingSecret: SECRET, wallClockMs: () => NOW_S * 1_000, ...options });
}

test("the example of Slack's own documentation is signed by Slack", () => {
  const body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&" +
    "channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&" +
    "command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2F" +
    "T1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121." +
    "803a0bc887a14d10d2c447fce8b6703c";
  const signed = {
    body: new TextEncoder().encode(body),
    timestamp: "1531420618",
    signature: "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
  };
  assert.ok(isSignedBySlack(signed, { secret: SECRET, nowS: NOW_S }));
  assert.ok(
    !isSignedBySlack({ ...signed, timestamp: "1531420619" }, { secret: SECRET, nowS: NOW_S }),
  );
});

test("url_verification is answered with its challenge, if it is signed", async () => {
  const slack = await create();
  const body = JSON.stringify({ type: "url_verification", challenge: "3eZbrw1a" });
  const answer = await request(slack, body);
  assert.deepEqual([answer.status, await answer.json()], [200, { challenge: "3eZbrw1a" }]);
  assert.equal((await request(slack, body, { "x-slack-signature": "v0=00" })).status, 401);
});

test("a signature that is wrong, missing, of another body or too old is refused, and nothing is read", async () => {
  const slack = await create();
  const body = JSON.stringify(payloadOf("<@UBOT> hello"));
  const refused: Record<string, string>[] = [
    { "x-slack-signature": sign(`${body} `) },
    { "x-slack-signature": sign(body, NOW_S, "another-secret") },
    { "x-slack-signature": "" },
    { "x-slack-signature": sign(body).slice(0, -1) },
    { "x-slack-request-timestamp": "", "x-slack-signature": sign(body, "") },
    { "x-slack-request-timestamp": "abc", "x-slack-signature": sign(body, "abc") },
  ];
  for (const age of [301, -301]) {
    const timestamp = String(NOW_S - age);
    refused.push({
      "x-slack-request-timestamp": timestamp,
      "x-slack-signature": sign(body, timestamp),
    });
  }
  for (const headers of refused) {
    assert.equal((await request(slack, body, headers)).status, 401, JSON.stringify(headers));
  }
  const timestamp = String(NOW_S - 300);
  const headers = {
    "x-slack-request-timestamp": timestamp,
    "x-slack-signature": sign(body, timestamp),
  };
  assert.equal((await request(slack, body, headers)).status, 200);
  await slack.settle();
  assert.equal(slack.log.filter((line) => line.startsWith("started")).length, 1);
});

test("an event is answered when it was accepted, and does not wait for its handler", async () => {
  const slack = await create();
  const answer = await request(slack, JSON.stringify(payloadOf("<@UBOT> hold on")));
  assert.equal(answer.status, 200);
  await slack.settle();
  assert.deepEqual(slack.log, ["acknowledged: hold on", "started: hold on"]);
  slack.runs[0]!.reply("done");
  await slack.settle();
  assert.deepEqual(slack.web.said(), ["done"]);
});

test("an event's task starts after its answer was returned to the server (A6)", async () => {
  const slack = await create();
  const body = JSON.stringify(payloadOf("<@UBOT> hold on"));
  const server = async () => void slack.log.push(`${(await request(slack, body)).status}`);
  await server();
  assert.deepEqual(slack.log, ["200"]);
  await slack.settle();
  assert.deepEqual(slack.log, ["200", "acknowledged: hold on", "started: hold on"]);
});

test("an event's task waits for a server that tells when the answer was sent, and so does a drain", async () => {
  const sent: (() => void)[] = [];
  const slack = await create({ afterAnswer: (fn) => void sent.push(fn) });
  assert.equal((await request(slack, JSON.stringify(payloadOf("<@UBOT> hello")))).status, 200);
  const stopping = slack.slack.stop();
  await slack.settle();
  assert.deepEqual([slack.log, sent.length], [[], 1]);
  sent[0]!();
  assert.equal((await stopping).completed, 1);
  assert.deepEqual(slack.log, ["acknowledged: hello", "started: hello", "completed: hello"]);
});

test("an event that is not accepted gets 503, so that it comes again; so does one that comes too late", async () => {
  const slack = await create({ accept: () => Promise.reject(new Error("the disk is full")) });
  const body = JSON.stringify(payloadOf("<@UBOT> hello"));
  assert.equal((await request(slack, body)).status, 503);
  slack.slack.closeIntake();
  assert.equal((await request(slack, body)).status, 503);
  await slack.settle();
  assert.deepEqual(slack.log, ["unacknowledged: the disk is full"]);
});

test("a body that is no JSON object gets 400, and one that is too large 413", async () => {
  const slack = await create();
  for (const body of ["", "x", "7", "null", "[]"]) {
    assert.equal((await request(slack, body)).status, 400, body);
  }
  const refused = await request(slack, "x".repeat(1024 * 1024 + 1));
  assert.deepEqual([refused.status, refused.headers.get("connection")], [413, "close"]);
});

test("without a secret there is no such route", async () => {
  const slack = await bench();
  assert.equal((await request(slack, "{}")).status, 404);
});
