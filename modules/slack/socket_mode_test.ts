import { FakeClock, quiet } from "@lanekeeper/test/fake_clock";
import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeSockets, FakeWeb, limited, refusal } from "./_test_support.ts";
import { SlackCalls } from "./calls.ts";
import type { SlackAuthError } from "./errors.ts";
import type { OpenSocket } from "./socket.ts";
import { type EnvelopeDelivery, SocketMode } from "./socket_mode.ts";

const TIMES = { helloMs: 10_000, silenceMs: 45_000, retireMs: 5_000, closeMs: 1_000 };

function create(openSocket?: OpenSocket) {
  const web = new FakeWeb();
  const clock = new FakeClock();
  const { open, all: sockets } = fakeSockets();
  const deliveries: EnvelopeDelivery[] = [];
  const fatal: SlackAuthError[] = [];
  const trouble: [string, number][] = [];
  const onAuthError = (error: SlackAuthError) => void fatal.push(error);
  const calls = new SlackCalls({
    ...{ web, clock, onAuthError, random: () => 1, variable: "SLACK_APP_TOKEN" },
    ...{ waitingMax: 10, runningMax: 2, tryMs: 15_000, callMs: 120_000 },
  });
  const mode = new SocketMode({
    ...{ calls, openSocket: openSocket ?? open, clock, random: () => 1, times: TIMES },
    onEnvelope: (delivery) => deliveries.push(delivery),
    onTrouble: (why, retryMs) => trouble.push([why, retryMs]),
    onFatal: (error) => fatal.push(error),
  });
  return { web, clock, sockets, deliveries, fatal, trouble, mode };
}

async function connected() {
  const bench = create();
  const starting = bench.mode.start();
  await quiet();
  bench.sockets[0]!.hello();
  await starting;
  return bench;
}

const envelope = (id: string) => ({ type: "events_api", envelope_id: id, payload: { id } });

test("start() fulfils with Slack's hello", async () => {
  const { mode, sockets, clock } = create();
  let isStarted = false;
  const starting = mode.start().then(() => isStarted = true);
  await quiet();
  assert.deepEqual([sockets.length, isStarted, mode.isConnected], [1, false, false]);
  sockets[0]!.hello();
  await starting;
  assert.ok(mode.isConnected);
  await mode.stop();
  assert.deepEqual([mode.connections, clock.pending], [0, 0]);
});

test("an envelope is acknowledged on the connection on which it came", async () => {
  const { sockets, deliveries, mode } = await connected();
  sockets[0]!.say(envelope("v1"));
  sockets[0]!.say({ type: "disconnect", reason: "refresh_requested" });
  await quiet();
  sockets[1]!.hello();
  await deliveries[0]!.acknowledge();
  assert.deepEqual(sockets.map(({ acked }) => acked), [["v1"], []]);
  await mode.stop();
});

test("when Slack announces the end of a connection the next one takes over before it closes", async () => {
  const { sockets, deliveries, mode } = await connected();
  sockets[0]!.say({ type: "disconnect", reason: "warning" });
  await quiet();
  assert.deepEqual([sockets.length, sockets[0]!.state, mode.isConnected], [2, "open", true]);
  sockets[0]!.say(envelope("v1"));
  sockets[1]!.hello();
  await quiet();
  assert.equal(sockets[0]!.state, "open", "an acknowledgement is owed");
  await deliveries[0]!.acknowledge();
  await quiet();
  assert.deepEqual(sockets.map(({ state }) => state), ["closed", "open"]);
  assert.equal(mode.connections, 1);
  await mode.stop();
});

test("an acknowledgement that never goes out holds a connection for no longer than retireMs", async () => {
  const { sockets, clock, mode } = await connected();
  sockets[0]!.say(envelope("v1"));
  sockets[0]!.say({ type: "disconnect", reason: "warning" });
  await quiet();
  sockets[1]!.hello();
  clock.advance(TIMES.retireMs);
  await quiet();
  assert.equal(sockets[0]!.state, "closed");
  await mode.stop();
});

test("a connection that is lost is followed by another: at once, then after longer and longer waits", async () => {
  const { sockets, clock, trouble, mode } = await connected();
  const waits: number[] = [];
  for (let n = 0; n < 7; n++) {
    sockets.at(-1)!.cut();
    await quiet();
    const [, retryMs] = trouble.at(-1)!;
    waits.push(retryMs);
    clock.advance(retryMs);
    await quiet();
    sockets.at(-1)!.hello();
    await quiet();
  }
  assert.deepEqual(waits, [0, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  clock.advance(30_000); // the last one was a good one
  sockets.at(-1)!.cut();
  assert.equal(trouble.at(-1)![1], 0);
  await quiet();
  await mode.stop();
  assert.equal(clock.pending, 0);
});

test("a new connection that ends in the very step of its hello is followed by another", async () => {
  const { sockets, clock, mode } = await connected();
  sockets[0]!.say({ type: "disconnect", reason: "warning" });
  await quiet();
  for (const [n, delayMs] of [[1, 0], [2, 2_000], [3, 4_000]] as const) {
    sockets[n]!.hello();
    sockets[n]!.cut();
    await quiet();
    clock.advance(Math.max(0, delayMs - 1));
    await quiet();
    assert.equal(sockets.length, delayMs === 0 ? n + 2 : n + 1);
    clock.advance(1);
    await quiet();
    assert.equal(sockets.length, n + 2);
  }
  await mode.stop();
});

test("too_many_websockets takes no connection from others: the next try is after half a minute", async () => {
  const { sockets, clock, trouble, mode } = create();
  const starting = mode.start();
  await quiet();
  sockets[0]!.say({ type: "disconnect", reason: "too_many_websockets" });
  await quiet();
  assert.deepEqual([sockets[0]!.state, trouble], ["closed", [["too_many_websockets", 30_000]]]);
  clock.advance(29_999);
  await quiet();
  assert.equal(sockets.length, 1);
  clock.advance(1);
  await quiet();
  sockets[1]!.hello();
  await starting;
  sockets[1]!.say({ type: "disconnect", reason: "too_many_websockets" });
  await quiet();
  assert.deepEqual([mode.isConnected, sockets[1]!.state], [false, "closed"]);
  clock.advance(60_000);
  await quiet();
  assert.equal(sockets.length, 3);
  await mode.stop();
});

test("a socket that says no hello, and one whose other side is gone, are dropped and replaced", async () => {
  const { sockets, clock, mode } = create();
  const starting = mode.start();
  await quiet();
  clock.advance(TIMES.helloMs);
  await quiet();
  assert.equal(sockets[0]!.state, "closed");
  clock.advance(1_000);
  await quiet();
  sockets[1]!.hello();
  await starting;
  clock.advance(30_000);
  assert.equal(sockets[1]!.pings, 2);
  sockets[1]!.handlers.heard();
  clock.advance(30_000);
  assert.equal(sockets[1]!.state, "open");
  clock.advance(15_000);
  await quiet();
  assert.deepEqual([sockets[1]!.state, sockets.length], ["closed", 3]);
  await mode.stop();
});

test("apps.connections.open that fails or is limited is tried again", async () => {
  const { web, sockets, clock, mode } = create();
  web.failNext("apps.connections.open", limited(3), refusal("internal_error"));
  const starting = mode.start();
  for (const ms of [3_000, 1_000]) {
    await quiet();
    clock.advance(ms);
  }
  await quiet();
  sockets[0]!.hello();
  await starting;
  await mode.stop();
});

test("an address that is none is a failure like any other, and leaves no timer", async () => {
  const { clock, mode, trouble } = create(() => {
    throw new SyntaxError("Invalid URL");
  });
  const starting = assert.rejects(mode.start(), /Slack is stopped/);
  await quiet();
  assert.deepEqual(trouble, [["Invalid URL", 1_000]]);
  assert.equal(clock.pending, 1, "the next try");
  await mode.stop();
  await starting;
  assert.equal(clock.pending, 0);
});

test("a token that is refused, or Socket Mode that is off, is fatal and told once", async () => {
  const refused = create();
  refused.web.failNext("apps.connections.open", refusal("invalid_auth"));
  await assert.rejects(refused.mode.start(), /SLACK_APP_TOKEN.*invalid_auth/);
  const { sockets, fatal, mode } = await connected();
  sockets[0]!.say({ type: "disconnect", reason: "link_disabled" });
  await quiet();
  assert.deepEqual(fatal.map(({ slackError }) => slackError), ["link_disabled"]);
  assert.deepEqual([mode.connections, sockets.length], [0, 1]);
});

test("stop() while a connection is on its way leaves none behind, and nothing throws", async () => {
  const asking = create();
  asking.web.hold("apps.connections.open");
  const started = assert.rejects(asking.mode.start(), /Slack is stopped/);
  await quiet();
  await asking.mode.stop();
  await started;
  asking.web.held[0]!.answer({ url: "wss://late.test" });
  await quiet();
  assert.deepEqual([asking.sockets.length, asking.mode.connections], [0, 0]);

  const opening = create();
  const opened = assert.rejects(opening.mode.start(), /Slack is stopped/);
  await quiet();
  await opening.mode.stop();
  await opened;
  assert.equal(opening.sockets[0]!.state, "closed");

  const waiting = await connected();
  waiting.sockets[0]!.cut();
  await quiet();
  waiting.sockets[1]!.cut();
  await quiet();
  await waiting.mode.stop();
  assert.equal(waiting.clock.pending, 0);
  waiting.clock.advance(60_000);
  await quiet();
  assert.equal(waiting.sockets.length, 2);
});

test("stop() sends the last acknowledgements before the socket closes, and waits for the close", async () => {
  const { sockets, clock, deliveries, mode } = await connected();
  sockets[0]!.isDeaf = true;
  sockets[0]!.say(envelope("v1"));
  const stopped = mode.stop();
  const again = mode.stop();
  await quiet();
  assert.equal(sockets[0]!.state, "open");
  await deliveries[0]!.acknowledge();
  assert.deepEqual([sockets[0]!.acked, sockets[0]!.state], [["v1"], "closing"]);
  clock.advance(TIMES.closeMs);
  await Promise.all([stopped, again]);
  assert.equal(clock.pending, 0);
});

test("what is no message of Slack, and what comes after the end, is left alone", async () => {
  const { sockets, deliveries, mode } = await connected();
  for (const text of ["", "null", "7", "{", '"x"', "{}", '{"type":"events_api"}']) {
    sockets[0]!.handlers.message(text);
  }
  await mode.stop();
  sockets[0]!.say(envelope("v1"));
  assert.deepEqual(deliveries, []);
});
