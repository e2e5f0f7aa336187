import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { listen } from "../../modules/host/listen.ts";
import { drive, isPending, settled, until } from "../support/settle.ts";
import type { EventCallback } from "../support/slack/events.ts";
import type { RequestOptions } from "../support/slack/http_events.ts";
import { type SlackBench, withSlackHost } from "../support/slack/slack_bench.ts";
import type { Message } from "../support/slack/workspace.ts";

const URL = "http://localhost/slack/events";

/** Runs a test with Slack over HTTP alone: there is no app token, so no socket. */
function withHttp(run: (bench: SlackBench) => Promise<void>): Promise<void> {
  return withSlackHost(run, { surface: { appToken: undefined } });
}

/** Slack delivers what tells of this message. */
async function deliver(
  { slack, host }: SlackBench,
  message: Message,
  { index = 0, ...options }: RequestOptions & { readonly index?: number } = {},
): Promise<Response> {
  const callback = slack.eventsOf(message)[index] as EventCallback;
  const handler = (request: Request) => host.app.fetch(request);
  return await settled(slack.http.deliver({ handler, url: URL }, callback, options));
}

test("over HTTP an event is answered with 200 before its task starts, and its reply comes in the thread (A6)", () =>
  withHttp(async (bench) => {
    const { agent, slack, told } = bench;
    const asked = slack.person("ann").direct("hello");
    assert.equal((await deliver(bench, asked)).status, 200);
    const run = await agent.began("hello");
    assert.deepEqual(told.slice(0, 2), ["acknowledged hello", "started hello"]);
    assert.ok(!run.isSettled);
    run.reply();
    await until(() => slack.workspace.read(asked.channel).length === 2);
    assert.deepEqual(slack.workspace.read(asked.channel), ["ann: hello", "bot: re: hello"]);
    assert.equal(slack.socket.opened, 0);
  }));

test("over HTTP a retry runs nothing twice, and a failed message is run again by one (A7)", () =>
  withHttp(async (bench) => {
    const { agent, slack, told } = bench;
    const asked = slack.person("ann").direct("hello");
    await deliver(bench, asked);
    const run = await agent.began("hello");
    assert.equal((await deliver(bench, asked, { retryNum: 1 })).status, 200);
    await until(() => told.includes("duplicate hello"));
    run.fail(new Error("no model today"));
    await until(() => told.includes("failed hello"));
    assert.equal(bench.failures().length, 1);
    assert.equal((await deliver(bench, asked, { retryNum: 2 })).status, 200);
    (await agent.began("hello")).reply();
    await until(() => told.filter((line) => line === "completed hello").length === 2);
    assert.equal(agent.runs.length, 2);
  }));

test("over HTTP what Slack did not sign, or signed too long ago, gets 401 and runs nothing", () =>
  withHttp(async (bench) => {
    const { agent, slack, surface } = bench;
    const asked = slack.person("ann").direct("hello");
    const nowS = Math.floor(Date.now() / 1000);
    for (
      const wrong of [
        ...[{ signature: null }, { signature: "" }, { signature: "v0=00" }],
        ...[{ signature: `v0=${"0".repeat(64)}` }, { timestampS: nowS - 301 }],
        { timestampS: nowS + 301 },
      ]
    ) {
      assert.equal((await deliver(bench, asked, wrong)).status, 401, JSON.stringify(wrong));
    }
    assert.deepEqual([agent.log, surface.snapshot().tasks], [[], 0]);
  }));

test("over HTTP the address is verified", () =>
  withHttp(async ({ slack, host }) => {
    const handler = (request: Request) => host.app.fetch(request);
    assert.ok(await settled(slack.http.verifyUrl({ handler, url: URL })));
  }));

/** All that comes back for these bytes, when the server has closed the connection. */
function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    socket.setEncoding("utf8");
    socket.on("data", (text) => answer += text);
    socket.on("error", reject);
    socket.on("close", () => resolve(answer));
    socket.on("end", () => socket.end());
  });
}

test("over HTTP a body that is too large is answered, and the connection that it leaves unread says that it closes", () =>
  withHttp(async ({ host }) => {
    const fetch = (request: Request) => host.app.fetch(request);
    const listener = await listen({ hostname: "127.0.0.1", port: 0, fetch });
    const head = "POST /slack/events HTTP/1.1\r\nhost: localhost\r\n";
    const bytes = 1024 * 1024 + 1;
    const requests = [
      `${head}content-length: ${bytes}\r\n\r\n`,
      `${head}transfer-encoding: chunked\r\n\r\n${bytes.toString(16)}\r\n${"x".repeat(bytes)}\r\n`,
    ];
    try {
      for (const request of requests) {
        const answer = await settled(exchange(listener.port, request), "the end of the connection");
        assert.match(answer, /^HTTP\/1\.1 413 /);
        assert.match(answer, /^connection: close\r$/im);
      }
    } finally {
      await listener.close(1_000);
    }
  }));

test("over HTTP a host that drains takes no event, and what was taken is finished (SHUTDOWN_ORDER)", () =>
  withHttp(async (bench) => {
    const { agent, clock, host, slack } = bench;
    const asked = slack.person("ann").direct("hello");
    await deliver(bench, asked);
    const run = await agent.began("hello");
    const stopping = host.stop();
    const late = slack.person("ann").direct("late");
    assert.equal((await deliver(bench, late)).status, 503);
    assert.ok(await isPending(stopping));
    run.reply();
    await drive(clock, stopping);
    assert.deepEqual(slack.workspace.read(asked.channel), [
      ...["ann: hello", "ann: late", "bot: re: hello"],
    ]);
  }));
