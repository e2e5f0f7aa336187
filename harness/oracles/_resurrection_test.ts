import assert from "node:assert/strict";
import { test } from "node:test";
import { noResurrection } from "./_resurrection.ts";
import { assertBreaks, assertKeeps, Story } from "./_test_support.ts";

/** A session that had a turn and was ended. */
function endedStory(): Story {
  return new Story().next().send("a", "m1").accept("m1").call("m1").next().act(1, "end")
    .outcome("m1", "completed").next().ask("end", "a").answer("end a").next();
}

test("NO_RESURRECTION fires when a resume that failed brings a session back (early-clear)", () => {
  const story = endedStory().ask("resume", "a", { revive: true }).begin("resume", "a").next()
    .finish(1, { gone: false }).answer("resume a", { ok: false }).next().send("a", "m2")
    .accept("m2");
  const how =
    'message "m2" of session "a" was accepted though session "a" was ended, and its revive failed';
  const breach = assertBreaks(noResurrection, story, { story: how, at: story.last });
  const { also = [] } = breach;
  assert.deepEqual(also.map((at) => story.records[at]?.kind), ["asked", "asked", "answered"]);
});

test("NO_RESURRECTION is silent when a failed revive leaves the session ended", () => {
  const story = endedStory().ask("resume", "a", { revive: true }).begin("resume", "a").next()
    .finish(1, { gone: false }).answer("resume a", { ok: false }).next().send("a", "m2")
    .reject("m2", "ended");
  assertKeeps(noResurrection, story);
});

test("NO_RESURRECTION is silent when a revive succeeded, also before it has returned", () => {
  const story = endedStory().ask("resume", "a", { revive: true }).begin("resume", "a").next()
    .finish(1).handle("a", "open").send("a", "m2").accept("m2").answer("resume a").call("m2");
  assertKeeps(noResurrection, story);
  const again = story.next().act(2, "end").outcome("m2", "completed").ask("end", "a")
    .answer("end a").next().send("a", "m3").accept("m3");
  assertBreaks(noResurrection, again, { story: /"m3".* was accepted/, at: again.last });
});

test("NO_RESURRECTION fires for a handle that is opened later, not for one that was on its way", () => {
  const late = endedStory().begin("open", "a").next().finish(1).handle("a", "open");
  const how = 'session "a" got a handle though session "a" was ended';
  assertBreaks(noResurrection, late, { story: how, at: late.last });
  const onItsWay = new Story().next().ask("create", "a").begin("open", "a").next().ask("end", "a")
    .next().finish(1).handle("a", "open").handle("a", "close").answer("end a");
  assertKeeps(noResurrection, onItsWay);
});

test("NO_RESURRECTION does not take a message for accepted that an end under way cancels", () => {
  const story = new Story().next().ask("end", "a").send("a", "m1").accept("m1").answer("end a");
  assertKeeps(noResurrection, story.outcome("m1", "cancelled"));
  const runs = new Story().next().ask("end", "a").send("a", "m1").accept("m1").call("m1");
  assertBreaks(noResurrection, runs, { story: /was accepted though/, at: 2 });
});

test("NO_RESURRECTION is silent for what was asked, or refused, before and at the end", () => {
  const before = new Story().next().send("a", "m1").ask("end", "a").accept("m1")
    .outcome("m1", "cancelled").answer("end a");
  assertKeeps(noResurrection, before);
  const refused = endedStory().send("a", "m2").accept("m2").outcome("m2", "failed")
    .answer("m2", { ok: false });
  assertKeeps(noResurrection, refused);
  const failed = new Story().next().ask("end", "a").answer("end a", { ok: false }).next()
    .send("a", "m1").accept("m1").call("m1");
  assertKeeps(noResurrection, failed);
  const other = endedStory().send("b", "m2").accept("m2").call("m2").handle("b", "open", 2);
  assertKeeps(noResurrection, other);
});

test("NO_RESURRECTION is silent for a handle that nobody keeps, and after the process died", () => {
  const late = endedStory().ask("resume", "a", { revive: true }).begin("resume", "a").next()
    .answer("resume a", { ok: false }).next().finish(1).handle("a", "open");
  assertBreaks(noResurrection, late, { story: /got a handle/, at: late.last });
  assertKeeps(noResurrection, late.handle("a", "close"));
  const during = endedStory().ask("resume", "a", { revive: true }).begin("resume", "a").next()
    .finish(1).handle("a", "open").next().handle("a", "close").answer("resume a", { ok: false });
  assertKeeps(noResurrection, during);
  const restarted = endedStory().put({ kind: "process", act: "crash" })
    .put({ kind: "process", act: "start" }).next().send("a", "m2").accept("m2").call("m2");
  assertKeeps(noResurrection, restarted);
});

test("NO_RESURRECTION takes a plain resume and a create for no revive", () => {
  for (const what of ["resume", "create"] as const) {
    const story = endedStory().ask(what, "a").answer(`${what} a`).next().send("a", "m2").accept(
      "m2",
    );
    assertBreaks(noResurrection, story, { story: /"m2".* was accepted/, at: story.last });
  }
});

test("NO_RESURRECTION lets a handle be closed later that was on its way at the end", () => {
  const story = new Story().next().ask("create", "a").begin("open", "a").next().ask("end", "a")
    .next().finish(1).handle("a", "open").next().handle("a", "close").answer("end a");
  assertKeeps(noResurrection, story);
  const asked = new Story().next().ask("create", "a").next().ask("end", "a").next()
    .handle("a", "open").next().handle("a", "close").answer("create a", { ok: false });
  assertKeeps(noResurrection, asked);
});

test("NO_RESURRECTION fires when what was queued runs though the end has returned", () => {
  const story = () =>
    new Story().next().send("a", "m1").accept("m1").call("m1").next().send("a", "m2").accept("m2")
      .next().ask("end", "a");
  const runs = story().answer("end a").next().act(1, "end").call("m2");
  const how = 'run 2 (message "m2" of session "a") began though session "a" was ended';
  assertBreaks(noResurrection, runs, { story: how, at: runs.last });
  const cancelled = story().outcome("m2", "cancelled").next().act(1, "end").answer("end a");
  assertKeeps(noResurrection, cancelled);
  const workedOff = story().next().act(1, "end").call("m2").next().act(2, "end").answer("end a");
  assertKeeps(noResurrection, workedOff);
});

test("NO_RESURRECTION knows an ended session also while it is ended once more", () => {
  const story = new Story().next().send("a", "m1").accept("m1").next().ask("end", "a")
    .answer("end a").next().ask("end", "a").call("m1");
  assertBreaks(noResurrection, story, { story: /run 1 .* began though/, at: story.last });
});

test("NO_RESURRECTION lets an end that is under way get a handle for what it works off", () => {
  const story = () =>
    new Story().next().send("a", "m1").accept("m1").next().ask("end", "a").begin("open", "a").next()
      .finish(1);
  const opened = story().handle("a", "open").call("m1").next().act(1, "end").handle("a", "close");
  assertKeeps(noResurrection, opened.answer("end a"));
  const late = story().answer("end a").handle("a", "open");
  assertBreaks(noResurrection, late, { story: /got a handle/, at: late.last });
});
