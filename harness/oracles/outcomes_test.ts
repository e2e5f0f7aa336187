import assert from "node:assert/strict";
import { test } from "node:test";
import { assertBreaks, assertKeeps, Story } from "./_test_support.ts";
import { noStrandedPending } from "./liveness.ts";
import { ackTruth, exactlyOneOutcome } from "./outcomes.ts";

/** A message runs, and another is taken while it does. */
function busyStory(): Story {
  return new Story().next().send("a", "m1").accept("m1").call("m1").next().look("a", "g")
    .send("a", "m2").accept("m2").next();
}

test("EXACTLY_ONE_OUTCOME fires when what comes during the clean-up is dropped (late-drop)", () => {
  const story = new Story().next().send("a", "m1").accept("m1").call("m1").next().look("a", "g");
  story.act(1, "end").next().send("a", "m2").accept("m2");
  const at = story.last - 1;
  story.outcome("m1", "completed").answer("m1").next().look("a", undefined).idle();
  const how = 'message "m2" of session "a" has no outcome';
  assert.deepEqual(assertBreaks(exactlyOneOutcome, story, { story: how, at }).also, [at + 1]);
});

test("EXACTLY_ONE_OUTCOME is silent when what comes during the clean-up gets its turn", () => {
  const story = new Story().next().send("a", "m1").accept("m1").call("m1").next().look("a", "g");
  story.act(1, "end").next().send("a", "m2").accept("m2").outcome("m1", "completed").answer("m1");
  story.call("m2").next().act(2, "end").outcome("m2", "completed").answer("m2");
  assertKeeps(exactlyOneOutcome, story.next().look("a", undefined).idle());
});

test("EXACTLY_ONE_OUTCOME fires with the look that no longer shows a message (slot-overwrite)", () => {
  const story = busyStory().look("a", "g", ["m2"]).send("a", "m3").accept("m3").next();
  story.look("a", "g", ["m3"]);
  const at = story.last;
  story.act(1, "end").outcome("m1", "completed").call("m3").next().look("a", "g").act(2, "end");
  story.outcome("m3", "completed").next().look("a", undefined).idle();
  assertBreaks(exactlyOneOutcome, story, { story: /"m2".* has no outcome/, at });
  assertKeeps(ackTruth, story);
});

test("EXACTLY_ONE_OUTCOME fires when a slot is overwritten before anybody could look", () => {
  const story = new Story().next().send("a", "m1").accept("m1").call("m1").next().look("a", "g")
    .send("a", "m2").accept("m2").rush().send("a", "m3").accept("m3").next()
    .look("a", "g", ["m3"]);
  story.act(1, "end").outcome("m1", "completed").call("m3").next().look("a", "g").act(2, "end");
  story.outcome("m3", "completed").next().look("a", undefined).idle();
  const at = story.find((record) => record.kind === "asked" && record.message === "m2");
  assertBreaks(exactlyOneOutcome, story, { story: /"m2".* has no outcome/, at });
  assertKeeps(ackTruth, story);
});

test("EXACTLY_ONE_OUTCOME is silent when the second follow-up waits behind the first", () => {
  const story = busyStory().look("a", "g", ["m2"]).send("a", "m3").accept("m3").next();
  story.look("a", "g", ["m2", "m3"]).act(1, "end").outcome("m1", "completed").call("m2").next();
  story.look("a", "g", ["m3"]).act(2, "end").outcome("m2", "completed").call("m3").next();
  story.look("a", "g").act(3, "end").outcome("m3", "completed").next().look("a", undefined).idle();
  assertKeeps(exactlyOneOutcome, story);
});

test("EXACTLY_ONE_OUTCOME fires for the second of two outcomes (double-done)", () => {
  const story = new Story().next().send("a", "m1").accept("m1").call("m1").next().ask("stop", "a")
    .act(1, "abort").next().act(1, "settle").outcome("m1", "cancelled").outcome("m1", "failed");
  const how = 'message "m1" of session "a" has two outcomes, cancelled and failed';
  assertBreaks(exactlyOneOutcome, story, { story: how, at: story.last });
});

test("EXACTLY_ONE_OUTCOME is silent for one outcome of a cancelled run, even if that ended", () => {
  const story = new Story().next().send("a", "m1").accept("m1").call("m1").next().ask("stop", "a")
    .act(1, "abort").next().act(1, "end").outcome("m1", "cancelled");
  assertKeeps(exactlyOneOutcome, story);
});

test("EXACTLY_ONE_OUTCOME counts no interrupted run that is made up for", () => {
  const story = new Story().next().send("a", "m1").accept("m1").call("m1").next()
    .put({ kind: "process", act: "crash" }).put({ kind: "process", act: "start" })
    .outcome("m1", "interrupted").call("m1").next().act(2, "end").outcome("m1", "completed");
  assertKeeps(exactlyOneOutcome, story);
  assertBreaks(exactlyOneOutcome, story.outcome("m1", "failed"), {
    story: /two outcomes, completed and failed/,
    at: story.last,
  });
});

test("EXACTLY_ONE_OUTCOME fires when a queued message fails and nothing did (end-fails-queued)", () => {
  const story = busyStory().look("a", "g", ["m2"]).ask("end", "a").act(1, "end")
    .outcome("m1", "completed").next().outcome("m2", "failed");
  const how = 'message "m2" of session "a" failed and never ran';
  assertBreaks(exactlyOneOutcome, story, { story: how, at: story.last });
});

test("EXACTLY_ONE_OUTCOME is silent when an end cancels what is queued", () => {
  const story = busyStory().look("a", "g", ["m2"]).ask("end", "a").outcome("m2", "cancelled")
    .act(1, "end").outcome("m1", "completed");
  assertKeeps(exactlyOneOutcome, story);
});

test("EXACTLY_ONE_OUTCOME takes a resume that failed, and a delivery that did, for a reason", () => {
  const lost = new Story().next().send("a", "m1").accept("m1").begin("resume", "a").next()
    .finish(1, { gone: false }).outcome("m1", "failed");
  assertKeeps(exactlyOneOutcome, lost);
  const undelivered = new Story().next().send("a", "m1").accept("m1").call("m1").next()
    .act(1, "end").reply("m1", "begin").next().reply("m1", "fail").outcome("m1", "failed");
  assertKeeps(exactlyOneOutcome, undelivered);
});

test("EXACTLY_ONE_OUTCOME takes a message that fails there and then for one that was refused", () => {
  const refused = { ok: false, detail: "Error: no" };
  const at = new Story().next().send("a", "m1").accept("m1").outcome("m1", "failed");
  assertKeeps(exactlyOneOutcome, at.answer("m1", refused));
  const later = new Story().next().send("a", "m1").accept("m1").next().outcome("m1", "failed");
  assertBreaks(exactlyOneOutcome, later.answer("m1", refused), { story: /never ran/, at: 2 });
});

test("EXACTLY_ONE_OUTCOME fires when a buffered message is completed without a run (batch-tail)", () => {
  const story = busyStory().look("a", "g", ["m2"]).send("a", "m3").accept("m3").next()
    .look("a", "g", ["m2", "m3"]).act(1, "end").outcome("m1", "completed").call("m2").next()
    .act(2, "end").outcome("m2", "completed").outcome("m3", "completed");
  const how = 'message "m3" of session "a" is completed though no run had it';
  assertBreaks(exactlyOneOutcome, story, { story: how, at: story.last });
  assertKeeps(ackTruth, story);
});

test("EXACTLY_ONE_OUTCOME is silent when the run of a batch has all its messages", () => {
  const story = busyStory().look("a", "g", ["m2"]).send("a", "m3").accept("m3").next()
    .look("a", "g", ["m2", "m3"]).act(1, "end").outcome("m1", "completed").call("m2", "m3").next()
    .act(2, "end").outcome("m2", "completed").outcome("m3", "completed");
  assertKeeps(exactlyOneOutcome, story);
});

test("EXACTLY_ONE_OUTCOME fires for completed while the run goes on, and after it threw", () => {
  const story = () => new Story().next().send("a", "m1").accept("m1").call("m1").next();
  const early = story().outcome("m1", "completed");
  assertBreaks(exactlyOneOutcome, early, { story: /completed before run 1 had ended/, at: 3 });
  const wrong = story().act(1, "throw").outcome("m1", "completed");
  assertBreaks(exactlyOneOutcome, wrong, { story: /though run 1 did not end well/, at: 4 });
});

test("EXACTLY_ONE_OUTCOME fires for an outcome that nobody is owed, and for a refused run", () => {
  const unknown = new Story().accept("m1").outcome("m1", "cancelled").outcome("m2", "cancelled");
  const how = 'message "m2" of session "a" has an outcome unaccepted';
  assertBreaks(exactlyOneOutcome, unknown, { story: how, at: 2 });
  const story = () =>
    new Story().send("a", "m1").reject("m1").send("a", "m2").accept("m2").outcome(
      "m2",
      "cancelled",
    );
  assertBreaks(exactlyOneOutcome, story().outcome("m1", "cancelled"), {
    story: 'message "m1" of session "a" has an outcome though it was rejected',
    at: 5,
  });
  assertBreaks(exactlyOneOutcome, story().call("m1"), {
    story: /ran though it was rejected/,
    at: 5,
  });
});

test("EXACTLY_ONE_OUTCOME is silent for what a session may still be at", () => {
  const running = busyStory().look("a", "g", ["m2"]).idle();
  assertKeeps(exactlyOneOutcome, running);
  const opening = new Story().next().send("a", "m1").accept("m1").begin("open", "a").next().idle();
  assertKeeps(exactlyOneOutcome, opening);
});

test("EXACTLY_ONE_OUTCOME leaves a message that waits on an idle session to NO_STRANDED_PENDING", () => {
  const story = busyStory().look("a", "g", ["m2"]).act(1, "end").outcome("m1", "completed").next()
    .look("a", undefined, ["m2"]).idle();
  assertKeeps(exactlyOneOutcome, story);
  assertBreaks(noStrandedPending, story, { story: /"m2".* was left waiting/, at: story.last - 1 });
});

test("EXACTLY_ONE_OUTCOME owes nothing to another delivery of an event that ran", () => {
  const story = new Story().send("a", "m1", { event: "e1" }).accept("m1").call("m1").next()
    .act(1, "end").outcome("m1", "completed").next().send("a", "m2", { event: "e1" }).accept("m2")
    .answer("m2").next().idle();
  assertKeeps(exactlyOneOutcome, story);
});

test("EXACTLY_ONE_OUTCOME knows more reasons why a message fails that never ran", () => {
  const story = (before: (story: Story) => Story) =>
    before(new Story().next().send("a", "m1").accept("m1").next()).outcome("m1", "failed");
  const breaks = (story: Story) =>
    assertBreaks(exactlyOneOutcome, story, { story: /failed and never ran/, at: story.last });
  assertKeeps(exactlyOneOutcome, story((it) => it.put({ kind: "timer", timer: 1 })));
  assertKeeps(exactlyOneOutcome, story((it) => it.ask("disconnect", "a").next()));
  assertKeeps(
    exactlyOneOutcome,
    story((it) => it.ask("create", "a").answer("create a", { ok: false })),
  );
  breaks(story((it) => it.ask("disconnect", "b").next()));
  breaks(story((it) => it.ask("create", "b").answer("create b", { ok: false })));
  breaks(story((it) => it.ask("create", "a").answer("create a")));
  breaks(story((it) => it.ask("stop", "a").answer("stop a", { ok: false })));
  breaks(story((it) => it.begin("open", "b").next().finish(1, { gone: false })));
  breaks(story((it) => it.begin("open", "a").next().finish(1)));
  const undelivered = new Story().next().send("a", "m2").accept("m2").reply("m2", "begin")
    .reply("m2", "fail").outcome("m2", "failed");
  breaks(undelivered.send("a", "m1").accept("m1").next().outcome("m1", "failed"));
});

test("EXACTLY_ONE_OUTCOME takes a port that hangs when a message comes for a reason", () => {
  const hangs = new Story().next().begin("open", "a").next().send("a", "m1").accept("m1")
    .outcome("m1", "failed");
  assertKeeps(exactlyOneOutcome, hangs);
  const later = new Story().next().send("a", "m1").accept("m1").next().begin("close", "a")
    .outcome("m1", "failed");
  assertBreaks(exactlyOneOutcome, later, { story: /failed and never ran/, at: later.last });
});

test("EXACTLY_ONE_OUTCOME lets deliveries of one event share what came of it", () => {
  const first = (how: "end" | "throw") =>
    new Story().next().send("a", "m1", { event: "e" }).accept("m1").call("m1").next()
      .send("a", "m2", { event: "e" }).accept("m2").next().act(1, how);
  const done = first("end").outcome("m1", "completed").outcome("m2", "completed");
  assertKeeps(exactlyOneOutcome, done);
  assertKeeps(exactlyOneOutcome, first("throw").outcome("m1", "failed").outcome("m2", "failed"));
});

test("EXACTLY_ONE_OUTCOME does not doubt a small world that says nothing of what was asked", () => {
  assertKeeps(exactlyOneOutcome, new Story().accept("m1").outcome("m1", "completed"));
  assertKeeps(exactlyOneOutcome, new Story().accept("m1").outcome("m1", "failed"));
});

test("EXACTLY_ONE_OUTCOME fires for a run without an outcome, with where it settled", () => {
  const story = new Story().next().send("a", "m1").accept("m1").call("m1").next().act(1, "throw");
  assertBreaks(exactlyOneOutcome, story, { story: /"m1".* has no outcome/, at: 3 });
});

test("EXACTLY_ONE_OUTCOME takes a process that died for a reason why a message fails", () => {
  const story = new Story().next().send("a", "m1").accept("m1").next()
    .put({ kind: "process", act: "crash" }).put({ kind: "process", act: "start" })
    .outcome("m1", "failed");
  assertKeeps(exactlyOneOutcome, story);
});

test("EXACTLY_ONE_OUTCOME is not content with a run that ended after the outcome was told", () => {
  const early = new Story().next().send("a", "m1").accept("m1").outcome("m1", "completed")
    .call("m1").next().act(1, "end");
  assertBreaks(exactlyOneOutcome, early, { story: /completed though no run had it/, at: 2 });
});
