import assert from "node:assert/strict";
import { test } from "node:test";
import { bench, limited, refusal } from "./_test_support.ts";

test("A8: stop() waits for what runs, with the delivery of its reply, and says how it ended", async () => {
  const { slack, post, runs, web, sockets, clock, settle } = await bench();
  post("<@UBOT> hold");
  await settle();
  const stopping = slack.stop();
  await settle();
  assert.deepEqual([slack.state, sockets[0]!.state], ["draining", "open"]);
  runs[0]!.reply("done");
  const report = await stopping;
  assert.deepEqual([report.completed, report.cancelled, report.abandoned], [1, 0, 0]);
  assert.deepEqual([slack.state, sockets[0]!.state, web.said()], ["stopped", "closed", ["done"]]);
  assert.equal(clock.pending, 0);
});

test("A8: what comes during the drain is acknowledged, is not begun, and its sender is told", async () => {
  const { slack, post, runs, web, sockets, queue, settle } = await bench();
  post("<@UBOT> hold", { ts: "2.000001" });
  await settle();
  const stopping = slack.stop();
  post("<@UBOT> more", { thread: "2.000001" });
  await settle();
  assert.deepEqual([sockets[0]!.acked, queue.waiting], [["v1", "v2"], 0]);
  assert.match(web.said()[0]!, /about to be restarted/);
  runs[0]!.reply("done");
  const report = await stopping;
  assert.equal(report.completed, 2);
});

test("A8: a task whose event was being acknowledged when the stop began is drained, too", async () => {
  const { slack, post, sockets, web, settle } = await bench();
  sockets[0]!.isSlow = true;
  post("<@UBOT> hello");
  await settle();
  const stopping = slack.stop();
  await settle();
  assert.equal(slack.snapshot().tasks, 1);
  sockets[0]!.acking[0]!();
  const report = await stopping;
  assert.equal(report.completed, 1);
  assert.deepEqual(sockets[0]!.acked, ["v1"]);
  assert.match(web.said()[0]!, /about to be restarted/);
});

test("A8: at the deadline the rest is cancelled and waited for, and the people are told", async () => {
  const { slack, post, runs, web, clock, settle } = await bench();
  post("<@UBOT> hold 1", { ts: "2.000001" });
  post("<@UBOT> hold 2", { thread: "2.000001" });
  await settle();
  const stopping = slack.stop();
  clock.advance(29_999);
  await settle();
  assert.ok(!runs[0]!.signal.aborted);
  clock.advance(1);
  const report = await stopping;
  assert.deepEqual([runs[0]!.signal.aborted, report.cancelled], [true, 2]);
  assert.equal(web.said().filter((text) => /about to be restarted/.test(text)).length, 2);
});

test("QUIESCENT_AFTER_STOP: after the stop nothing is called, and no timer is left", async () => {
  const { slack, post, clock, web, settle } = await bench({ sign: "status", streaming: "stream" });
  post("<@UBOT> hello");
  await settle();
  await slack.stop();
  const calls = web.calls.length;
  clock.advance(600_000);
  await settle();
  assert.deepEqual([web.calls.length, clock.pending], [calls, 0]);
  const { tasks, lines, messages, signs, connections } = slack.snapshot();
  assert.deepEqual({ tasks, lines, messages, signs, connections }, {
    tasks: 0,
    lines: 0,
    messages: 0,
    signs: 0,
    connections: 0,
  });
});

test("stop() is safe before start(), twice and while it starts; every call has the one report", async () => {
  const unstarted = await bench({ isStarted: false });
  const [one, two] = [unstarted.slack.stop(), unstarted.slack.stop()];
  assert.equal(await one, await two);
  assert.equal(unstarted.slack.state, "stopped");
  await assert.rejects(unstarted.slack.start(), /Slack is stopped/);

  for (const method of ["auth.test", "apps.connections.open"]) {
    const { slack, web, sockets, settle } = await bench({ isStarted: false });
    web.hold(method);
    const starting = assert.rejects(slack.start(), /Slack is stopped/, method);
    await settle();
    await slack.stop();
    web.held[0]!.answer();
    await starting;
    await settle();
    assert.deepEqual([slack.state, sockets.length], ["stopped", 0], method);
  }
});

test("a token that is refused at the start is one clear error that names its variable", async () => {
  for (
    const [method, variable] of [
      ["auth.test", "SLACK_BOT_TOKEN"],
      ["apps.connections.open", "SLACK_APP_TOKEN"],
    ] as const
  ) {
    const fatal: string[] = [];
    const { slack, web, sockets } = await bench({
      isStarted: false,
      onFatal: ({ message }) => fatal.push(message),
    });
    web.failNext(method, refusal("invalid_auth"));
    const says = `Cannot use ${variable}: Slack says "invalid_auth"`;
    await assert.rejects(slack.start(), { name: "SlackAuthError", message: says });
    assert.deepEqual([slack.state, fatal, sockets.length], ["failed", [says], 0]);
    await slack.stop();
  }
});

test("a token that is revoked later stops Slack, once, and its sockets close", async () => {
  const fatal: string[] = [];
  const { slack, web, post, sockets, errors, settle } = await bench({
    onFatal: ({ message }) => fatal.push(message),
  });
  web.failNext("chat.postMessage", refusal("token_revoked"));
  post("<@UBOT> one", { ts: "2.000001" });
  await settle();
  assert.deepEqual(fatal, ['Cannot use SLACK_BOT_TOKEN: Slack says "token_revoked"']);
  assert.deepEqual([slack.state, sockets[0]!.state, errors.length], ["failed", "closed", 1]);
  const report = await slack.stop();
  assert.equal(report.abandoned, 0);
});

test("while Slack cannot be reached the start goes on trying", async () => {
  const { slack, web, clock, sockets, settle } = await bench({ isStarted: false });
  const unreachable = { code: "slack_webapi_request_error", message: "no route" };
  web.failNext("auth.test", unreachable, unreachable, unreachable, limited(2));
  const starting = slack.start();
  for (let n = 0; n < 6; n++) {
    await settle();
    clock.advance(2_000);
  }
  await settle();
  assert.equal(slack.state, "ready");
  sockets.at(-1)!.hello();
  await starting;
  await slack.stop();
});

test("what comes after the drain is left to come again, and holds up no close", async () => {
  const { slack, post, sockets, web, settle } = await bench();
  slack.closeIntake();
  await slack.drain();
  post("<@UBOT> too late");
  await settle();
  const closing = slack.close();
  await settle();
  assert.deepEqual([sockets[0]!.acked, sockets[0]!.state, web.said()], [[], "closed", []]);
  await closing;
});

test("while Slack is down at the start it is asked after 2, 4, 8 … 30 s, as Socket Mode does, until a stop", async () => {
  const retries: number[] = [];
  const { slack, web, clock, settle } = await bench({
    isStarted: false,
    random: () => 1,
    observer: { disconnected: (_why, retryMs) => retries.push(retryMs) },
  });
  const down = { code: "slack_webapi_request_error", message: "socket hang up" };
  web.failNext("auth.test", ...Array(100).fill(down));
  const starting = assert.rejects(slack.start(), { code: "slack_stopped" });
  for (let tries = 1; tries <= 6; tries++) {
    // The three tries of one call, after 750 and 1,500 ms.
    for (const ms of [750, 1_500]) {
      await settle();
      clock.advance(ms);
    }
    await settle();
    assert.equal(web.of("auth.test").length, 3 * tries);
    clock.advance(retries.at(-1)! - 1);
    await settle();
    assert.equal(web.of("auth.test").length, 3 * tries, "not before its time");
    if (tries < 6) clock.advance(1);
  }
  assert.deepEqual(retries, [2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  await slack.stop();
  await starting;
  assert.equal(clock.pending, 0);
});
