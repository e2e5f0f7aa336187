import assert from "node:assert/strict";
import { test } from "node:test";
import {
  OpenTimeoutError,
  OutcomeError,
  QueueDrainingError,
  SessionEndedError,
  SessionExistsError,
  SessionGoneError,
  SessionLimitError,
} from "./mod.ts";

test("an error is known by its name and code, and tells its session and state", () => {
  const cause = new Error("closed by the provider");
  const gone = new SessionGoneError("a", { cause });
  const errors = [
    gone,
    new SessionEndedError("a", "create"),
    new SessionEndedError("a", "resume"),
    new SessionExistsError("a"),
    new OpenTimeoutError("a", 70),
    new QueueDrainingError('resume session "a"'),
    new SessionLimitError("a", 2),
  ];
  assert.deepEqual(errors.map((error) => `${error} (${error.code})`), [
    'SessionGoneError: Cannot find session "a": the agent no longer has it (session_gone)',
    'SessionEndedError: Cannot create session "a": one of that name was ended; choose another name (session_ended)',
    'SessionEndedError: Cannot resume session "a": it was ended (session_ended)',
    'SessionExistsError: Cannot create session "a": it exists (session_exists)',
    'OpenTimeoutError: Cannot open session "a": the agent took longer than 70 ms (open_timeout)',
    'QueueDrainingError: Cannot resume session "a": the queue is draining (draining)',
    'SessionLimitError: Cannot open session "a": 2 sessions are open, which is the limit (session_limit)',
  ]);
  const told = errors.flatMap((error) => "session" in error ? [error.session] : []);
  assert.deepEqual(told, ["a", "a", "a", "a", "a"]);
  assert.equal(gone.cause, cause);
});

test("an OutcomeError carries the outcome, and says in words why a message was not accepted", () => {
  const reasons = ["busy", "full", "draining", "ended", "invalid"] as const;
  const errors = reasons.map((reason) => new OutcomeError("a", { status: "rejected", reason }));
  assert.deepEqual(errors.map(String), [
    'OutcomeError: Cannot send to session "a": a turn is running',
    'OutcomeError: Cannot send to session "a": the queue is full',
    'OutcomeError: Cannot send to session "a": the queue is draining',
    'OutcomeError: Cannot send to session "a": the session was ended',
    'OutcomeError: Cannot send to session "a": the message is not valid',
  ]);
  const outcome = { status: "superseded", by: "m2" } as const;
  const error = new OutcomeError("a", outcome);
  assert.deepEqual([error.code, error.outcome], ["superseded", outcome]);
  assert.equal(
    String(error),
    'OutcomeError: The message to session "a" did not complete: it was superseded',
  );
});
