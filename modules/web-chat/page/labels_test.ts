import { test } from "node:test";
import assert from "node:assert/strict";
import {
  durationText,
  excerpt,
  isFinal,
  ordinal,
  placeInLine,
  placeText,
  resultOf,
  shortId,
  stateText,
  stopText,
} from "./labels.js";

test("placeInLine() counts from the head and is 0 for a message that does not wait", () => {
  const waiting = ["a", "b", "c"].map((id) => ({ id, text: null, accepted_at: 0 }));
  assert.deepEqual(["a", "c", "x"].map((id) => placeInLine({ waiting }, id)), [1, 3, 0]);
  assert.deepEqual([1, 2].map(placeText), ["next in line", "2nd in line"]);
});

test("ordinal() knows the teens", () => {
  const said = [1, 2, 3, 4, 11, 12, 13, 21, 102, 111].map(ordinal).join(" ");
  assert.equal(said, "1st 2nd 3rd 4th 11th 12th 13th 21st 102nd 111th");
});

test("durationText() gives each length of time in fitting units", () => {
  const said = [0, 999, 1_000, 9_940, 9_960, 59_400, 59_600, 90_000, 7_500_000].map(durationText);
  assert.deepEqual(said, [
    "0 ms",
    "999 ms",
    "1.0 s",
    "9.9 s",
    "10 s",
    "59 s",
    "1 min 0 s",
    "1 min 30 s",
    "2 h 5 min",
  ]);
  assert.equal(durationText(-5), "0 ms");
});

test("shortId() keeps the end of an id, where ids differ", () => {
  assert.equal(shortId("0192f7c0-0000-7000-8000-00000000abcd"), "00abcd");
  assert.equal(shortId("session-01"), "session-01");
});

test("excerpt() gives one line and never more than it may", () => {
  assert.equal(excerpt("one\n two", 20), "one two");
  assert.equal(excerpt("a long sentence", 7), "a long…");
  assert.equal(excerpt("abcdef", 6), "abcdef");
  assert.equal(excerpt("abcdefg", 6), "abcde…");
});

test("resultOf() tells a busy session from one that is gone and from an accepted message's outcome", () => {
  const of = (body: Record<string, unknown>) => resultOf({ status: 409, body });
  assert.deepEqual(of({ error: "busy", session_connected: true, in_flight: true }), {
    state: "rejected",
    detail: "busy",
    reason: "busy",
  });
  const gone = of({ error: "gone", session_connected: false });
  assert.deepEqual([gone.state, gone.reason, gone.sessionGone], ["rejected", "ended", true]);
  const lost = of({ error: "it is gone", session_connected: false, outcome: "failed" });
  assert.deepEqual(lost, { state: "failed", detail: "it is gone", sessionGone: true });
  const stopped = of({
    error: "the message was cancelled",
    session_connected: true,
    in_flight: false,
    outcome: "cancelled",
    cause: "stopped",
  });
  assert.deepEqual(stopped, { state: "cancelled", sessionGone: false, detail: "stopped" });
});

test("resultOf() gives every refusal its typed reason and a failure its error", () => {
  const reasons = [400, 413, 429, 503].map((status) => resultOf({ status, body: {} }).reason);
  assert.deepEqual(reasons, ["invalid", "invalid", "full", "draining"]);
  assert.deepEqual(resultOf({ status: 503, body: { reason: "starting" } }), { state: "rejected" });
  assert.deepEqual(resultOf({ status: 403, body: { error: "no" } }), {
    state: "rejected",
    detail: "no",
  });
  const failed = resultOf({ status: 500, body: { error: "it broke", type: "AgentError" } });
  assert.deepEqual(failed, { state: "failed", detail: "AgentError: it broke" });
  assert.equal(resultOf({ status: 0, body: {} }).state, "unanswered");
});

test("resultOf() keeps the reply and says into which message one was merged", () => {
  const completed = resultOf({ status: 200, body: { response: "yes", outcome: "completed" } });
  assert.deepEqual(completed, { state: "completed", reply: "yes" });
  const merged = resultOf({
    status: 200,
    body: { response: "yes", outcome: "merged", merged_into: "m1" },
  });
  assert.deepEqual(merged, { state: "merged", reply: "yes", mergedInto: "m1" });
});

test("stateText() names the state in the project's words, with place, time and reason", () => {
  const now = 100_000;
  assert.equal(stateText({ state: "waiting", place: 2 }, now), "waiting, 2nd in line");
  assert.equal(stateText({ state: "running", startedAt: 96_100 }, now), "running, 3 s");
  assert.equal(
    stateText({ state: "running", startedAt: now + 50, stopping: true, messages: 2 }, now),
    "stopping, 0 s, 2 messages in one turn",
  );
  assert.equal(
    stateText({ state: "completed", startedAt: 1_000, endedAt: 2_500 }, now),
    "completed in 1.5 s",
  );
  assert.equal(stateText({ state: "rejected", reason: "busy" }, now), "rejected, busy");
  assert.equal(stateText({ state: "failed", detail: "it broke" }, now), "failed: it broke");
});

test("stopText() reports what ran and what was discarded, and a stop that failed", () => {
  assert.equal(
    stopText({ status: 200, body: { running: "settled", discarded: 2 } }),
    "Stopped: the turn settled; 2 waiting messages discarded",
  );
  assert.equal(
    stopText({ status: 200, body: { running: "none", discarded: 0 } }),
    "Nothing was running",
  );
  assert.equal(
    stopText({ status: 409, body: { error: "no session" } }),
    "Stop failed: no session",
  );
});

test("isFinal() is true for every outcome but interrupted, which may run again", () => {
  assert.deepEqual(["completed", "rejected", "interrupted", "running"].map(isFinal), [
    true,
    true,
    false,
    false,
  ]);
});
