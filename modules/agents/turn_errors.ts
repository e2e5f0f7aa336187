/** A reply would become longer than its limit (`BOUNDED_STATE`); what was said before is stored. */
export class ReplyTooLongError extends Error {
  override readonly name = "ReplyTooLongError";
  /** Stable code for callers that cross a realm or a wire. */
  readonly code = "reply_too_long";

  constructor(limit: number) {
    super(`Cannot go on with the reply: it is longer than ${limit} characters, which is the limit`);
  }
}

/** A turn took longer than `turnMs`; its agent was stopped (`STOP_TERMINATES`). */
export class TurnTimeoutError extends Error {
  override readonly name = "TurnTimeoutError";
  /** Stable code for callers that cross a realm or a wire. */
  readonly code = "turn_timeout";

  constructor(turnMs: number) {
    super(`Cannot go on with the turn: it took longer than ${turnMs} ms`);
  }
}
