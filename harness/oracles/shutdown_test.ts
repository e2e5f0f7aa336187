import assert from "node:assert/strict";
import { test } from "node:test";
import { assertBreaks, assertKeeps, Story } from "./_test_support.ts";
import { noResurrection } from "./sessions.ts";
import { quiescentAfterStop, stopTerminates } from "./shutdown.ts";

/** A message runs, and somebody asks to stop it within a second. */
function stopStory(what: "stop" | "end" | "shutdown"): Story {
  return new Story().next().send("a", "m1").accept("m1").call("m1").next()
    .ask(what, what === "shutdown" ? "" : "a", { deadlineMs: 1_000 });
}

test("STOP_TERMINATES fires when an end waits for an agent that ignores it (hang-on-cancel)", () => {
  const story = stopStory("end").act(1, "abort").act(1, "ignore").pass(3_600_000).act(1, "end")
    .outcome("m1", "cancelled").answer("end a").next().idle();
  const at = story.last - 1;
  const how = 'the end of session "a" returned after 3600000 ms, which is more than 1000';
  assert.deepEqual(assertBreaks(stopTerminates, story, { story: how, at }).also, [3]);
});

test("STOP_TERMINATES is silent when an end gives up in time and says so", () => {
  const story = stopStory("end").act(1, "abort").act(1, "ignore").pass(1_000)
    .outcome("m1", "abandoned").answer("end a", { abandoned: true }).pass(3_600_000).act(1, "end")
    .next().idle();
  assertKeeps(stopTerminates, story);
});

test("STOP_TERMINATES fires for what never returns (self-end)", () => {
  const story = stopStory("end").next().act(1, "end").next().idle({ guards: 1 });
  const how = 'the end of session "a" never returned';
  assertBreaks(stopTerminates, story, { story: how, at: 3 });
  const down = stopStory("shutdown").next().act(1, "end").next().idle();
  assertBreaks(stopTerminates, down, { story: "the shutdown never returned", at: 3 });
});

test("STOP_TERMINATES is silent when a turn that ends its session is not waited for", () => {
  const story = stopStory("end").next().act(1, "end").outcome("m1", "completed").answer("end a")
    .next().idle();
  assertKeeps(stopTerminates, story);
});

test("STOP_TERMINATES fires when an end returns while its run goes on, and does not say so", () => {
  const story = stopStory("end").act(1, "abort").answer("end a").next().act(1, "settle");
  const how =
    'the end of session "a" returned while run 1 (message "m1" of session "a") went on, ' +
    "and did not say so";
  assertBreaks(stopTerminates, story, { story: how, at: 5 });
  const said = stopStory("end").act(1, "abort").answer("end a", { abandoned: true });
  assertKeeps(stopTerminates, said.next().act(1, "settle"));
  const told = stopStory("end").outcome("m1", "abandoned").answer("end a").next();
  assertKeeps(stopTerminates, told.act(1, "settle"));
  const asked = stopStory("stop").act(1, "abort").answer("stop a").next().act(1, "settle");
  assertKeeps(stopTerminates, asked);
});

test("STOP_TERMINATES does not count the time that somebody jumped over", () => {
  const story = stopStory("stop").ask("advance").pass(60_000).act(1, "end").answer("stop a");
  assertKeeps(stopTerminates, story);
  const late = stopStory("stop").ask("advance").pass(60_000).act(1, "step").pass(1_001)
    .act(1, "end").answer("stop a");
  assertBreaks(stopTerminates, late, { story: /returned after 1001 ms/, at: late.last });
});

test("STOP_TERMINATES asks nothing of a process that died", () => {
  const story = stopStory("shutdown").next().put({ kind: "process", act: "crash" }).next().idle();
  assertKeeps(stopTerminates, story);
});

test("QUIESCENT_AFTER_STOP fires when a cancelled owner spawns the next turn (shutdown-spawn)", () => {
  const story = new Story().next().send("a", "m1").accept("m1").call("m1").next().send("a", "m2")
    .accept("m2").next().ask("shutdown").act(1, "abort").next().act(1, "settle").call("m2");
  const how = 'run 2 (message "m2" of session "a") began though the shutdown had cancelled ' +
    'run 1 (message "m1" of session "a")';
  assertBreaks(quiescentAfterStop, story, { story: how, at: story.last });
  const answered = new Story().next().send("a", "m1").accept("m1").call("m1").next()
    .send("a", "m2").accept("m2").next().ask("shutdown").answer("shutdown").next().act(1, "end")
    .call("m2");
  const after = 'run 2 (message "m2" of session "a") began after the shutdown had returned';
  assertBreaks(quiescentAfterStop, answered, { story: after, at: answered.last });
});

test("QUIESCENT_AFTER_STOP is silent when a shutdown lets run what waits, or cancels it", () => {
  const drained = new Story().next().send("a", "m1").accept("m1").call("m1").next().send("a", "m2")
    .accept("m2").next().ask("shutdown").next().act(1, "end").call("m2").next().act(2, "end")
    .answer("shutdown").idle();
  assertKeeps(quiescentAfterStop, drained);
  const cancelled = new Story().next().send("a", "m1").accept("m1").call("m1").next()
    .send("a", "m2").accept("m2").next().ask("shutdown").outcome("m2", "cancelled")
    .act(1, "abort").next().act(1, "settle").answer("shutdown").idle();
  assertKeeps(quiescentAfterStop, cancelled);
});

test("QUIESCENT_AFTER_STOP fires when a send makes a new worker (send-after-stop)", () => {
  const story = new Story().next().ask("shutdown").answer("shutdown").next().send("a", "m1");
  const at = story.last;
  story.accept("m1").call("m1");
  const how = 'message "m1" of session "a" was accepted after the shutdown was asked for';
  assert.deepEqual(assertBreaks(quiescentAfterStop, story, { story: how, at }).also, [0, at + 1]);
});

test("QUIESCENT_AFTER_STOP is silent when a later send is refused, in these words or in others", () => {
  const story = new Story().next().ask("shutdown").answer("shutdown").next().send("a", "m1");
  assertKeeps(quiescentAfterStop, story.reject("m1", "draining").answer("m1", { ok: false }));
  const thrown = new Story().next().ask("shutdown").ask("end", "a").next().send("a", "m1")
    .accept("m1").outcome("m1", "failed").answer("m1", { ok: false });
  assertKeeps(quiescentAfterStop, thrown);
  assertKeeps(noResurrection, thrown);
});

test("QUIESCENT_AFTER_STOP fires for a run that goes on, and for a handle that opens late", () => {
  const run = new Story().next().send("a", "m1").accept("m1").next().ask("shutdown").call("m1");
  const at = run.last;
  run.answer("shutdown").next().act(1, "end").idle();
  assertBreaks(quiescentAfterStop, run, { story: /went on after the shutdown had returned/, at });
  const story = () => new Story().next().ask("shutdown").answer("shutdown").next();
  const opened = story().handle("a", "open");
  const how = 'session "a" got a handle after the shutdown had returned';
  assertBreaks(quiescentAfterStop, opened, { story: how, at: 2 });
  assertKeeps(quiescentAfterStop, story().handle("a", "open").handle("a", "close"));
});

test("QUIESCENT_AFTER_STOP does not hold a host to what it was asked before its process died", () => {
  const story = new Story().next().ask("shutdown").answer("shutdown").next()
    .put({ kind: "process", act: "crash" }).put({ kind: "process", act: "start" }).next()
    .send("a", "m1").accept("m1").call("m1");
  assertKeeps(quiescentAfterStop, story);
});

test("QUIESCENT_AFTER_STOP also counts a message that is done at once, and one without an answer", () => {
  const done = new Story().next().ask("shutdown").answer("shutdown").next().send("a", "m1")
    .accept("m1").outcome("m1", "completed").answer("m1");
  assertBreaks(quiescentAfterStop, done, { story: /was accepted after the shutdown/, at: 2 });
  const failed = new Story().next().ask("shutdown").next().send("a", "m1").accept("m1")
    .outcome("m1", "failed").answer("m1");
  assertBreaks(quiescentAfterStop, failed, { story: /was accepted after the shutdown/, at: 1 });
});

test("QUIESCENT_AFTER_STOP lets what a shutdown gave up go on, and what others cancelled be followed", () => {
  const run = () =>
    new Story().next().send("a", "m1").accept("m1").next().ask("shutdown").call("m1");
  assertKeeps(quiescentAfterStop, run().answer("shutdown", { abandoned: true }));
  assertKeeps(quiescentAfterStop, run().outcome("m1", "abandoned").answer("shutdown"));
  const stopped = run().send("a", "m2").reject("m2").ask("stop", "a").act(1, "abort").next()
    .act(1, "settle");
  assertKeeps(quiescentAfterStop, stopped);
  const queued = () =>
    new Story().next().send("a", "m1").accept("m1").call("m1").next().send("a", "m2").accept("m2")
      .next();
  const late = queued().ask("shutdown").next().act(1, "abort").next().act(1, "settle").call("m2");
  assertKeeps(quiescentAfterStop, late);
  const beside = queued().ask("stop", "a").ask("shutdown").act(1, "abort").next().act(1, "settle");
  assertKeeps(quiescentAfterStop, beside.call("m2"));
});

test("STOP_TERMINATES looks at the session that was ended, and asks no report of an error", () => {
  const story = () =>
    new Story().next().send("a", "m1").accept("m1").call("m1").send("b", "m2").accept("m2")
      .call("m2").next().ask("end", "a", { deadlineMs: 1_000 }).act(1, "abort");
  assertKeeps(stopTerminates, story().next().act(1, "settle").answer("end a"));
  assertKeeps(stopTerminates, story().answer("end a", { ok: false }));
  const later = story().next().act(1, "settle").send("a", "m3").accept("m3").call("m3");
  assertKeeps(stopTerminates, later.answer("end a"));
  assertBreaks(stopTerminates, story().answer("end a"), { story: /while run 1 .* went on/, at: 8 });
});
