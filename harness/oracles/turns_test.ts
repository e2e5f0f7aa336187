import assert from "node:assert/strict";
import { test } from "node:test";
import { assertBreaks, assertKeeps, Story } from "./_test_support.ts";
import { fifo, replySessionMatch, singleTurn, staleEffectFenced } from "./turns.ts";

/** Sends messages, a step for each, and lets the host accept them. */
function sent(...messages: string[]): Story {
  const story = new Story().next();
  for (const message of messages) story.send("a", message).accept(message).next();
  return story;
}

test("SINGLE_TURN fires when a guard is released that was handed over (release-all)", () => {
  const story = sent("m1", "m2").call("m1").next().act(1, "end").call("m2");
  const second = story.last;
  story.next().send("a", "m3").accept("m3").call("m3");
  const how =
    'run 3 (message "m3" of session "a") began while run 2 (message "m2" of session "a") was running';
  const at = story.last;
  story.next().act(2, "end").next().act(3, "end");
  assert.deepEqual(assertBreaks(singleTurn, story, { story: how, at }).also, [second]);
});

test("SINGLE_TURN is silent when the third message waits for the one that was handed the guard", () => {
  const story = sent("m1", "m2").call("m1").next().act(1, "end").call("m2");
  story.next().send("a", "m3").accept("m3").next().act(2, "end").call("m3").act(3, "end");
  assertKeeps(singleTurn, story);
});

test("SINGLE_TURN fires when a cancelled run that goes on is not waited for (overlap-cancel)", () => {
  const story = sent("m1", "m2").call("m1").next().ask("stop", "a", { queued: "keep" });
  story.act(1, "abort").act(1, "ignore").outcome("m1", "cancelled");
  const aborted = story.find((record) => record.kind === "run" && record.act === "abort");
  story.call("m2");
  const at = story.last;
  const breach = assertBreaks(singleTurn, story.next().act(1, "end"), { story: /^run 2 /, at });
  assert.deepEqual(breach.also, [aborted - 2, aborted]);
});

test("SINGLE_TURN is silent when the cancelled run has settled, and for two sessions at once", () => {
  const story = sent("m1", "m2").call("m1").next().ask("stop", "a", { queued: "keep" });
  story.act(1, "abort").next().act(1, "settle").outcome("m1", "cancelled").call("m2");
  assertKeeps(singleTurn, story.send("b", "m3").accept("m3").call("m3"));
});

test("SINGLE_TURN takes an abandoned run for over only where agents are isolated", () => {
  const story = sent("m1", "m2").call("m1").outcome("m1", "abandoned").call("m2");
  assertBreaks(singleTurn, story, { story: /^run 2 /, at: story.last });
  assertKeeps(singleTurn, story, { isolated: true });
});

test("SINGLE_TURN lets an isolated host say a little later what it abandoned, not much later", () => {
  const policies = { isolated: true };
  const soon = sent("m1", "m2").call("m1").next().call("m2").outcome("m1", "abandoned");
  assertKeeps(singleTurn, soon, policies);
  const late = sent("m1", "m2").call("m1").next().call("m2");
  const at = late.last;
  late.next().outcome("m1", "abandoned");
  assertBreaks(singleTurn, late, { story: /^run 2 /, at, policies });
});

test("SINGLE_TURN lets a run begin in the breath in which the one before is said to be abandoned", () => {
  const policies = { isolated: true };
  const story = sent("m1", "m2").call("m1").next().call("m2").outcome("m1", "abandoned");
  assertKeeps(singleTurn, story, policies);
  const later = sent("m1", "m2").call("m1").next().call("m2").next().outcome("m1", "abandoned");
  assertBreaks(singleTurn, later, { story: /^run 2 /, at: later.last - 1, policies });
});

test("SINGLE_TURN takes a run for over that died with its process", () => {
  const story = sent("m1").call("m1").put({ kind: "process", act: "crash" }).next();
  assertKeeps(singleTurn, story.put({ kind: "process", act: "start" }).call("m1"));
});

test("FIFO fires with the run that overtook another (reorder)", () => {
  const story = new Story().next().send("a", "m1").next().send("a", "m2").next();
  story.accept("m2").call("m2");
  const at = story.last;
  story.next().accept("m1").act(1, "end").call("m1").act(2, "end");
  const how =
    'run 2 (message "m1" of session "a") began after run 1 (message "m2" of session "a"), which came later';
  const breach = assertBreaks(fifo, story, { story: how, at });
  assert.deepEqual(breach.also, [0, 1, story.last - 1]);
  assertKeeps(fifo, story, { order: "acceptance" });
  assertKeeps(fifo, story, { order: "none" });
});

test("FIFO is silent when messages run as they came, or are left out, and between sessions", () => {
  const story = sent("m1", "m2", "m3").send("b", "m4").accept("m4").call("m4");
  story.call("m1").act(2, "end").outcome("m2", "cancelled").call("m3");
  assertKeeps(fifo, story);
});

test("FIFO fires when the head of the line is dropped, and comes back after the tail (stop-tail)", () => {
  const story = sent("m1", "m2", "m3").call("m1").next().ask("stop", "a").act(1, "abort").next();
  story.act(1, "settle").call("m3");
  const at = story.last;
  assertBreaks(fifo, story.next().act(2, "end").call("m2"), { story: /^run 3 .*"m2"/, at });
});

test("FIFO judges by acceptance where that is the order, and where nothing says what was asked", () => {
  const story = new Story().next().send("a", "m1").send("a", "m2").accept("m2").accept("m1");
  story.call("m1").act(1, "end").call("m2");
  assertKeeps(fifo, story);
  const at = story.last - 2;
  assertBreaks(fifo, story, { story: /^run 2 /, at, policies: { order: "acceptance" } });
  const older = new Story().next().accept("m2").accept("m1").call("m1").act(1, "end").call("m2");
  assertBreaks(fifo, older, { story: /^run 2 /, at: 2 });
});

test("FIFO by acceptance gives a message that was on disk when the process died its place there", () => {
  const stored = { kind: "stored", session: "a", message: "m1", what: "message" } as const;
  const back = (story: Story) =>
    story.next().put({ kind: "process", act: "crash" }).put({ kind: "process", act: "start" })
      .next().send("a", "m2").accept("m2").accept("m1").call("m1").next().act(1, "end");
  const policies = { order: "acceptance" } as const;
  const found = back(new Story().next().send("a", "m1").put(stored)).call("m2");
  assertKeeps(fifo, found, policies);
  const lost = back(new Story().next().send("a", "m1")).call("m2");
  const at = lost.find((record) => record.kind === "run" && record.run === 1) - 1;
  assertBreaks(fifo, lost, { story: /^run 2 .* began after run 1/, at, policies });
});

test("FIFO fires when a message runs a second time, and when nobody sent it", () => {
  const story = sent("m1").call("m1").next().act(1, "end").outcome("m1", "completed").call("m1");
  const how = 'run 2 (message "m1" of session "a") began though its message had run, in run 1';
  assertBreaks(fifo, story, { story: how, at: story.last });
  const unsent = sent("m1").call("m2");
  const before = 'run 1 (message "m2" of session "a") began before its message was sent';
  assertBreaks(fifo, unsent, { story: before, at: unsent.last });
});

test("FIFO is silent when a run that threw is tried again, or one that died with its process", () => {
  const story = sent("m1", "m2").call("m1").next().act(1, "throw").call("m1").act(2, "end");
  assertKeeps(fifo, story.call("m2"));
  const dead = sent("m1", "m2").call("m1").act(1, "end").call("m2");
  dead.put({ kind: "process", act: "crash" }).next().put({ kind: "process", act: "start" });
  assertKeeps(fifo, dead.call("m1").act(3, "end").call("m2"));
  const crash = (story: Story) =>
    story.put({ kind: "process", act: "crash" }).next().put({ kind: "process", act: "start" });
  const twice = crash(sent("m1").call("m1").next().act(1, "end")).call("m1").next().act(2, "end");
  assertKeeps(fifo, crash(twice).call("m1"));
  const done = sent("m1").call("m1").next().act(1, "end")
    .put({ kind: "stored", session: "a", message: "m1", what: "outcome" });
  const again = crash(done).call("m1");
  assertBreaks(fifo, again, {
    story: /^run 2 .* began though its message had run/,
    at: again.last,
  });
  const both = sent("m1", "m2").call("m1", "m2").next().act(1, "throw").call("m1", "m2");
  assertKeeps(fifo, both);
});

test("FIFO fires when a run is tried again whose message has failed", () => {
  const story = sent("m1").call("m1").next().act(1, "throw").outcome("m1", "failed").call("m1");
  assertBreaks(fifo, story, { story: /^run 2 /, at: story.last });
});

test("FIFO lets a message that interrupts overtake, unless the host says that none does", () => {
  const story = sent("m1", "m2").call("m1").next().send("a", "m3", { policy: "interrupt" });
  story.accept("m3").act(1, "abort").next().act(1, "settle").call("m3");
  const at = story.last;
  story.next().act(2, "end").call("m2");
  assertKeeps(fifo, story);
  const policies = { interruptOvertakes: false };
  assertBreaks(fifo, story, { story: /^run 3 .*"m2"/, at, policies });
});

test("FIFO fires when a message that interrupts is overtaken itself", () => {
  const story = sent("m1").call("m1").send("a", "m2", { policy: "interrupt" }).send("a", "m3");
  story.accept("m2").accept("m3").act(1, "abort").next().act(1, "settle").call("m3");
  const at = story.last;
  assertBreaks(fifo, story.act(2, "end").call("m2"), { story: /^run 3 .*"m2"/, at });
});

/** Messages wait behind `m1`; the first, from another sender than the second, goes; the third runs. */
function collectStory(
  [first, second, third]: readonly { policy?: string; sender?: string }[],
  goes: "before" | "after" = "after",
): Story {
  const story = sent("m1").call("m1").next().send("a", "m2", first).send("a", "m3", second).next();
  if (goes === "before") story.outcome("m2", "cancelled").next();
  story.send("a", "m4", third).next();
  if (goes === "after") story.outcome("m2", "cancelled").next();
  return story.act(1, "end").call("m4").act(2, "end").call("m3");
}

test("FIFO lets a collected message have the place of the one it waited with", () => {
  const [policy, sender] = ["collect", "s2"];
  assertKeeps(fifo, collectStory([{ policy }, { sender }, { policy }]));
});

test("FIFO fires when a message has a place that it can not have come to by being collected", () => {
  const [policy, sender] = ["collect", "s2"];
  const stories = [
    collectStory([{}, { sender }, {}]),
    collectStory([{ policy }, { sender }, {}]),
    collectStory([{}, { sender }, { policy }]),
    collectStory([{ policy, sender: "s3" }, { sender }, { policy }]),
    collectStory([{ policy }, { sender }, { policy }], "before"),
  ];
  for (const story of stories) {
    assertBreaks(fifo, story, { story: /^run 3 .*"m3".* after run 2 /, at: story.last - 2 });
  }
});

test("FIFO fires when a sender's later message is joined to one before its earlier message", () => {
  const policy = "collect";
  const story = sent("m1").call("m1").next().send("a", "m2", { policy }).send("a", "m3").next();
  story.send("a", "m4", { policy }).next().act(1, "end").call("m2", "m4");
  const at = story.last;
  const how = /^run 3 .*"m3".* began after run 2 .*, whose message "m4" came later$/;
  assertBreaks(fifo, story.next().act(2, "end").call("m3"), { story: how, at });
  const other = sent("m1").call("m1").next().send("a", "m2", { policy });
  other.send("a", "m3", { sender: "s2" }).send("a", "m4", { policy }).next().act(1, "end");
  assertKeeps(fifo, other.call("m2", "m4").next().act(2, "end").call("m3"));
});

test("REPLY_SESSION_MATCH fires when a reply is delivered to another session", () => {
  const story = sent("m1").send("b", "m2").accept("m2").call("m1").call("m2").next();
  story.act(1, "end").outcome("m1", "completed", { replyOf: 1, replySession: "a" });
  assertKeeps(replySessionMatch, story);
  story.put({ kind: "reply", session: "b", message: "m2", act: "begin", run: 1, from: "a" });
  const how = 'message "m2" of session "b" got the reply of run 1, which ran on session "a"';
  const ended = story.last - 2;
  const breach = assertBreaks(replySessionMatch, story, { story: how, at: story.last });
  assert.deepEqual(breach.also, [ended]);
});

test("REPLY_SESSION_MATCH fires for an outcome with the reply of another session, and for no other", () => {
  const story = sent("m1").send("b", "m2").accept("m2").call("m1").next().act(1, "end");
  story.outcome("m2", "completed", { replyOf: 1, replySession: "a" });
  assertBreaks(replySessionMatch, story, { story: /^message "m2"/, at: story.last });
  const own = sent("m1").call("m1").next().act(1, "end").outcome("m1", "completed");
  own.put({ kind: "reply", session: "a", message: "m1", act: "begin", run: 0, from: "" });
  assertKeeps(replySessionMatch, own.reply("m1", "begin"));
});

test("STALE_EFFECT_FENCED fires when the reply of an interrupted run is delivered (late-reply)", () => {
  const story = sent("m1").call("m1").next().send("a", "m2", { policy: "interrupt" });
  story.act(1, "abort").next().act(1, "end").reply("m1", "begin");
  const how =
    'the reply of run 1 (message "m1" of session "a") was delivered though it had been aborted';
  const breach = assertBreaks(staleEffectFenced, story, { story: how, at: story.last });
  assert.deepEqual(breach.also, [2, 4]);
});

test("STALE_EFFECT_FENCED is silent when the abort came too late: to a run or a delivery", () => {
  const late = sent("m1").call("m1").next().act(1, "end").act(1, "abort").reply("m1", "begin");
  assertKeeps(staleEffectFenced, late);
  const begun = sent("m1").call("m1").next().reply("m1", "begin").next().act(1, "abort");
  begun.reply("m1", "fail").reply("m1", "begin").next();
  assertKeeps(staleEffectFenced, begun.reply("m1", "end").outcome("m1", "cancelled"));
});

test("STALE_EFFECT_FENCED fires for the reply of a message that is over, and of an older run", () => {
  const over = sent("m1").call("m1").next().outcome("m1", "abandoned").act(1, "end");
  const at = over.last + 1;
  const why = /though its message was abandoned$/;
  assertBreaks(staleEffectFenced, over.reply("m1", "begin"), { story: why, at });
  const older = sent("m1", "m2").call("m1").next().act(1, "end").call("m2").reply("m1", "begin");
  assertBreaks(staleEffectFenced, older, { story: /though run 2 had begun$/, at: older.last });
  const done = sent("m1").call("m1").next().act(1, "end").outcome("m1", "completed");
  assertKeeps(staleEffectFenced, done.reply("m1", "begin"));
});

test("STALE_EFFECT_FENCED fires after the agent was asked to stop at once, and not gracefully", () => {
  const cancelled = (level: "graceful" | "immediate") =>
    sent("m1").call("m1").next().ask("stop", "a", { level })
      .put({ kind: "cancel", session: "a", run: 1, level }).next().act(1, "end")
      .reply("m1", "begin");
  const story = cancelled("immediate");
  const why = /though the agent had been asked to stop it$/;
  assertBreaks(staleEffectFenced, story, { story: why, at: story.last });
  assertKeeps(staleEffectFenced, cancelled("graceful"));
});

test("STALE_EFFECT_FENCED fires when a given-up run stores another outcome of its message", () => {
  const stored = { kind: "stored", session: "a", message: "m1", what: "outcome" } as const;
  const story = sent("m1", "m2").call("m1").next().act(1, "end").reply("m1", "begin").put(stored);
  assertKeeps(staleEffectFenced, story.outcome("m1", "completed").put(stored));
  const twice = sent("m1", "m2").call("m1").reply("m1", "begin").next().put(stored);
  twice.outcome("m1", "abandoned").next().act(1, "end").put(stored);
  const why = /^another outcome of run 1 .* was stored though its message was abandoned$/;
  assertBreaks(staleEffectFenced, twice, { story: why, at: twice.last });
});
