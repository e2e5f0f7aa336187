import assert from "node:assert/strict";
import { test } from "node:test";
import { assertBreaks, assertKeeps, Story } from "./_test_support.ts";
import { ackTruth, exactlyOneOutcome, mergeLossless } from "./outcomes.ts";

/** A message runs, and another is taken while it does. */
function busyStory(): Story {
  return new Story().next().send("a", "m1").accept("m1").call("m1").next().look("a", "g")
    .send("a", "m2").accept("m2").next();
}

test("ACK_TRUTH fires when a full queue drops what it says it took (false-ack)", () => {
  const story = busyStory().look("a", "g", ["m2"]).send("a", "m3").accept("m3");
  const at = story.last;
  story.answer("m3", { detail: "queued" }).next().act(1, "end").outcome("m1", "completed");
  story.call("m2").next().look("a", "g").act(2, "end").outcome("m2", "completed").next();
  story.look("a", undefined).idle();
  const how =
    'message "m3" of session "a" was accepted while run 1 (message "m1" of session "a") ' +
    "was going on, and was never in line";
  assert.deepEqual(assertBreaks(ackTruth, story, { story: how, at }).also, [2]);
  assertKeeps(exactlyOneOutcome, story);
});

test("ACK_TRUTH is silent when a full queue says so", () => {
  const story = busyStory().look("a", "g", ["m2"]).send("a", "m3").reject("m3", "full").next()
    .act(1, "end").outcome("m1", "completed").call("m2").next().look("a", "g").act(2, "end")
    .outcome("m2", "completed").next().look("a", undefined).idle();
  assertKeeps(ackTruth, story);
  assertKeeps(exactlyOneOutcome, story);
});

test("ACK_TRUTH fires when a message is completed while the run before it goes on", () => {
  const story = busyStory().outcome("m2", "completed").answer("m2").next().act(1, "end")
    .outcome("m1", "completed").idle();
  const at = story.find((record) => record.kind === "accepted");
  assertBreaks(ackTruth, story, { story: /"m2".* was never in line/, at });
  assertKeeps(exactlyOneOutcome, story);
});

test("ACK_TRUTH fires when a message is refused after all", () => {
  const story = busyStory().look("a", "g", ["m2"]).reject("m2", "full");
  const how = 'message "m2" of session "a" was accepted and then rejected';
  assertBreaks(ackTruth, story, { story: how, at: story.last });
});

test("ACK_TRUTH fires when a message is accepted before it is on disk (ack-lost)", () => {
  const story = new Story().next().send("a", "m1").accept("m1").begin("store", "a").next()
    .put({ kind: "process", act: "crash" }).put({ kind: "process", act: "start" }).next().idle();
  const policies = { durable: true };
  const how = 'message "m1" of session "a" was accepted before it was on disk';
  assertBreaks(ackTruth, story, { story: how, at: 1, policies });
  assertKeeps(ackTruth, story);
  assertKeeps(exactlyOneOutcome, story, policies);
});

test("ACK_TRUTH fires when what is on disk is forgotten after a crash, and is silent when it runs", () => {
  const policies = { durable: true };
  const story = () =>
    new Story().next().send("a", "m1").begin("store", "a").next().finish(1)
      .put({ kind: "stored", session: "a", message: "m1", what: "message" }).accept("m1").next()
      .put({ kind: "process", act: "crash" }).put({ kind: "process", act: "start" });
  assertBreaks(ackTruth, story().next().idle(), {
    story: /forgotten when it came back/,
    at: 6,
    policies,
  });
  const run = story().call("m1").next().act(1, "end").outcome("m1", "completed").idle();
  assertKeeps(ackTruth, run, policies);
  assertKeeps(ackTruth, story().outcome("m1", "interrupted").idle(), policies);
});

test("MERGE_LOSSLESS fires when a run joins what two senders wrote (mash)", () => {
  const story = busyStory().send("a", "m3", { sender: "s2" }).accept("m3").next().act(1, "end")
    .call("m2", "m3");
  const how = 'run 2 (message "m2" of session "a") joins what "s1" and "s2" wrote';
  assertBreaks(mergeLossless, story, { story: how, at: story.last });
});

test("MERGE_LOSSLESS is silent when a run joins what one sender wrote", () => {
  const story = busyStory().send("a", "m3").accept("m3").next().act(1, "end").call("m2", "m3")
    .next().act(2, "end").outcome("m2", "completed").outcome("m3", "merged", "m2");
  assertKeeps(mergeLossless, story);
});

test("MERGE_LOSSLESS fires when a merged message was not in the run it was merged into", () => {
  const story = busyStory().send("a", "m3").accept("m3").next().act(1, "end").call("m2").next()
    .act(2, "end").outcome("m2", "completed").outcome("m3", "merged", "m2");
  const how = 'message "m3" of session "a" is merged into message "m2", whose run did not have it';
  assertBreaks(mergeLossless, story, { story: how, at: story.last });
});

test("ACK_TRUTH asks of a durable host what became of a message after a crash, if anything could", () => {
  const policies = { durable: true };
  const stored = { kind: "stored", session: "a", message: "m1" } as const;
  const taken = () =>
    new Story().next().send("a", "m1").put({ ...stored, what: "message" }).accept("m1").next();
  const crash = (story: Story) => story.put({ kind: "process", act: "crash" });
  const back = (story: Story) => story.put({ kind: "process", act: "start" });
  assertKeeps(ackTruth, crash(taken()).idle(), policies);
  const over = taken().call("m1").next().act(1, "end").put({ ...stored, what: "outcome" });
  assertKeeps(ackTruth, back(crash(over)).idle(), policies);
  const running = taken().call("m1").next();
  assertBreaks(ackTruth, back(crash(running)).idle(), { story: /forgotten/, at: 5, policies });
  const waits = back(crash(taken())).look("a", "g", ["m1"]).idle();
  assertKeeps(ackTruth, waits, policies);
  const later = back(crash(new Story().next())).send("a", "m1").put({ ...stored, what: "message" })
    .accept("m1").idle();
  assertKeeps(ackTruth, later, policies);
  const late = new Story().send("a", "m1").accept("m1").put({ ...stored, what: "message" });
  assertBreaks(ackTruth, late, { story: /before it was on disk/, at: 1, policies });
  const refused = new Story().send("a", "m1").accept("m1").outcome("m1", "failed");
  assertKeeps(ackTruth, refused.answer("m1", { ok: false }), policies);
});

test("MERGE_LOSSLESS wants a run of both, before the outcome", () => {
  const queued = () => busyStory().send("a", "m3").accept("m3").next().act(1, "end");
  assertKeeps(mergeLossless, queued().call("m2", "m3").next().outcome("m3", "merged"));
  const alone = queued().call("m3").next().act(2, "end").outcome("m3", "merged");
  assertBreaks(mergeLossless, alone, { story: /merged into another, whose run/, at: alone.last });
  const early = queued().outcome("m3", "merged", "m2");
  const at = early.last;
  assertBreaks(mergeLossless, early.call("m2", "m3"), { story: /whose run did not have it/, at });
  const unknown = queued().call("m2", "m3").next().outcome("m3", "merged", "m9");
  assertBreaks(mergeLossless, unknown, { story: /into message "m9"/, at: unknown.last });
});

test("ACK_TRUTH is silent for what runs, waits or is on its way after a crash", () => {
  const policies = { durable: true };
  const back = () =>
    new Story().next().send("a", "m1")
      .put({ kind: "stored", session: "a", message: "m1", what: "message" }).accept("m1").next()
      .put({ kind: "process", act: "crash" }).put({ kind: "process", act: "start" });
  assertKeeps(ackTruth, back().call("m1").next().act(1, "end").idle(), policies);
  assertKeeps(ackTruth, back().look("a", undefined, ["m1"]).idle(), policies);
  assertKeeps(ackTruth, back().begin("open", "a").idle(), policies);
});
