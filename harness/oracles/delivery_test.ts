import assert from "node:assert/strict";
import { test } from "node:test";
import { assertBreaks, assertKeeps, Story } from "./_test_support.ts";
import { ackBeforeDeadline, dedupeSound, failureRetryable } from "./delivery.ts";

/** A message by which event e1 is delivered. */
function deliver(story: Story, message: string, deadlineMs = 3_000): Story {
  return story.next().send("a", message, { event: "e1" })
    .put({ kind: "event", event: "e1", act: "arrive", deadlineMs });
}

/** An event is delivered, and its run is over. */
function delivered(how: "end" | "throw"): Story {
  const story = deliver(new Story(), "m1").accept("m1").call("m1")
    .put({ kind: "event", event: "e1", act: "ack" }).next().act(1, how);
  return story.outcome("m1", how === "end" ? "completed" : "failed").next();
}

test("DEDUPE_SOUND fires when an event is done twice, with the run that did it again", () => {
  const story = deliver(delivered("end"), "m2").accept("m2").call("m2");
  const at = story.last;
  story.next().act(2, "end").outcome("m2", "completed");
  const how =
    'run 2 (message "m2" of session "a") did event "e1" again, which run 1 (message "m1" ' +
    'of session "a") had done';
  assert.equal(assertBreaks(dedupeSound, story, { story: how, at }).also?.length, 1);
});

test("DEDUPE_SOUND is silent when a redelivery does not run, and when it runs after a failure", () => {
  assertKeeps(dedupeSound, deliver(delivered("end"), "m2").reject("m2", "duplicate"));
  const again = deliver(delivered("throw"), "m2").accept("m2").call("m2").next().act(2, "end");
  assertKeeps(dedupeSound, again.outcome("m2", "completed"));
});

test("DEDUPE_SOUND counts no run that was cancelled though it ended, and both of a merged one once", () => {
  const cancelled = deliver(new Story(), "m1").accept("m1").call("m1").next().act(1, "end")
    .outcome("m1", "cancelled");
  const again = deliver(cancelled, "m2").accept("m2").call("m2").next().act(2, "end");
  assertKeeps(dedupeSound, again.outcome("m2", "completed"));
  const both = deliver(deliver(new Story(), "m1").accept("m1"), "m2").accept("m2")
    .call("m1", "m2").next().act(1, "end");
  assertKeeps(dedupeSound, both);
});

test("DEDUPE_SOUND lets an event be done again if the process died before that was on disk", () => {
  const crashed = (story: Story) =>
    deliver(
      story.put({ kind: "process", act: "crash" }).put({ kind: "process", act: "start" }),
      "m2",
    ).accept("m2").call("m2").next().act(2, "end").outcome("m2", "completed");
  assertKeeps(dedupeSound, crashed(delivered("end")));
  const stored = crashed(
    delivered("end").put({ kind: "stored", session: "a", message: "m1", what: "outcome" }),
  );
  const at = stored.find((record) => record.kind === "run" && record.act === "call");
  assertBreaks(dedupeSound, stored, { story: /did event "e1" again/, at });
});

test("DEDUPE_SOUND asks what was on disk when the process died first, however often it died", () => {
  const outcome = { kind: "stored", session: "a", message: "m1", what: "outcome" } as const;
  const again = (story: Story, run: number) =>
    story.put({ kind: "process", act: "crash" }).put({ kind: "process", act: "start" }).next()
      .call("m1").next().act(run, "end").put(outcome);
  const stored = again(delivered("end").put(outcome), 2);
  const at = stored.find((record) => record.kind === "run" && record.act === "call");
  assertBreaks(dedupeSound, stored, { story: /did event "e1" again/, at });
  const lost = again(delivered("end"), 2).put({ kind: "process", act: "crash" });
  assertKeeps(dedupeSound, lost);
});

test("FAILURE_RETRYABLE fires when a redelivery is skipped after a failure (dedupe-first)", () => {
  const story = deliver(delivered("throw"), "m2").reject("m2", "duplicate");
  const how =
    'message "m2" of session "a" was rejected: it delivered event "e1" again, which had ' +
    'failed in run 1 (message "m1" of session "a")';
  assertBreaks(failureRetryable, story, { story: how, at: story.last });
});

test("FAILURE_RETRYABLE fires when a redelivery is ignored, or is said to be done", () => {
  const ignored = deliver(delivered("throw"), "m2");
  const at = ignored.find((record) => record.kind === "asked");
  ignored.accept("m2").answer("m2").next().idle();
  assertBreaks(failureRetryable, ignored, { story: /"m2".* was ignored/, at });
  const done = deliver(delivered("throw"), "m2").accept("m2").outcome("m2", "completed");
  assertBreaks(failureRetryable, done, { story: /"m2".* never ran/, at: done.last });
});

test("FAILURE_RETRYABLE is silent when a redelivery runs after a failure", () => {
  const story = deliver(delivered("throw"), "m2").accept("m2").call("m2").next().act(2, "throw")
    .outcome("m2", "failed");
  assertKeeps(failureRetryable, story);
});

test("FAILURE_RETRYABLE is silent for a redelivery of what succeeded, or is still to come", () => {
  assertKeeps(failureRetryable, deliver(delivered("end"), "m2").reject("m2", "duplicate"));
  const running = deliver(new Story(), "m1").accept("m1").call("m1");
  const early = deliver(running, "m2").reject("m2", "duplicate").next().act(1, "throw");
  assertKeeps(failureRetryable, early.outcome("m1", "failed"));
});

test("FAILURE_RETRYABLE is silent when a redelivery is refused or cancelled for another reason", () => {
  assertKeeps(failureRetryable, deliver(delivered("throw"), "m2").reject("m2", "draining"));
  const stopped = deliver(delivered("throw"), "m2").accept("m2").ask("stop", "a");
  assertKeeps(failureRetryable, stopped.outcome("m2", "cancelled"));
});

test("ACK_BEFORE_DEADLINE fires when one slow handler holds up the next ack (slow-ack)", () => {
  const story = new Story().next().send("a", "m1").accept("m1").call("m1");
  deliver(story, "m2").accept("m2").next().act(1, "end").outcome("m1", "completed")
    .put({ kind: "event", event: "e1", act: "ack" });
  const how = 'event "e1" was only acknowledged when run 1 (message "m1" of session "a") was over';
  assertBreaks(ackBeforeDeadline, story, { story: how, at: story.last });
});

test("ACK_BEFORE_DEADLINE is silent when the ack comes before the handler is through", () => {
  assertKeeps(ackBeforeDeadline, delivered("end"));
  const rushed = deliver(new Story(), "m1").accept("m1").call("m1").rush().act(1, "end")
    .put({ kind: "event", event: "e1", act: "ack" });
  assertKeeps(ackBeforeDeadline, rushed);
});

test("ACK_BEFORE_DEADLINE fires for an ack that is late, and for one that never comes", () => {
  const late = deliver(new Story(), "m1").pass(3_001)
    .put({ kind: "event", event: "e1", act: "ack" });
  const how = 'event "e1" was acknowledged after 3001 ms, which is more than 3000';
  assertBreaks(ackBeforeDeadline, late, { story: how, at: 2 });
  const inTime = deliver(new Story(), "m1").pass(3_000)
    .put({ kind: "event", event: "e1", act: "ack" });
  assertKeeps(ackBeforeDeadline, inTime);
  const never = deliver(new Story(), "m1").next().idle();
  assertBreaks(ackBeforeDeadline, never, { story: 'event "e1" was never acknowledged', at: 1 });
});

test("ACK_BEFORE_DEADLINE asks for no ack where there is no deadline", () => {
  const story = new Story().put({ kind: "event", event: "e1", act: "arrive" }).next().idle();
  assertKeeps(ackBeforeDeadline, story);
});

test("FAILURE_RETRYABLE looks at what became of the deliveries before", () => {
  const cancelled = deliver(new Story(), "m1").accept("m1").call("m1").next().act(1, "settle")
    .outcome("m1", "cancelled");
  assertKeeps(failureRetryable, deliver(cancelled, "m2").reject("m2", "duplicate"));
  const unrun = deliver(new Story(), "m1").accept("m1").call("m1").next().act(1, "end")
    .outcome("m1", "failed");
  assertKeeps(failureRetryable, deliver(unrun, "m2").reject("m2", "duplicate"));
  const refused = deliver(delivered("throw"), "m2").reject("m2", "full");
  const again = deliver(refused, "m3").reject("m3", "duplicate");
  assertBreaks(failureRetryable, again, { story: /"m3".* was rejected/, at: again.last });
  const done = deliver(delivered("throw"), "m2").accept("m2").call("m2").next().act(2, "end")
    .outcome("m2", "completed");
  assertKeeps(failureRetryable, deliver(done, "m3").reject("m3", "duplicate"));
});

test("FAILURE_RETRYABLE tells events apart, and leaves messages that are none alone", () => {
  const other = delivered("throw").next().send("a", "m2", { event: "e2" }).reject(
    "m2",
    "duplicate",
  );
  assertKeeps(failureRetryable, other);
  assertKeeps(failureRetryable, delivered("throw").next().send("a", "m2").reject("m2", "no"));
});

test("FAILURE_RETRYABLE lets another delivery run for this one, and a process die with it", () => {
  const both = deliver(deliver(delivered("throw"), "m2").accept("m2"), "m3").accept("m3").call(
    "m3",
  );
  assertKeeps(failureRetryable, both);
  const died = deliver(delivered("throw"), "m2").accept("m2").next()
    .put({ kind: "process", act: "crash" });
  assertKeeps(failureRetryable, died);
  const waits = deliver(delivered("throw"), "m2").accept("m2").next().look("a", "g", ["m2"]).idle();
  assertKeeps(failureRetryable, waits);
});

test("DEDUPE_SOUND tells events apart, and leaves messages that are none alone", () => {
  const story = delivered("end").send("a", "m2", { event: "e2" }).accept("m2").call("m2").next()
    .act(2, "end").outcome("m2", "completed").send("a", "m3").accept("m3").call("m3").next()
    .act(3, "end").outcome("m3", "completed").send("a", "m4").accept("m4").call("m4").next()
    .act(4, "end").outcome("m4", "completed");
  assertKeeps(dedupeSound, story);
});

test("ACK_BEFORE_DEADLINE waits for the ack of the event itself, and of no process that died", () => {
  const other = deliver(new Story(), "m1").put({ kind: "event", event: "e2", act: "ack" }).next();
  assertBreaks(ackBeforeDeadline, other.idle(), { story: /"e1" was never acknowledged/, at: 1 });
  const died = deliver(new Story(), "m1").next().put({ kind: "process", act: "crash" }).next()
    .idle();
  assertKeeps(ackBeforeDeadline, died);
  assertKeeps(ackBeforeDeadline, deliver(new Story(), "m1"));
});

test("ACK_BEFORE_DEADLINE only looks at runs that end between the arrival and the ack", () => {
  const before = new Story().next().send("a", "m1").accept("m1").call("m1").next().act(1, "end");
  const acked = deliver(before, "m2").next().put({ kind: "event", event: "e1", act: "ack" });
  assertKeeps(ackBeforeDeadline, acked);
  const long = deliver(new Story().next().send("a", "m1").accept("m1").call("m1"), "m2").next()
    .act(1, "end").next().put({ kind: "event", event: "e1", act: "ack" });
  assertKeeps(ackBeforeDeadline, long);
});

test("FAILURE_RETRYABLE waits for a retry that is under way, and not for one that was cancelled", () => {
  const retried = deliver(delivered("throw"), "m2").accept("m2").call("m2");
  const beside = deliver(retried, "m3").reject("m3", "duplicate").next().act(2, "end");
  assertKeeps(failureRetryable, beside.outcome("m2", "completed"));
  const cancelled = deliver(delivered("throw"), "m2").accept("m2").outcome("m2", "cancelled");
  const again = deliver(cancelled, "m3").reject("m3", "duplicate");
  assertBreaks(failureRetryable, again, { story: /"m3".* was rejected/, at: again.last });
  const shared = deliver(deliver(delivered("throw"), "m2").accept("m2"), "m3").accept("m3")
    .call("m3").next().act(2, "end").outcome("m3", "completed").next().idle();
  assertKeeps(failureRetryable, shared);
});
