import { test } from "node:test";
import { assertBreaks, assertKeeps, Story } from "./_test_support.ts";
import { futureSettles } from "./liveness.ts";
import { ackTruth, exactlyOneOutcome } from "./outcomes.ts";

const LINE = { kind: "guard", session: "a", guard: "g", live: true, waiting: [] } as const;

/** A message runs, and a look shows that nobody is in line. */
function runningStory(): Story {
  return new Story().next().send("a", "m1").accept("m1").call("m1").next()
    .put({ ...LINE, showsLine: true });
}

/** Another is taken while it does. */
function busyStory(): Story {
  return runningStory().send("a", "m2").accept("m2");
}

/** The turn of the first is over, and nothing is left. */
function over(story: Story): Story {
  return story.next().act(1, "end").outcome("m1", "completed").answer("m1").next()
    .look("a", undefined).idle();
}

const LOST = { story: /"m2".* has no outcome/, at: 4 };
const NOT_IN_LINE = { story: /"m2".* was never in line/, at: 5 };
const HUNG = { story: /the send of message "m2".* never settled/, at: 4 };

test("a message that was never in line is told by ACK_TRUTH alone", () => {
  const story = over(busyStory());
  assertBreaks(ackTruth, story, NOT_IN_LINE);
  assertKeeps(exactlyOneOutcome, story);
  assertKeeps(futureSettles, story);
});

test("so is one that came while the reply was on its way", () => {
  const story = busyStory().rush().act(1, "end").reply("m1", "begin").next()
    .reply("m1", "end").outcome("m1", "completed").next().look("a", undefined).idle();
  assertBreaks(ackTruth, story, NOT_IN_LINE);
  const elsewhere = new Story().next().send("a", "m1").accept("m1").call("m1").next()
    .look("a", "g").send("a", "m2").accept("m2").rush().act(1, "end").reply("m9", "begin", 7).next()
    .reply("m9", "end", 7).outcome("m1", "completed").next().look("a", undefined).idle();
  assertKeeps(ackTruth, elsewhere);
  assertBreaks(exactlyOneOutcome, elsewhere, LOST);
});

test("one that came just before the turn was over is told by EXACTLY_ONE_OUTCOME", () => {
  const story = busyStory().rush().act(1, "end").outcome("m1", "completed").next()
    .look("a", undefined).idle();
  assertKeeps(ackTruth, story);
  assertBreaks(exactlyOneOutcome, story, LOST);
});

test("one that something else came upon in the same instant may have been in line", () => {
  const upon = (story: Story) => over(story.rush().send("a", "m3").accept("m3"));
  assertBreaks(ackTruth, upon(busyStory()), NOT_IN_LINE);
  const cancelled = over(
    busyStory().rush().send("a", "m3").accept("m3").outcome("m3", "cancelled"),
  );
  assertKeeps(ackTruth, cancelled);
  assertBreaks(exactlyOneOutcome, cancelled, LOST);
  const ran = busyStory().rush().send("a", "m3").accept("m3").next().act(1, "end")
    .outcome("m1", "completed").call("m3").next().act(2, "end").outcome("m3", "completed").next()
    .look("a", undefined).idle();
  assertKeeps(ackTruth, ran);
  const later = over(busyStory().next().send("a", "m3").accept("m3").outcome("m3", "cancelled"));
  assertBreaks(ackTruth, later, NOT_IN_LINE);
});

test("one that is asked to go in the instant in which it came is told by FUTURE_SETTLES", () => {
  const stopped = over(busyStory().rush().ask("stop", "a").answer("stop a"));
  assertKeeps(ackTruth, stopped);
  assertKeeps(exactlyOneOutcome, stopped);
  assertBreaks(futureSettles, stopped, HUNG);
  const later = over(busyStory().next().ask("stop", "a").answer("stop a"));
  assertBreaks(ackTruth, later, NOT_IN_LINE);
});

test("nobody can say so of a host that does not show its sessions, nor of an event that ran", () => {
  const unseen = new Story().next().send("a", "m1").accept("m1").call("m1").next().send("a", "m2")
    .accept("m2").next().act(1, "end").outcome("m1", "completed").next().idle();
  assertKeeps(ackTruth, unseen);
  assertBreaks(exactlyOneOutcome, unseen, { story: LOST.story, at: 3 });
  const event = { event: "e" };
  const again = over(
    new Story().next().send("a", "m1", event).accept("m1").call("m1").next().look("a", "g")
      .send("a", "m2", event).accept("m2"),
  );
  assertKeeps(ackTruth, again);
});

test("a message that hangs since it was in line at a stop is told by FUTURE_SETTLES", () => {
  const line = () => busyStory().next().look("a", "g", ["m2"]);
  const story = over(line().ask("stop", "a").answer("stop a").next().look("a", "g"));
  assertBreaks(futureSettles, story, HUNG);
  assertKeeps(exactlyOneOutcome, story);
  const elsewhere = over(line().ask("stop", "b").answer("stop b").next().look("a", "g"));
  assertKeeps(futureSettles, elsewhere);
  const before = over(line().next().look("a", "g").ask("stop", "a").answer("stop a"));
  assertKeeps(futureSettles, before);
  const told = over(line().answer("m2").ask("stop", "a").answer("stop a").next().look("a", "g"));
  assertKeeps(futureSettles, told);
  assertBreaks(exactlyOneOutcome, told, { story: LOST.story, at: told.find(isEmptyLook) });
});

test("so is one that was interrupted, or came in the same instant as the stop", () => {
  const line = () => busyStory().next().look("a", "g", ["m2"]);
  const interrupted = line().send("a", "m3", { policy: "interrupt" }).reject("m3").answer("m3")
    .next().look("a", "g");
  assertBreaks(futureSettles, over(interrupted), HUNG);
  const instant = over(busyStory().rush().ask("stop", "a").answer("stop a"));
  assertBreaks(futureSettles, instant, HUNG);
  assertKeeps(ackTruth, instant);
});

test("a stop that is not over when a message comes may be why that hangs", () => {
  const stopping = () =>
    new Story().next().send("a", "m1").accept("m1").call("m1").next().look("a", "g")
      .ask("stop", "a").next();
  const hung = over(stopping().send("a", "m2").accept("m2").next().answer("stop a"));
  assertBreaks(futureSettles, hung, { story: HUNG.story, at: 5 });
  const done = over(stopping().answer("stop a").send("a", "m2").accept("m2"));
  assertKeeps(futureSettles, done);
});

test("a message that ran hangs because of a stop if that came while it ran", () => {
  const story = (isLate: boolean) => {
    const running = new Story().next().send("a", "m2").accept("m2").call("m2").next();
    if (isLate) running.act(1, "end").next().ask("stop", "a");
    else running.ask("stop", "a").act(1, "abort").next().act(1, "settle");
    return running.answer("stop a").next().idle();
  };
  assertBreaks(futureSettles, story(false), { story: HUNG.story, at: 0 });
  assertKeeps(futureSettles, story(true));
  assertBreaks(exactlyOneOutcome, story(true), { story: LOST.story, at: 3 });
});

test("of a host that does not show its lines, a message was there if its session was at work", () => {
  const unshown = () =>
    new Story().next().send("a", "m1").accept("m1").call("m1").next().look("a", "g")
      .send("a", "m2").accept("m2").next();
  const working = over(unshown().ask("stop", "a").answer("stop a"));
  assertBreaks(futureSettles, working, HUNG);
  assertKeeps(ackTruth, working);
  const idle = unshown().act(1, "end").outcome("m1", "completed").answer("m1").next()
    .look("a", undefined).ask("stop", "a").answer("stop a").next().idle();
  assertKeeps(futureSettles, idle);
  assertBreaks(exactlyOneOutcome, idle, LOST);
  const shown = over(busyStory().next().ask("stop", "a").answer("stop a"));
  assertKeeps(futureSettles, shown);
});

test("a shutdown hangs what was in line on any session, and an interrupt only what it came upon", () => {
  const line = () => busyStory().next().look("a", "g", ["m2"]);
  const down = over(line().ask("shutdown").answer("shutdown").next().look("a", "g"));
  assertBreaks(futureSettles, down, HUNG);
  const before = runningStory().send("a", "m3", { policy: "interrupt" }).reject("m3").next()
    .send("a", "m2").accept("m2");
  assertKeeps(futureSettles, over(before.answer("m3")));
});

function isEmptyLook(
  record: { kind: string; guard?: unknown; waiting?: readonly string[] },
): boolean {
  return record.kind === "guard" && record.guard !== undefined && record.waiting?.length === 0;
}
