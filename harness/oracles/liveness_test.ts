import assert from "node:assert/strict";
import { test } from "node:test";
import { assertBreaks, assertKeeps, Story } from "./_test_support.ts";
import { eventuallyIdle, futureSettles, noStrandedPending } from "./liveness.ts";
import { exactlyOneOutcome } from "./outcomes.ts";
import { stopTerminates } from "./shutdown.ts";

/** A message runs, and another waits. */
function queuedStory(): Story {
  return new Story().next().send("a", "m1").accept("m1").call("m1").next().look("a", "g")
    .send("a", "m2").accept("m2").next().look("a", "g", ["m2"]);
}

test("FUTURE_SETTLES fires for a send behind the stop that is under way (behind-sentinel)", () => {
  const story = new Story().next().send("a", "m1").accept("m1").call("m1").next().look("a", "g")
    .ask("end", "a").next().send("a", "m2").accept("m2");
  const at = story.last - 1;
  story.next().act(1, "end").outcome("m1", "completed").answer("m1").answer("end a").next()
    .look("a", undefined).idle();
  const how = 'the send of message "m2" of session "a" never settled';
  assertBreaks(futureSettles, story, { story: how, at });
  assertKeeps(exactlyOneOutcome, story);
});

test("FUTURE_SETTLES fires when a cancel leaves what was queued (cancel-strands)", () => {
  const story = queuedStory().ask("stop", "a").act(1, "abort").next().act(1, "settle")
    .outcome("m1", "cancelled").answer("m1").answer("stop a").next().look("a", undefined).idle();
  const at = story.find((record) => record.kind === "asked" && record.message === "m2");
  assertBreaks(futureSettles, story, { story: /the send of message "m2".* never settled/, at });
  assertKeeps(exactlyOneOutcome, story);
});

test("FUTURE_SETTLES is silent when a stop settles what was queued", () => {
  const story = queuedStory().ask("stop", "a").outcome("m2", "cancelled").answer("m2")
    .act(1, "abort").next().act(1, "settle").outcome("m1", "cancelled").answer("m1")
    .answer("stop a").next().look("a", undefined).idle();
  assertKeeps(futureSettles, story);
});

test("FUTURE_SETTLES leaves a message that nobody cancelled to EXACTLY_ONE_OUTCOME", () => {
  const story = queuedStory().act(1, "end").outcome("m1", "completed").answer("m1").next()
    .look("a", undefined).next().ask("stop", "a").answer("stop a").next().idle();
  assertKeeps(futureSettles, story);
  const at = story.find((record) => record.kind === "guard");
  assertBreaks(exactlyOneOutcome, story, { story: /"m2".* has no outcome/, at });
});

test("FUTURE_SETTLES fires for any other operation, and not for what gets no promise", () => {
  const create = new Story().next().ask("create", "a").next().idle();
  const how = 'the create of session "a" never settled';
  assertBreaks(futureSettles, create, { story: how, at: 0 });
  const stop = new Story().next().ask("shutdown").next().idle();
  assertBreaks(futureSettles, stop, { story: "the shutdown never settled", at: 0 });
  const none = new Story().next().ask("advance").ask("crash").ask("withdraw", "a").next().idle();
  assertKeeps(futureSettles, none);
});

test("FUTURE_SETTLES is silent for what a process owed that died, and for an unanswered port", () => {
  const crashed = new Story().next().send("a", "m1").ask("resume", "a").next()
    .put({ kind: "process", act: "crash" }).put({ kind: "process", act: "start" }).next().idle();
  assertKeeps(futureSettles, crashed);
  assertKeeps(
    futureSettles,
    new Story().next().ask("create", "a").begin("open", "a").next().idle(),
  );
});

test("NO_STRANDED_PENDING fires when a message is queued on an idle session (strand)", () => {
  const story = new Story().next().send("a", "m1").accept("m1").call("m1").next().look("a", "g")
    .send("a", "m2").begin("lookup", "a").next().act(1, "end").outcome("m1", "completed").next()
    .look("a", undefined).finish(1).accept("m2").next().look("a", undefined, ["m2"]);
  const at = story.last;
  const how = 'message "m2" of session "a" was left waiting';
  assertBreaks(noStrandedPending, story.idle({ waiting: 1 }), { story: how, at });
  assertKeeps(exactlyOneOutcome, story);
});

test("NO_STRANDED_PENDING fires when a throw leaves what was queued (throw-strands)", () => {
  const story = queuedStory().act(1, "throw").outcome("m1", "failed").next()
    .look("a", undefined, ["m2"]);
  const at = story.last;
  assertBreaks(noStrandedPending, story.idle(), { story: /"m2".* was left waiting/, at });
});

test("NO_STRANDED_PENDING is silent when a throw is followed by the next turn", () => {
  const story = queuedStory().act(1, "throw").outcome("m1", "failed").call("m2").next()
    .look("a", "g").act(2, "end").outcome("m2", "completed").next().look("a", undefined).idle();
  assertKeeps(noStrandedPending, story);
});

test("NO_STRANDED_PENDING is silent for a session that is at something", () => {
  assertKeeps(noStrandedPending, queuedStory().idle());
  const opening = new Story().send("a", "m1").accept("m1").begin("open", "a")
    .look("a", undefined, ["m1"]).idle();
  assertKeeps(noStrandedPending, opening);
});

test("NO_STRANDED_PENDING fires without a look for what neither ran nor has an outcome", () => {
  const story = () =>
    new Story().next().send("a", "m1").accept("m1").call("m1").next().send("a", "m2").accept("m2")
      .next().act(1, "throw").outcome("m1", "failed").next();
  assertBreaks(noStrandedPending, story(), { story: /"m2".* was left waiting/, at: 3 });
  assertKeeps(noStrandedPending, story().outcome("m2", "cancelled"));
});

test("EVENTUALLY_IDLE fires when a task that is cancelled early keeps the guard (drain-cancel)", () => {
  const story = queuedStory().act(1, "end").outcome("m1", "completed").ask("stop", "a").next()
    .look("a", "drain").answer("stop a");
  const at = story.last - 1;
  story.next().idle({ guards: 1, timers: 0, waiting: 2 });
  const how = "at rest it holds guards: 1, waiting: 2";
  assert.deepEqual(assertBreaks(eventuallyIdle, story, { story: how, at }).also, [story.last]);
});

test("EVENTUALLY_IDLE is silent when the guard goes with the task", () => {
  const story = queuedStory().act(1, "end").outcome("m1", "completed").ask("stop", "a").next()
    .look("a", undefined).answer("stop a").next().idle({ guards: 0 });
  story.put({ kind: "measure", lane: "state", name: "tombstones", n: 1, value: 0, limit: 9 });
  assertKeeps(eventuallyIdle, story);
});

test("EVENTUALLY_IDLE fires for a run that never settled, and when nobody says what is held", () => {
  const running = new Story().call("m1").act(1, "ignore").idle();
  const how = 'run 1 (message "m1" of session "a") never settled';
  assertBreaks(eventuallyIdle, running, { story: how, at: 0 });
  const unsaid = eventuallyIdle.judge(new Story().call("m1").act(1, "end"), {});
  assert.deepEqual(unsaid, {
    story: "nobody said at the end what the host still holds",
    at: 1,
  });
});

test("EVENTUALLY_IDLE lets go on what was given up by a host that isolates its runs", () => {
  const story = new Story().accept("m1").call("m1").outcome("m1", "abandoned").idle();
  assertKeeps(eventuallyIdle, story, { isolated: true });
  assertBreaks(eventuallyIdle, story, { story: /run 1 .* never settled/, at: 1 });
});

test("EVENTUALLY_IDLE leaves what an end holds that never returns to STOP_TERMINATES", () => {
  const story = queuedStory().ask("end", "a", { deadlineMs: 1_000 }).outcome("m2", "cancelled")
    .next().act(1, "end").outcome("m1", "completed").next().idle({ guards: 1 });
  assertKeeps(eventuallyIdle, story);
  const at = story.find((record) => record.kind === "asked");
  assertBreaks(stopTerminates, story, { story: 'the end of session "a" never returned', at });
});

test("FUTURE_SETTLES fires for a message that is over, whose sender is not told", () => {
  const over = new Story().next().send("a", "m1").accept("m1").outcome("m1", "cancelled").idle();
  assertBreaks(futureSettles, over, { story: /the send of message "m1".* never settled/, at: 0 });
  const rejected = new Story().next().send("a", "m1").reject("m1").idle();
  assertBreaks(futureSettles, rejected, { story: /"m1".* never settled/, at: 0 });
  const unheard = new Story().next().send("a", "m1").next().idle();
  assertBreaks(futureSettles, unheard, { story: /"m1".* never settled/, at: 0 });
});

test("FUTURE_SETTLES is silent while the session of a message keeps its guard", () => {
  const story = queuedStory().ask("stop", "a").answer("stop a").next().act(1, "end")
    .outcome("m1", "cancelled").answer("m1").next().look("a", "drain").idle();
  assertKeeps(futureSettles, story);
  assertKeeps(exactlyOneOutcome, story);
});

test("FUTURE_SETTLES fires for each operation that gets a promise", () => {
  for (const what of ["stop", "end", "resume", "disconnect"] as const) {
    const story = new Story().next().ask(what, "a").next().idle();
    assertBreaks(futureSettles, story, {
      story: `the ${what} of session "a" never settled`,
      at: 0,
    });
  }
});

test("NO_STRANDED_PENDING is silent for a message that is over, wherever it still stands", () => {
  const withdrawn = queuedStory().act(1, "end").outcome("m1", "completed").outcome(
    "m2",
    "cancelled",
  )
    .next().look("a", undefined, ["m2"]).idle();
  assertKeeps(noStrandedPending, withdrawn);
  const unknown = queuedStory().look("b", undefined, ["m9"]);
  assertBreaks(noStrandedPending, unknown, { story: /"m9" of session "b"/, at: unknown.last });
});

test("NO_STRANDED_PENDING owes nothing to a redelivery of what ran, nor after a crash", () => {
  const again = new Story().send("a", "m1", { event: "e" }).accept("m1").call("m1").next()
    .act(1, "end").outcome("m1", "completed").send("a", "m2", { event: "e" }).accept("m2").idle();
  assertKeeps(noStrandedPending, again);
  const died = new Story().send("a", "m1").accept("m1").next()
    .put({ kind: "process", act: "crash" }).put({ kind: "process", act: "start" }).idle();
  assertKeeps(noStrandedPending, died);
  const refused = new Story().send("a", "m1").accept("m1").reject("m1", "full").send("a", "m2");
  assertKeeps(noStrandedPending, refused.idle());
});

test("EVENTUALLY_IDLE only excuses a stop with a deadline that never returned", () => {
  const holds = (story: Story) =>
    assertBreaks(eventuallyIdle, story.idle({ tasks: 1 }), {
      story: /tasks: 1/,
      at: story.last,
    });
  holds(new Story().ask("end", "a", { deadlineMs: 9 }).answer("end a"));
  holds(new Story().ask("end", "a"));
  holds(new Story().send("a", "m1", { deadlineMs: 9 }));
  holds(
    new Story().ask("end", "a", { deadlineMs: 9 }).put({ kind: "process", act: "crash" })
      .put({ kind: "process", act: "start" }),
  );
});
