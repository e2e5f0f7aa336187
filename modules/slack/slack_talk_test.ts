import { SessionGoneError } from "@lanekeeper/session-queue";
import { quiet } from "@lanekeeper/test/fake_clock";
import assert from "node:assert/strict";
import { test } from "node:test";
import { bench, refusal } from "./_test_support.ts";
import { memoryBindings } from "./mod.ts";

/** A direct message. */
const DIRECT = { channel: "D1", type: "message", fields: { channel_type: "im" } } as const;

test("each thread is a session of its own, and so is a direct conversation", async () => {
  const { post, runs, web, settle } = await bench();
  post("<@UBOT> hold a", { ts: "2.000001" });
  post("<@UBOT> hold b", { ts: "3.000001" });
  post("hold c", { ...DIRECT, ts: "4.000001", user: "U7" });
  await settle();
  assert.deepEqual(runs.map(({ session, sender }) => [session, sender]), [
    ["slack-T1-C1-2.000001", "U1"],
    ["slack-T1-C1-3.000001", "U1"],
    ["slack-T1-D1", "U7"],
  ]);
  for (const run of runs) run.reply(`re: ${run.text}`);
  await settle();
  assert.deepEqual(
    web.of("chat.postMessage").map(({ channel, thread_ts }) => [channel, thread_ts]),
    [["C1", "2.000001"], ["C1", "3.000001"], ["D1", undefined]],
  );
});

test("the agent is told who wrote only once a second person writes in the thread, and never in direct messages", async () => {
  const { post, told, settle } = await bench();
  const thread = "2.000001";
  post("<@UBOT> /help", { ts: thread });
  post("/compact", { type: "message", thread });
  for (const user of ["U2", "U1"]) post("and me", { type: "message", thread, user });
  post("<@UBOT> /help", { ts: "9.000001", user: "U2" });
  await settle();
  post("<@UBOT> new", { thread });
  post("alone again", { type: "message", thread, user: "U2" });
  await settle();
  assert.deepEqual(told, [
    ...["/help", "/help", "/compact", "U2: and me", "U1: and me", "alone again"],
  ]);
  told.length = 0;
  post("/help", { ...DIRECT });
  post("/status", { ...DIRECT, thread: "8.000001", ts: "8.000002" });
  await settle();
  assert.deepEqual(told, ["/help", "/status"]);
});

test("MERGE_LOSSLESS: what two people write is never collected into one turn, also while the agent is told of one", async () => {
  const { post, runs, told, settle } = await bench({ policy: "collect" });
  const thread = "2.000001";
  post("<@UBOT> hold", { ts: thread });
  for (const [user, text] of [["U1", "a"], ["U1", "b"], ["U2", "c"]]) {
    post(text!, { type: "message", thread, user: user! });
  }
  await settle();
  runs[0]!.reply("done");
  await settle();
  assert.deepEqual(told, ["hold", "a", "b", "U2: c"]);
});

test("who writes in a thread is remembered over a restart, and who is not known is named", async () => {
  const bindings = memoryBindings(10);
  const before = await bench({ bindings });
  const thread = "2.000001";
  before.post("<@UBOT> one", { ts: thread });
  before.post("two", { type: "message", thread, user: "U2" });
  await before.settle();
  const after = await bench({ bindings });
  after.post("three", { type: "message", thread });
  await after.settle();
  assert.deepEqual([before.told, after.told], [["one", "U2: two"], ["U1: three"]]);
  const set = () => {
    throw new Error("the disk is full");
  };
  const trouble: unknown[] = [];
  const full = await bench({
    bindings: { get: () => undefined, set },
    onTrouble: (error) => trouble.push(error),
  });
  full.post("<@UBOT> one", { ts: thread });
  await full.settle();
  assert.deepEqual([full.told, full.errors, trouble.length], [["U1: one"], [], 1]);
});

test("the pieces of a reply are shown as they come, and its delivery belongs to the turn", async () => {
  const { post, runs, web, clock, queue, settle } = await bench({ streaming: "stream" });
  post("<@UBOT> hold");
  await settle();
  runs[0]!.emit("Hello ");
  clock.advance(0);
  await settle();
  assert.deepEqual(web.said(), ["Hello "]);
  web.hold("chat.stopStream");
  runs[0]!.reply("Hello world");
  await settle();
  assert.equal(queue.running, 1, "the reply is on its way");
  web.held[0]!.answer();
  await settle();
  assert.deepEqual([web.said(), queue.running], [["Hello world"], 0]);
});

test("however many replies grow, all of them together keep to what Slack grants a minute, in turn, and no end waits", async () => {
  const granted = { edits: ["chat.update", 50], stream: ["chat.appendStream", 100] } as const;
  for (const streaming of ["edits", "stream"] as const) {
    const [method, perMinute] = granted[streaming];
    const { post, runs, web, clock, settle, queue } = await bench({ streaming });
    const pending = clock.pending;
    for (let n = 0; n < 5; n++) post("<@UBOT> hold", { ts: `2.00000${n}` });
    await settle();
    const whole = ["", "", "", "", ""];
    for (let tick = 0; tick < 600; tick++) {
      for (const [n, run] of runs.entries()) {
        whole[n] += `${tick}.${n} `;
        run.emit(`${tick}.${n} `);
      }
      clock.advance(100);
      await quiet();
    }
    const calls = web.of(method).map(({ ts }) => ts);
    assert.ok(calls.length <= perMinute, `${calls.length} calls of ${method}`);
    assert.ok(calls.length >= perMinute - 3, `${calls.length} calls of ${method}`);
    for (let at = 0; at + 5 <= calls.length; at++) {
      assert.equal(new Set(calls.slice(at, at + 5)).size, 5, "each has its turn");
    }
    for (const [n, run] of runs.entries()) run.reply(whole[n]!);
    await settle();
    assert.deepEqual([web.said(), queue.running], [whole, 0]);
    assert.equal(clock.pending, pending, "no timer is left behind");
  }
});

test("a sign of life is there from the acceptance to the end, on every path", async () => {
  for (const text of ["fine", "fail", "hold"]) {
    const { post, web, slack, runs, settle } = await bench({ sign: "reaction", emoji: "gear" });
    post(`<@UBOT> ${text}`, { ts: "2.000001" });
    await settle();
    if (runs.length > 0) post("<@UBOT> stop", { thread: "2.000001" });
    await settle();
    const signs = web.calls.filter(({ method }) => method.startsWith("reactions."));
    assert.deepEqual(signs, [
      { method: "reactions.add", args: { channel: "C1", timestamp: "2.000001", name: "gear" } },
      { method: "reactions.remove", args: { channel: "C1", timestamp: "2.000001", name: "gear" } },
    ], text);
    assert.equal(slack.snapshot().tasks, 0);
  }
});

test("STALE_EFFECT_FENCED: nothing of a stopped turn is posted but what was shown, which says so", async () => {
  const { post, runs, web, clock, settle } = await bench({ streaming: "edits" });
  post("<@UBOT> hold", { ts: "2.000001" });
  await settle();
  runs[0]!.emit("half ");
  clock.advance(0);
  await settle();
  runs[0]!.emit("never shown");
  post("<@UBOT> stop", { thread: "2.000001" });
  await settle();
  runs[0]!.reply("half never shown");
  clock.advance(10_000);
  await settle();
  assert.deepEqual(web.said(), ["half \n\n_Stopped._", "Stopped."]);
});

test("STALE_EFFECT_FENCED: what waits to be shown when a turn is cancelled is not, however deaf the agent is", async () => {
  const { post, runs, web, clock, settle } = await bench({ streaming: "edits" });
  post("<@UBOT> hold deaf", { ts: "2.000001" });
  await settle();
  runs[0]!.emit("half ");
  clock.advance(0);
  await settle();
  runs[0]!.emit("never shown");
  post("<@UBOT> stop", { thread: "2.000001" });
  await settle();
  clock.advance(2_000);
  await settle();
  assert.deepEqual(web.said(), ["half "]);
  runs[0]!.reply("half never shown");
  await settle();
  assert.deepEqual(web.said(), ["half \n\n_Stopped._", "Stopped."]);
});

test("stop takes back what runs and what waits, in the order of the thread, and nothing later", async () => {
  const { post, runs, web, settle } = await bench();
  const thread = "2.000001";
  post("<@UBOT> hold 1", { ts: thread });
  await settle();
  post("<@UBOT> hold 2", { thread });
  post("stop", { type: "message", thread });
  post("<@UBOT> 3", { thread });
  await settle();
  assert.deepEqual(runs.map(({ text, signal }) => [text, signal.aborted]), [["hold 1", true]]);
  assert.deepEqual(web.said().toSorted(), [
    "Stopped. Taken back, too: 1 message that waited.",
    "re: 3",
  ]);
  post("<@UBOT> stop", { thread });
  await settle();
  assert.equal(web.said().at(-1), "There is nothing to stop.");
});

test("status tells whether somebody works, and help and a bare mention what there is", async () => {
  const { post, web, settle } = await bench();
  const thread = "2.000001";
  post("<@UBOT> status", { ts: thread });
  post("<@UBOT> hold", { thread });
  post("<@UBOT> more", { thread });
  post("status", { type: "message", thread });
  post("<@UBOT>", { ts: "3.000001" });
  await settle();
  const [idle, busy, help] = web.said();
  assert.equal(idle, "I am not working on anything here.");
  assert.equal(busy, "I am working. 1 message waits.");
  assert.match(help!, /`stop`.*`new`.*`status`/);
});

test("new begins a session that never was, at once, and the thread goes on with it", async () => {
  const { post, runs, web, clock, settle } = await bench();
  const thread = "2.000001";
  post("<@UBOT> hold 1", { ts: thread });
  await settle();
  post("<@UBOT> new", { thread, ts: "5.000001" });
  post("hold 2", { type: "message", thread });
  await settle();
  clock.advance(0);
  await settle();
  assert.deepEqual(runs.map(({ session, signal }) => [session, signal.aborted]), [
    ["slack-T1-C1-2.000001", true],
    ["slack-T1-C1-2.000001_5.000001", false],
  ]);
  assert.deepEqual(web.said(), ["A new conversation begins here."]);
});

test("a command that fails is told and logged like a message", async () => {
  const bindings = {
    get: () => undefined,
    set: () => {
      throw new Error("the disk is full");
    },
  };
  const { post, web, errors, slack, settle } = await bench({ bindings });
  post("<@UBOT> new", { ts: "2.000001" });
  await settle();
  assert.match(web.said()[0]!, /^Sorry/);
  assert.deepEqual(errors.map(([error]) => (error as Error).message), ["the disk is full"]);
  assert.deepEqual([slack.snapshot().lines, slack.snapshot().tasks], [0, 0]);
});

test("a session that was ended elsewhere is followed by another one", async () => {
  const { post, queue, web, settle } = await bench();
  post("<@UBOT> one", { ts: "2.000001" });
  await settle();
  await queue.end("slack-T1-C1-2.000001");
  post("<@UBOT> two", { thread: "2.000001", ts: "3.000001" });
  await settle();
  assert.deepEqual(web.said(), ["re: one", "re: two"]);
});

test("a message may say what becomes of it while its thread is busy", async () => {
  const { post, runs, web, settle } = await bench({ policy: "reject" });
  const thread = "2.000001";
  post("<@UBOT> hold 1", { ts: thread });
  post("<@UBOT> refused", { thread });
  post("<@UBOT> queue: last", { thread });
  await settle();
  assert.match(web.said()[0]!, /^I am still working/);
  post("<@UBOT> interrupt: hold 2", { thread });
  await settle();
  assert.deepEqual(runs.map(({ text, signal }) => [text, signal.aborted]), [
    ["hold 1", true],
    ["hold 2", false],
  ]);
  runs[1]!.reply("re: hold 2");
  await settle();
  assert.deepEqual(web.said().slice(1), [
    "A newer message took the place of that one.",
    "re: hold 2",
    "re: last",
  ]);
});

test("what is collected gets one reply, and is handled all of it", async () => {
  const { post, runs, web, slack, settle } = await bench({ policy: "collect", sign: "reaction" });
  const thread = "2.000001";
  post("<@UBOT> hold", { ts: thread });
  for (const text of ["a", "b"]) post(`<@UBOT> ${text}`, { thread });
  await settle();
  runs[0]!.reply("done");
  await settle();
  assert.deepEqual(web.said(), ["done", "re: a+b"]);
  assert.equal(web.of("reactions.remove").length, 3);
  assert.deepEqual([slack.snapshot().posts, slack.snapshot().tasks], [3, 0]);
});

test("each way to end is told in plain words", async () => {
  const gone = await bench();
  gone.post("<@UBOT> hold");
  await gone.settle();
  gone.runs[0]!.fail(new SessionGoneError("x"));
  await gone.settle();
  assert.match(gone.web.said()[0]!, /no longer have this conversation/);
  assert.equal(gone.errors.length, 1);

  const full = await bench({ queueLimits: { waitingMax: 0 } });
  full.post("<@UBOT> hold", { ts: "2.000001" });
  full.post("<@UBOT> more", { thread: "2.000001" });
  await full.settle();
  assert.match(full.web.said()[0]!, /too much waiting/);
  assert.deepEqual(full.errors, []);

  const late = await bench({ queueLimits: { waitMs: 1_000 } });
  late.post("<@UBOT> hold", { ts: "2.000001" });
  late.post("<@UBOT> more", { thread: "2.000001" });
  await late.settle();
  late.clock.advance(1_000);
  await late.settle();
  assert.match(late.web.said()[0]!, /waited for too long/);
});

test("an agent that says nothing is said to have said nothing, and texts can be one's own", async () => {
  const { post, runs, web, settle } = await bench({
    texts: { empty: "…", started: "Los geht's." },
  });
  post("<@UBOT> hold", { ts: "2.000001" });
  await settle();
  runs[0]!.reply(" \n");
  post("<@UBOT> new", { thread: "2.000001" });
  await settle();
  assert.deepEqual(web.said(), ["…", "Los geht's."]);
});

test("a reply that Slack does not take is a failure of its message: logged once, and handled again", async () => {
  const trouble: unknown[] = [];
  const { post, web, errors, settle } = await bench({ onTrouble: (error) => trouble.push(error) });
  web.failNext("chat.postMessage", refusal("is_archived"), refusal("is_archived"));
  post("<@UBOT> one", { ts: "2.000001" });
  await settle();
  assert.deepEqual([errors.length, trouble.length], [1, 1]);
  post("<@UBOT> one", { ts: "2.000001" });
  await settle();
  assert.equal(web.said().at(-1), "re: one");
});

test("BOUNDED_STATE: of the sessions that are quiet only so many stay open, and none that is busy rests", async () => {
  const { post, runs, rested, slack, settle } = await bench({ limits: { sessionsMax: 2 } });
  post("<@UBOT> hold", { ts: "2.000001" });
  for (const ts of ["3.000001", "4.000001", "5.000001"]) {
    post("<@UBOT> quick", { ts });
    await settle();
  }
  assert.deepEqual(rested, ["slack-T1-C1-3.000001", "slack-T1-C1-4.000001"]);
  runs[0]!.reply("done");
  await settle();
  assert.equal(slack.snapshot().sessions, 2);
  assert.ok(!slack.expects("slack-T1-C1-2.000001"));
});
