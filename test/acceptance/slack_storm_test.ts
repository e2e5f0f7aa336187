import { Random } from "@lanekeeper/harness";
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { quiet } from "../support/fake_clock.ts";
import { until } from "../support/settle.ts";
import { PATIENT, type SlackBench, withSlackHost } from "../support/slack/slack_bench.ts";
import type { CutMoment } from "../support/slack/socket_mode.ts";
import type { Message } from "../support/slack/workspace.ts";

/** Another storm: `LANEKEEPER_SEED=7 npm test -- --package test`. */
const SEED = Number(process.env["LANEKEEPER_SEED"] ?? 1);
const MESSAGES = 1_000;
const THREADS = 50;
const REDELIVERED = MESSAGES / 10;
const CUTS = 20;
const REFRESHES = 5;
const RATE_LIMITS = 10;
/** Slack's own: an event that is not acknowledged by then is delivered again. */
const ACK_MS_MAX = 3_000;
/** Events on the way at which the people wait for a moment. */
const BACKLOG_MAX = 40;
/** Rather an error than a test that never ends. */
const STEPS_MAX = 100_000;

/** What happens in a storm, and after which message. */
interface Plan {
  readonly cuts: ReadonlyMap<number, CutMoment | "now">;
  readonly refreshes: ReadonlySet<number>;
  readonly rateLimits: ReadonlySet<number>;
  readonly redelivered: ReadonlySet<number>;
}

/** What was seen of it. */
interface Seen {
  /** The turns, in the order in which they began. */
  readonly turns: { readonly text: string; readonly order: number }[];
  /** How the messages ended, in the words of the queue. */
  readonly outcomes: string[];
  readonly posted: Message[];
}

function plan(random: Random): Plan {
  const moments: (CutMoment | "now")[] = ["before-ack", "ack-lost", "after-ack", "now"];
  const cuts = [...sample(random, CUTS)].map((at, n) => [at, moments[n % moments.length]] as const);
  return {
    cuts: new Map(cuts as [number, CutMoment | "now"][]),
    refreshes: sample(random, REFRESHES),
    rateLimits: sample(random, RATE_LIMITS),
    redelivered: sample(random, REDELIVERED),
  };
}

/** So many different messages. */
function sample(random: Random, count: number): Set<number> {
  const found = new Set<number>();
  while (found.size < count) found.add(random.below(MESSAGES - 10));
  return found;
}

/** Posts the message of this number: the first of its thread, or one more in it. */
function post({ slack, channel }: SlackBench, n: number, { random, posted }: {
  random: Random;
  posted: readonly Message[];
}): Message {
  const person = slack.person(["ann", "bob", "cid"][random.below(3)] as string);
  const mentionFirst = random.below(2) === 0;
  const root = posted[n < THREADS ? -1 : random.below(THREADS)];
  if (root === undefined) return person.post(textOf(n), { channel, mention: true, mentionFirst });
  const mention = random.below(10) === 0;
  return person.post(textOf(n), { channel, thread: root, mention, mentionFirst });
}

function textOf(n: number): string {
  return `message ${n}.`;
}

/** One step of everybody who is not the person: the agent goes on, and time does. */
async function step(bench: SlackBench, random: Random): Promise<void> {
  const { agent, clock } = bench;
  await quiet();
  for (const run of agent.runs.filter(({ isSettled }) => !isSettled)) {
    const luck = random.below(10);
    if (luck === 0) run.turn.emit("re: ");
    if (luck < 3) run.reply();
  }
  if (!bench.passRetry()) clock.advance(random.below(20));
}

/** As many steps as it takes. */
async function steps(
  bench: SlackBench,
  random: Random,
  isOver: () => boolean,
): Promise<void> {
  for (let count = 0; !isOver(); count++) {
    assert.ok(count < STEPS_MAX, "the storm does not end");
    await step(bench, random);
  }
}

/** Cuts the socket, one of those that there really are. */
async function cut(bench: SlackBench, random: Random, { moment, count }: {
  moment: CutMoment | "now";
  /** How many were cut before. */
  count: number;
}): Promise<void> {
  const { socket } = bench.slack;
  await steps(bench, random, () => socket.cuts === count && socket.connections.length > 0);
  if (moment === "now") socket.connections.at(-1)?.cut();
  else socket.cutNext(moment);
}

async function storm(bench: SlackBench, { random, seen }: {
  random: Random;
  seen: Seen;
}): Promise<void> {
  const { slack } = bench;
  const { cuts, refreshes, rateLimits, redelivered } = plan(random.fork());
  const again: { readonly at: number; readonly message: Message }[] = [];
  let count = 0;
  for (let n = 0; n < MESSAGES; n++) {
    await steps(bench, random, () => slack.socket.waiting + slack.socket.unanswered < BACKLOG_MAX);
    const moment = cuts.get(n);
    if (moment !== undefined) await cut(bench, random, { moment, count: count++ });
    if (refreshes.has(n)) slack.socket.disconnectAll("warning");
    if (rateLimits.has(n)) {
      slack.faults.next("chat.postMessage", { kind: "ratelimited", retryAfterS: 1 });
    }
    const message = post(bench, n, { random, posted: seen.posted });
    seen.posted.push(message);
    if (redelivered.has(n)) again.push({ at: n + random.below(30), message });
    for (const { message: { ts } } of again.filter(({ at }) => at === n)) {
      const events = slack.events.filter(({ event }) => event["ts"] === ts);
      slack.redeliver(events[random.below(events.length)] as (typeof events)[number]);
    }
    for (let left = random.below(4); left > 0; left--) await step(bench, random);
  }
  await steps(
    bench,
    random,
    () =>
      slack.socket.waiting === 0 && slack.socket.unanswered === 0 &&
      bench.surface.snapshot().tasks === 0,
  );
}

/** No turn began before an acknowledgement of its message was out (`ACK_BEFORE_DEADLINE`). */
function assertAcknowledgedFirst({ wire }: SlackBench, { turns, posted }: Seen): void {
  for (const { text, order } of turns) {
    const message = posted[Number(/\d+/.exec(text)?.[0])] as Message;
    const sent = wire.of(message).map(({ sentOrder = Infinity }) => sentOrder);
    assert.ok(Math.min(...sent) < order, `"${text}" began before its acknowledgement was out`);
  }
}

/** Turns of a thread begin in the order in which its messages were taken (`FIFO`). */
function assertOrder({ wire }: SlackBench, { turns, posted }: Seen): number {
  const began = new Map(turns.map(({ text, order }) => [text, order]));
  let inOrderOfPosting = 0;
  for (const root of posted.slice(0, THREADS)) {
    const texts = posted.flatMap((message, n) =>
      message === root || message.threadTs === root.ts ? [{ message, text: textOf(n) }] : []
    );
    const taken = texts.map(({ message, text }) => {
      const first = wire.of(message).find(({ sentOrder }) => sentOrder !== undefined);
      return { text, at: first?.arrivedOrder ?? Infinity };
    });
    const ordered = (list: readonly { text: string; at: number }[]) =>
      list.toSorted((a, b) => a.at - b.at).map(({ text }) => text);
    const turnsOfThread = ordered(texts.map(({ text }) => ({ text, at: began.get(text) ?? -1 })));
    assert.deepEqual(turnsOfThread, ordered(taken));
    if (texts.every(({ text }, n) => turnsOfThread[n] === text)) inOrderOfPosting++;
  }
  return inOrderOfPosting;
}

/** What a person reads in the thread of each message: exactly one reply to it. */
function assertOneReplyEach({ slack, channel }: SlackBench, { posted }: Seen): void {
  const said = slack.workspace.channels.get(channel.id)?.messages ?? [];
  const replies = said.filter(({ user }) => user === slack.ids.botUser);
  assert.equal(replies.length, MESSAGES);
  for (const [n, message] of posted.entries()) {
    const own = replies.filter(({ text }) => text === `re: ${textOf(n)}`);
    assert.deepEqual(own.map(({ threadTs }) => threadTs), [message.threadTs ?? message.ts]);
  }
}

function percentile(values: readonly number[], share: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1);
}

test("1,000 messages over 50 threads, 10 % delivered again, the socket cut 20 times: one answer each, in order", async (t) => {
  const seen: Seen = { turns: [], outcomes: [], posted: [] };
  const random = new Random(SEED);
  const patience = random.fork();
  let tick = () => 0;
  await withSlackHost(async (bench) => {
    const { recorder, socket } = bench.slack;
    tick = () => recorder.tick();
    // Slack's own three come minutes later, and not in the middle of the next cut.
    socket.retriesMax = Infinity;
    const startedAtMs = performance.now();
    await storm(bench, { random, seen });
    const tookMs = performance.now() - startedAtMs;
    await bench.acknowledged();
    await until(() => bench.surface.snapshot().calls === 0, "the last call");

    assert.equal(seen.turns.length, MESSAGES, "every message has one turn");
    assert.equal(new Set(seen.turns.map(({ text }) => text)).size, MESSAGES, "and its own");
    assert.deepEqual(seen.outcomes, Array(MESSAGES).fill("completed"));
    assertAcknowledgedFirst(bench, seen);
    assertOneReplyEach(bench, seen);
    const inOrderOfPosting = assertOrder(bench, seen);
    const acked = recorder.envelopes.flatMap(({ ackedAtMs, sentAtMs }) =>
      ackedAtMs === undefined ? [] : [ackedAtMs - sentAtMs]
    );
    assert.ok(Math.max(...acked) < ACK_MS_MAX, `an acknowledgement took ${Math.max(...acked)} ms`);
    const answered = new Set(
      recorder.envelopes.filter(({ ackOrder }) => ackOrder).map(({ eventId }) => eventId),
    );
    const lost = bench.slack.events.filter(({ event_id }) => !answered.has(event_id));
    assert.deepEqual(lost, [], "every event was acknowledged in the end");
    assert.equal(socket.cuts, CUTS);
    assert.ok(socket.redelivered > 0, "some events were lost with their socket");

    const { length: duplicates } = bench.told.filter((line) => line.startsWith("duplicate"));
    t.diagnostic(
      `seed ${SEED}: ${MESSAGES} messages, ${bench.slack.events.length} events in ` +
        `${recorder.envelopes.length} envelopes over ${socket.opened} sockets, ${socket.cuts} of them ` +
        `cut; ` +
        `${REDELIVERED} delivered again, and ${socket.redelivered} because their socket was lost; ` +
        `${duplicates} duplicates; acknowledged within ${percentile(acked, 0.5)} ms (half), ` +
        `${percentile(acked, 0.99)} ms (99 %), ${percentile(acked, 1)} ms (all); ` +
        `${inOrderOfPosting} of ${THREADS} threads in the order of posting; ` +
        `${recorder.calls.length} calls; ${Math.round(tookMs)} ms`,
    );
  }, {
    onRun: (_session, text) => void seen.turns.push({ text, order: tick() }),
    observer: { settled: (_info, outcome) => void seen.outcomes.push(outcome.status) },
    surface: {
      limits: PATIENT,
      // As long as a journal takes: now longer, now shorter, so that events overtake each other.
      accept: async () => {
        for (let left = patience.below(8); left > 0; left--) await quiet();
      },
    },
  });
});
