import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpEvents, signature } from "./http_events.ts";
import { withSlack } from "./loopback_slack.ts";

const URL = "http://app.example/slack/events";

test("a request is signed as in Slack's own example", () => {
  // The secret, time, body and signature are those of Slack's page about verifying requests.
  const body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow" +
    "&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner" +
    "&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands" +
    "%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121" +
    ".803a0bc887a14d10d2c447fce8b6703c";
  assert.equal(
    signature(body, { secret: "8f742231b10e8888abcd99yyyzzz85a5", timestampS: 1531420618 }),
    "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
  );
});

test("an event is posted to a handler with its signature, and a retry says that it is one", () =>
  withSlack(async (slack) => {
    const seen: Request[] = [];
    const handler = (request: Request) => {
      seen.push(request);
      return new Response("");
    };
    slack.person("ann").post("hello", { channel: slack.channel() });
    const [callback] = slack.events;
    assert.ok(callback !== undefined);
    await slack.http.deliver({ handler, url: URL }, callback);
    await slack.http.deliver({ handler, url: URL }, callback, { retryNum: 1 });
    const [first, again] = seen;
    const retry = (request?: Request) =>
      ["num", "reason"].map((name) => request?.headers.get(`x-slack-retry-${name}`));
    assert.deepEqual([retry(first), retry(again)], [[null, null], ["1", "http_timeout"]]);
    const body = await first?.text() ?? "";
    assert.equal(JSON.parse(body).event.text, "hello");
    const timestampS = Number(first?.headers.get("x-slack-request-timestamp"));
    assert.equal(
      first?.headers.get("x-slack-signature"),
      signature(body, { secret: slack.signingSecret, timestampS }),
    );
    assert.equal(slack.socket.waiting, 0, "nothing goes over the socket");
  }, { delivers: "none" }));

test("a wrong signature, none, and an old time can be sent", () => {
  const http = new HttpEvents("secret");
  const sent = (options: Parameters<HttpEvents["request"]>[2]) =>
    http.request(URL, {}, options).headers;
  assert.equal(sent({ signature: "v0=00" }).get("x-slack-signature"), "v0=00");
  assert.equal(sent({ signature: null }).get("x-slack-signature"), null);
  assert.equal(sent({ timestampS: 1 }).get("x-slack-request-timestamp"), "1");
});

test("an address is good if it answers with the challenge, as text or as JSON, and not otherwise", async () => {
  const http = new HttpEvents("secret");
  const verify = (answer: (challenge: string) => Response) =>
    http.verifyUrl({
      url: URL,
      handler: async (request) => answer((await request.json()).challenge),
    });
  assert.ok(await verify((challenge) => new Response(challenge)));
  assert.ok(await verify((challenge) => Response.json({ challenge })));
  assert.ok(!await verify(() => new Response("ok")));
  assert.ok(!await verify((challenge) => new Response(challenge, { status: 401 })));
});
