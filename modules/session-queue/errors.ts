import type { Outcome, RejectReason } from "./outcome.ts";

/**
 * The backend no longer has the session.
 *
 * When to use: an agent throws it from `run`, `resume` or `open` when, and only when, its session is
 * gone for good (no transcript, closed by the provider). It is the one failure on which a surface
 * forgets which session a client had; every other error leaves that binding alone (`ERROR_CLASS`,
 * A3).
 */
export class SessionGoneError extends Error {
  override readonly name = "SessionGoneError";
  /** Stable code for callers that cross a realm or a wire. */
  readonly code = "session_gone";
  /** The session that is gone. */
  readonly session: string;

  constructor(session: string, options?: ErrorOptions) {
    super(`Cannot find session "${session}": the agent no longer has it`, options);
    this.session = session;
  }
}

/**
 * The session was ended on purpose and nothing revives it (`NO_RESURRECTION`, A11).
 *
 * Thrown by `create()` and `resume()` for a session that has a tombstone or gets one meanwhile.
 * `resume(session, { revive: true })` is the one way back.
 */
export class SessionEndedError extends Error {
  override readonly name = "SessionEndedError";
  readonly code = "session_ended";
  readonly session: string;

  constructor(session: string, action: "create" | "resume") {
    super(
      action === "create"
        ? `Cannot create session "${session}": one of that name was ended; choose another name`
        : `Cannot resume session "${session}": it was ended`,
    );
    this.session = session;
  }
}

/** `create()` was called for a session that is there already. */
export class SessionExistsError extends Error {
  override readonly name = "SessionExistsError";
  readonly code = "session_exists";
  readonly session: string;

  constructor(session: string) {
    super(`Cannot create session "${session}": it exists`);
    this.session = session;
  }
}

/** The queue is draining or stopped: it takes no new work (`QUIESCENT_AFTER_STOP`). */
export class QueueDrainingError extends Error {
  override readonly name = "QueueDrainingError";
  readonly code = "draining";

  constructor(action: string) {
    super(`Cannot ${action}: the queue is draining`);
  }
}

/** `open` or `resume` took longer than `openMs`. It may go on; its handle will be closed. */
export class OpenTimeoutError extends Error {
  override readonly name = "OpenTimeoutError";
  readonly code = "open_timeout";
  readonly session: string;

  constructor(session: string, openMs: number) {
    super(`Cannot open session "${session}": the agent took longer than ${openMs} ms`);
    this.session = session;
  }
}

/** There are as many sessions as the queue may hold (`BOUNDED_STATE`). */
export class SessionLimitError extends Error {
  override readonly name = "SessionLimitError";
  readonly code = "session_limit";

  constructor(session: string, limit: number) {
    super(`Cannot open session "${session}": ${limit} sessions are open, which is the limit`);
  }
}

const REJECTED: Readonly<Record<RejectReason, string>> = {
  busy: "a turn is running",
  full: "the queue is full",
  draining: "the queue is draining",
  ended: "the session was ended",
  invalid: "the message is not valid",
};

/**
 * A message ended in another way than `completed`, `merged` or `failed`: what `receipt.result()`
 * throws. It carries the whole outcome.
 */
export class OutcomeError extends Error {
  override readonly name = "OutcomeError";
  readonly code: string;
  readonly outcome: Outcome<unknown>;

  constructor(session: string, outcome: Outcome<unknown>) {
    super(
      outcome.status === "rejected"
        ? `Cannot send to session "${session}": ${REJECTED[outcome.reason]}`
        : `The message to session "${session}" did not complete: it was ${outcome.status}`,
    );
    this.code = outcome.status;
    this.outcome = outcome;
  }
}
