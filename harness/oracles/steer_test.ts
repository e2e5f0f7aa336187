import { test } from "node:test";
import type { RecordOf } from "../ledger_record.ts";
import { type AskedDetails, assertBreaks, assertKeeps, Story } from "./_test_support.ts";
import { cancelTarget } from "./cancel.ts";
import { exactlyOneOutcome, mergeLossless } from "./outcomes.ts";
import { fifo } from "./turns.ts";

type SteerAct = RecordOf<"steer">["act"];

const steer = (message: string, run: number, act: SteerAct): RecordOf<"steer"> => ({
  kind: "steer",
  session: "a",
  message,
  run,
  act,
});

/** A run on m1, and messages that wait: those of `policy` are to steer it. */
function busyStory(waiting: Readonly<Record<string, AskedDetails>>): Story {
  const story = new Story().next().send("a", "m1").accept("m1").call("m1").next();
  for (const [name, details] of Object.entries(waiting)) {
    story.send("a", name, details).accept(name).next();
  }
  return story;
}

const STEER = { m2: { policy: "steer" } };

test("a message that a run took has run there: it is merged, or shares what became of the run", () => {
  const taken = () => busyStory(STEER).put(steer("m2", 1, "take")).next().act(1, "end");
  const story = taken().outcome("m1", "completed").outcome("m2", "merged", { by: "m1" });
  for (const oracle of [exactlyOneOutcome, mergeLossless, fifo]) {
    assertKeeps(oracle, story);
  }
  const failed = busyStory(STEER).put(steer("m2", 1, "take")).next().act(1, "throw")
    .outcome("m1", "failed").outcome("m2", "failed");
  assertKeeps(exactlyOneOutcome, failed);
});

test("MERGE_LOSSLESS fires when a message is merged into a run that did not take it (steer-lost)", () => {
  const story = busyStory(STEER).put(steer("m2", 1, "refuse")).act(1, "end")
    .outcome("m2", "merged", { by: "m1" });
  assertBreaks(mergeLossless, story, {
    story: 'message "m2" of session "a" is merged into message "m1", whose run did not have it',
    at: story.last,
  });
});

test("MERGE_LOSSLESS fires when a run takes what another sender wrote", () => {
  const story = busyStory({ m2: { policy: "steer", sender: "s2" } }).put(steer("m2", 1, "take"));
  assertBreaks(mergeLossless, story, {
    story: 'run 1 (message "m1" of session "a") joins what "s1" and "s2" wrote',
    at: story.last,
  });
});

test("EXACTLY_ONE_OUTCOME fires when a message that a run took has no outcome", () => {
  const story = busyStory(STEER).put(steer("m2", 1, "take")).next().act(1, "end")
    .outcome("m1", "completed").next();
  assertBreaks(exactlyOneOutcome, story, {
    story: 'message "m2" of session "a" has no outcome',
    at: story.find((record) => record.kind === "run" && record.act === "end"),
  });
});

test("FIFO fires when a message runs that a run took before (steer-twice)", () => {
  const story = busyStory(STEER).put(steer("m2", 1, "take")).next().act(1, "end").next().call("m2");
  assertBreaks(fifo, story, {
    story: 'run 2 (message "m2" of session "a") began though its message had run, in run 1',
    at: story.last,
  });
});

test("FIFO lets a message run that a run took in vain: cancelled, or too late", () => {
  const taken = () => busyStory(STEER).put(steer("m2", 1, "take")).next();
  assertKeeps(fifo, taken().act(1, "abort").act(1, "settle").next().call("m2"));
  const over = taken().act(1, "end").outcome("m1", "superseded", { by: "m3" }).next().call("m2");
  assertKeeps(fifo, over);
  assertKeeps(fifo, taken().act(1, "end").put({ kind: "timer", timer: 1 }).next().call("m2"));
});

test("FIFO fires when a run takes a message past one that waits (steer-overtaken)", () => {
  const story = busyStory({ m2: {}, m3: { policy: "steer" } }).put(steer("m3", 1, "take"));
  const at = story.last;
  story.next().act(1, "end").next().call("m2");
  assertBreaks(fifo, story, {
    story:
      'run 1 took message "m3" of session "a" past message "m2" of session "a", which came earlier',
    at,
  });
});

test("CANCEL_TARGET fires when a run takes what was taken back", () => {
  const story = busyStory(STEER).ask("withdraw", "a", { message: "m2" }).next()
    .put(steer("m2", 1, "take"));
  assertBreaks(cancelTarget, story, {
    story: 'run 1 took message "m2" of session "a", which had been taken back',
    at: story.last,
  });
  const same = busyStory(STEER).put(steer("m2", 1, "take"))
    .ask("withdraw", "a", { message: "m2" }).next().act(1, "end").outcome("m2", "merged");
  assertKeeps(cancelTarget, same);
});

const rollback = (run: number, act: "begin" | "end"): RecordOf<"rollback"> => ({
  kind: "rollback",
  session: "a",
  message: `m${run}`,
  run,
  act,
});

/** m2 interrupts the run on m1, to have it rolled back. */
function interruptedStory(): Story {
  return busyStory({ m2: { policy: "rollback" } }).act(1, "abort").next();
}

test("CANCEL_TARGET is silent when the interrupted run is rolled back before the next begins", () => {
  const story = interruptedStory().act(1, "settle").put(rollback(1, "begin")).next()
    .put(rollback(1, "end")).outcome("m1", "superseded", { by: "m2" }).next().call("m2");
  assertKeeps(cancelTarget, story);
});

test("CANCEL_TARGET fires when a message runs on what it was to roll back (rollback-late)", () => {
  const how =
    'message "m2" of session "a" ran on what it was to roll back: run 1 (message "m1" of session "a") was still there';
  const never = interruptedStory().act(1, "settle").outcome("m1", "superseded", { by: "m2" })
    .next().call("m2");
  assertBreaks(cancelTarget, never, { story: how, at: never.last });
  // A timer of anybody, before or after the interrupt, is no excuse for one that never began.
  const timed = busyStory({}).put({ kind: "timer", timer: 1 })
    .next().send("a", "m2", { policy: "rollback" }).accept("m2").act(1, "abort").next()
    .put({ kind: "timer", timer: 2 }).act(1, "settle")
    .outcome("m1", "superseded", { by: "m2" }).next().call("m2");
  assertBreaks(cancelTarget, timed, { story: how, at: timed.last });
  const died = interruptedStory().act(1, "settle").outcome("m1", "superseded", { by: "m2" })
    .put({ kind: "process", act: "crash" }).put({ kind: "process", act: "start" }).call("m2");
  assertKeeps(cancelTarget, died);
  const open = interruptedStory().act(1, "settle").put(rollback(1, "begin"))
    .outcome("m1", "superseded", { by: "m2" }).next().put({ kind: "timer", timer: 1 }).call("m2");
  // Who waited for the rollback as long as a deadline is excused.
  assertKeeps(cancelTarget, open);
  // So is who waited for the agent's own cancel, which comes before it, but not who did not.
  const asked = () => interruptedStory().act(1, "settle").begin("cancel immediate", "a").next();
  const next = (story: Story) =>
    story.put({ kind: "timer", timer: 1 }).outcome("m1", "superseded", { by: "m2" }).next()
      .call("m2");
  assertKeeps(cancelTarget, next(asked()));
  assertKeeps(cancelTarget, next(asked().put({ kind: "timer", timer: 2 }).finish(1)));
  const over = next(asked().finish(1));
  assertBreaks(cancelTarget, over, { story: how, at: over.last });
  const elsewhere = next(asked().finish(1).begin("cancel immediate", "b").begin("x", "a"));
  assertBreaks(cancelTarget, elsewhere, { story: how, at: elsewhere.last });
});

test("CANCEL_TARGET fires when a run is rolled back while it, or another one, goes on", () => {
  const early = interruptedStory().put(rollback(1, "begin"));
  assertBreaks(cancelTarget, early, {
    story: 'run 1 (message "m1" of session "a") was rolled back while it went on',
    at: early.last,
  });
  const late = interruptedStory().act(1, "settle").outcome("m1", "superseded", { by: "m2" })
    .next().call("m2").next().put(rollback(1, "begin"));
  assertBreaks(cancelTarget, late, {
    story:
      'run 1 (message "m1" of session "a") was rolled back while run 2 (message "m2" of session "a") went on',
    at: late.last,
  });
});

test("CANCEL_TARGET lets a run be rolled back beside one that was given up before", () => {
  const story = (status: string) =>
    new Story().next().send("a", "m0").accept("m0").call("m0").act(1, "abort")
      .outcome("m0", status).next().send("a", "m1").accept("m1").call("m1").next()
      .send("a", "m2", { policy: "rollback" }).accept("m2").act(2, "abort").next()
      .act(2, "settle").put(rollback(2, "begin"));
  assertKeeps(cancelTarget, story("abandoned"));
  const going = story("cancelled");
  const how = /^run 2 .* was rolled back while run 1 .* went on$/;
  assertBreaks(cancelTarget, going, { story: how, at: going.last });
});

test("CANCEL_TARGET fires when what was only interrupted is rolled back", () => {
  const story = busyStory({ m2: { policy: "interrupt" } }).act(1, "abort").act(1, "settle").next()
    .put(rollback(1, "begin"));
  const at = story.last;
  story.put(rollback(1, "end")).outcome("m1", "superseded", { by: "m2" }).next().call("m2");
  assertBreaks(cancelTarget, story, {
    story:
      'run 1 (message "m1" of session "a") was rolled back though message "m2" of session "a" was not to',
    at,
  });
});
