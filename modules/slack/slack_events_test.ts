import assert from "node:assert/strict";
import { test } from "node:test";
import { bench, type BenchOptions, limited, payloadOf, refusal } from "./_test_support.ts";
import { memoryBindings, SlackBusyError, SlackLookUpError } from "./mod.ts";

test("A6: an envelope is acknowledged before its task starts, and waits for no handler", async () => {
  const { post, sockets, log, runs, settle } = await bench();
  post("<@UBOT> hold 1");
  post("<@UBOT> hold 2", { ts: "2.000001" });
  await settle();
  assert.deepEqual(sockets[0]!.acked, ["v1", "v2"]);
  assert.deepEqual(log, [
    "acknowledged: hold 1",
    "acknowledged: hold 2",
    "started: hold 1",
    "started: hold 2",
  ]);
  assert.equal(runs.length, 2);
});

test("A6: a message that fails is logged once, with its place and the first 80 characters", async () => {
  const { post, errors, web, settle } = await bench();
  const text = `fail ${"x".repeat(100)}`;
  post(`<@UBOT> ${text}`, { ts: "17.000001" });
  await settle();
  const [[error, place] = [], ...others] = errors;
  assert.deepEqual(others, []);
  assert.ok(error instanceof RangeError);
  assert.deepEqual(place, {
    channel: "C1",
    user: "U1",
    thread: "17.000001",
    text: text.slice(0, 80),
  });
  assert.match(web.said()[0]!, /^Sorry, that did not work/);
  assert.equal(web.said().length, 1);
});

test("ACK_TRUTH: an event is accepted before it is acknowledged, and one that is not is left to come again", async () => {
  const accepted: unknown[] = [];
  let isFull = false;
  const { post, sockets, log, web, settle } = await bench({
    accept: (event) => {
      accepted.push((event as { event: { text: string } }).event.text);
      return isFull ? Promise.reject(new Error("the disk is full")) : Promise.resolve();
    },
  });
  post("<@UBOT> one");
  isFull = true;
  post("<@UBOT> two");
  await settle();
  assert.deepEqual(accepted, ["<@UBOT> one", "<@UBOT> two"]);
  assert.deepEqual(sockets[0]!.acked, ["v1"]);
  assert.ok(log.includes("unacknowledged: the disk is full"));
  assert.deepEqual(web.said(), ["re: one"]);
});

test("ACK_BEFORE_DEADLINE: accept() has its time, then the event is left to come again", async () => {
  const signals: AbortSignal[] = [];
  const { post, sockets, log, clock, slack, settle } = await bench({
    accept: (_event, signal) => {
      signals.push(signal);
      return new Promise(() => {});
    },
    limits: { acceptMs: 2_000 },
  });
  post("<@UBOT> hello");
  await settle();
  clock.advance(2_000);
  await settle();
  assert.deepEqual([sockets[0]!.acked, signals[0]!.aborted], [[], true]);
  assert.match(log.at(-1)!, /^unacknowledged: .*not accepted within 2000 ms$/);
  const { tasks, lines, acknowledging } = slack.snapshot();
  assert.deepEqual({ tasks, lines, acknowledging }, { tasks: 0, lines: 0, acknowledging: 0 });
});

test("an event whose acknowledgement is lost with its socket is not handled: it comes again", async () => {
  const { post, sockets, web, settle } = await bench();
  sockets[0]!.isSlow = true;
  post("<@UBOT> hello", { ts: "2.000001" });
  await settle();
  sockets[0]!.cut();
  sockets[0]!.acking[0]!();
  await settle();
  sockets[1]!.hello();
  await settle();
  assert.deepEqual(web.said(), []);
  post("<@UBOT> hello", { ts: "2.000001" });
  await settle();
  assert.deepEqual([web.said(), sockets[1]!.acked], [["re: hello"], ["v2"]]);
});

test("A7: a post is handled once, also as message and app_mention, in either order and again later", async () => {
  const { post, web, log, sockets, settle } = await bench();
  for (const types of [["message", "app_mention"], ["app_mention", "message"]]) {
    const ts = types[0] === "message" ? "2.000001" : "3.000001";
    for (const type of [...types, ...types]) post("<@UBOT> hello", { ts, type });
    await settle();
    post("<@UBOT> hello", { ts });
    await settle();
  }
  assert.deepEqual(web.said(), ["re: hello", "re: hello"]);
  assert.equal(sockets[0]!.acked.length, 10);
  assert.equal(log.filter((line) => line === "duplicate: hello").length, 8);
});

test("A7, FAILURE_RETRYABLE: a post that failed is handled again when it is delivered again", async () => {
  const { post, web, errors, settle } = await bench();
  post("<@UBOT> fail", { ts: "2.000001" });
  await settle();
  post("<@UBOT> fine", { ts: "2.000001" });
  await settle();
  assert.equal(errors.length, 1);
  assert.equal(web.said().at(-1), "re: fine");
});

test("DEDUPE_SOUND: a post that was refused or failed is not run or answered again by its other event", async () => {
  const { post, web, log, runs, errors, settle } = await bench({ policy: "reject" });
  const thread = "2.000001";
  post("<@UBOT> hold", { ts: thread });
  await settle();
  post("<@UBOT> now", { thread, ts: "3.000001", type: "message" });
  await settle();
  assert.match(web.said()[0]!, /^I am still working/);
  runs[0]!.reply("done");
  await settle();
  post("<@UBOT> now", { thread, ts: "3.000001" });
  await settle();
  assert.deepEqual([web.said().length, web.said()[1], log.at(-1)], [2, "done", "completed: now"]);
  assert.equal(log.filter((line) => line === "duplicate: now").length, 1);
  for (const type of ["app_mention", "message"]) {
    post("<@UBOT> fail", { ts: "4.000001", type });
    await settle();
  }
  assert.deepEqual([errors.length, web.said().length], [1, 3]);
  post("<@UBOT> now", { thread, ts: "3.000001", type: "message" });
  await settle();
  assert.equal(web.said().at(-1), "re: now", "the event that was refused, delivered again");
});

test("A7: what the bot says, what other bots say, edits and deletes are acknowledged and left alone", async () => {
  const { post, sockets, web, log, settle } = await bench();
  post("x", { user: "UBOT" });
  post("x", { fields: { bot_id: "B2" } });
  post("x", { type: "message", fields: { subtype: "message_changed" } });
  post("x", { type: "message" });
  sockets[0]!.say({ envelope_id: "i1", type: "interactive", payload: { type: "block_actions" } });
  sockets[0]!.say({ envelope_id: "i2", type: "events_api", payload: { type: "app_rate_limited" } });
  await settle();
  assert.deepEqual(sockets[0]!.acked, ["v1", "v2", "v3", "v4", "i1", "i2"]);
  assert.deepEqual(web.said(), []);
  assert.deepEqual(log.map((line) => line.replace("ignored: ", "")), [
    "bot",
    "bot",
    "subtype",
    "unaddressed",
    "irrelevant",
    "irrelevant",
  ]);
});

test("FIFO: posts of one thread reach the queue as they came, however long each is accepted; threads do not wait", async () => {
  const waits: (() => void)[] = [];
  const { post, runs, settle } = await bench({
    accept: () => new Promise((resolve) => waits.push(resolve)),
  });
  post("<@UBOT> hold 1", { thread: "1.1" });
  post("<@UBOT> hold 2", { thread: "1.1" });
  post("<@UBOT> hold 3", { thread: "2.1" });
  waits[2]!();
  waits[1]!();
  await settle();
  assert.deepEqual(runs.map(({ text }) => text), ["hold 3"]);
  waits[0]!();
  await settle();
  runs[1]!.reply("done");
  await settle();
  assert.deepEqual(runs.map(({ text }) => text), ["hold 3", "hold 1", "hold 2"]);
});

test("FIFO: while it is looked up whose a thread is nobody overtakes, and it is looked up once", async () => {
  const { post, web, queue, settle } = await bench();
  web.hold("conversations.replies");
  web.replies = [{ user: "U9", text: "hi" }, { bot_id: "BBOT", text: "hello" }];
  post("first", { type: "message", thread: "1.1" });
  post("<@UBOT> second", { thread: "1.1" });
  await settle();
  assert.equal(queue.size, 0);
  web.held[0]!.answer();
  await settle();
  post("third", { type: "message", thread: "1.1" });
  await settle();
  assert.deepEqual(web.said(), ["re: first", "re: second", "re: third"]);
  assert.equal(web.of("conversations.replies").length, 1);
});

test("a thread of others is left alone until somebody there names the bot", async () => {
  const { post, web, settle } = await bench();
  web.replies = [{ user: "U9", text: "hi", ts: "1.1", thread_ts: "1.1" }];
  for (const text of ["one", "two"]) post(text, { type: "message", thread: "1.1" });
  await settle();
  assert.deepEqual([web.said(), web.of("conversations.replies").length], [[], 1]);
  post("<@UBOT> three", { thread: "1.1" });
  post("four", { type: "message", thread: "1.1" });
  await settle();
  assert.deepEqual(web.said(), ["re: three", "re: four"]);
});

test("a thread that the bot may not read is not its own", async () => {
  const { post, web, errors, settle } = await bench();
  web.failNext("conversations.replies", refusal("missing_scope"));
  post("one", { type: "message", thread: "1.1" });
  await settle();
  assert.deepEqual([web.said(), errors.length], [[], 0]);
});

test("a message in a thread that could not be looked up is lost under its own name, and the next asks again", async () => {
  const { post, web, errors, clock, settle } = await bench({ limits: { callMs: 1_000 } });
  web.replies = [{ bot_id: "BBOT", text: "hello" }];
  web.failNext("conversations.replies", limited(2));
  post("one", { type: "message", thread: "1.1" });
  await settle();
  assert.deepEqual(web.said(), []);
  assert.deepEqual(
    errors.map(([error, place]) => [(error as SlackLookUpError).code, place.text]),
    [["slack_look_up", "one"]],
  );
  assert.ok(errors[0]![0] instanceof SlackLookUpError);
  assert.ok(errors[0]![0].cause instanceof SlackBusyError);
  clock.advance(2_000);
  post("two", { type: "message", thread: "1.1" });
  await settle();
  assert.deepEqual([web.said(), errors.length], [["re: two"], 1]);
});

test("a thread that the bot takes part in stays its own after a restart and beyond threadsMax, also while Slack is down", async () => {
  const bindings = memoryBindings(10);
  const before = await bench({ bindings });
  before.post("<@UBOT> one", { ts: "1.1" });
  await before.settle();
  const { post, web, errors, settle } = await bench({ bindings, limits: { threadsMax: 1 } });
  web.hold("conversations.replies");
  post("two", { type: "message", thread: "1.1" });
  post("<@UBOT> another", { ts: "2.1" });
  post("three", { type: "message", thread: "1.1" });
  await settle();
  assert.deepEqual(web.said().toSorted(), ["re: another", "re: three", "re: two"]);
  assert.deepEqual([web.of("conversations.replies"), errors], [[], []]);
});

test("the bot is found in a thread of which others have written much before it came", async () => {
  const { post, web, settle } = await bench();
  web.replies = [...Array(900).fill({ user: "U9", text: "hi" }), {
    user: "U9",
    text: "<@UBOT> hi",
    ts: "1.2",
  }];
  post("and this", { type: "message", thread: "1.1" });
  await settle();
  assert.deepEqual(web.said(), ["re: and this"]);
});

test("in a thread where the bot was named it takes part, also if it has said nothing yet", async () => {
  const { post, web, settle } = await bench();
  web.replies = [{ user: "U9", text: "<@UBOT> hi", ts: "1.1" }];
  post("and this", { type: "message", thread: "1.1" });
  await settle();
  assert.deepEqual(web.said(), ["re: and this"]);
});

test("a thread in which only others named the bot than those whom it answers is not its own", async () => {
  const named = { user: "U9", text: "<@UBOT> hi", ts: "1.1" };
  const grid = { user: "U9", text: "<@UBOT> hi", ts: "1.1", team: "T2" };
  const listed = { isAllowed: ({ user }: { user: string }) => user === "U1" };
  const asked: [message: object, options: BenchOptions, isShared: boolean, isIn: boolean][] = [
    [named, {}, false, true],
    [named, listed, false, false],
    [{ ...named, user: "U1" }, listed, false, true],
    [grid, {}, true, false],
    [grid, { isAllowed: () => true }, true, true],
    // Of whom is not known where from, in a channel that is shared.
    [named, {}, true, false],
  ];
  for (const [message, options, isShared, isIn] of asked) {
    const { sockets, web, settle } = await bench(options);
    web.replies = [message];
    const said = { type: "message", thread: "1.1", ts: "1.2", fields: { team: "T1" } };
    const payload = { ...payloadOf("do not feed it", said), is_ext_shared_channel: isShared };
    sockets[0]!.say({ envelope_id: "v1", type: "events_api", payload });
    await settle();
    assert.deepEqual(web.said(), isIn ? ["re: do not feed it"] : [], JSON.stringify(message));
  }
});

test("without threadReplies the bot is to be named each time, and isAllowed() says who may write", async () => {
  const { post, web, log, settle } = await bench({
    threadReplies: false,
    isAllowed: ({ user }) => user !== "U9",
  });
  post("<@UBOT> one", { thread: "1.1" });
  post("two", { type: "message", thread: "1.1" });
  post("<@UBOT> three", { user: "U9" });
  await settle();
  assert.deepEqual(web.said(), ["re: one"]);
  assert.ok(log.includes("ignored: not allowed"));
});

test("one thread is one session, whichever team its events name, and nobody from outside writes in it", async () => {
  const { sockets, told, queue, log, settle } = await bench();
  const say = (text: string, callback: object, options: Parameters<typeof payloadOf>[1]) =>
    sockets[0]!.say({
      envelope_id: text,
      type: "events_api",
      payload: { ...payloadOf(text, options), ...callback },
    });
  say("<@UBOT> hold", { team_id: "T1" }, { ts: "1.000001", fields: { team: "T1" } });
  await settle();
  const thread = { type: "message", thread: "1.000001" };
  say("and this", { team_id: "T2" }, { ...thread, ts: "1.000002", fields: { team: "T1" } });
  say("me, too", { team_id: "T1" }, { ...thread, ts: "1.000003", fields: { team: "T2" } });
  await settle();
  const waiting = queue.snapshot().map(({ session, waiting }) => [session, waiting.length]);
  assert.deepEqual(waiting, [["slack-T1-C1-1.000001", 1]]);
  assert.deepEqual(told, ["hold"]);
  assert.ok(log.includes("ignored: not allowed"));
});

test("BOUNDED_STATE: with as many tasks as there may be an event is not acknowledged, and comes again", async () => {
  const { post, sockets, log, runs, settle } = await bench({ limits: { tasksMax: 1 } });
  post("<@UBOT> hold");
  await settle();
  post("<@UBOT> more", { ts: "2.000001" });
  await settle();
  assert.deepEqual(sockets[0]!.acked, ["v1"]);
  assert.match(log.at(-1)!, /^unacknowledged: .*is full$/);
  runs[0]!.reply("done");
  await settle();
  post("<@UBOT> more", { ts: "2.000001" });
  await settle();
  assert.deepEqual(sockets[0]!.acked, ["v1", "v3"]);
});

test("limits that make no sense are refused", async () => {
  for (
    const limits of [{ tasksMax: 0 }, { partMax: 100 }, { partMax: 12_001 }, { tryMs: -1 }, {
      acceptMs: NaN,
    }]
  ) {
    await assert.rejects(bench({ limits, isStarted: false }), RangeError, JSON.stringify(limits));
  }
});
