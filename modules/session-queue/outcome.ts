/** Why a message was not accepted. */
export type RejectReason = "busy" | "full" | "draining" | "ended" | "invalid";

/** Who took an accepted message back: a stop, the end of its session, its caller, or a drain. */
export type CancelCause = "stopped" | "ended" | "withdrawn" | "draining";

/** How hard a turn is asked to stop. The two are different things (`CANCEL_LEVEL`, A12). */
export type CancelLevel = "graceful" | "immediate";

/**
 * How a message ended: exactly one for each message that was accepted (`EXACTLY_ONE_OUTCOME`), and
 * `rejected` for one that was not. It is a value, never a rejected promise.
 */
export type Outcome<R> =
  | { readonly status: "completed"; readonly value: R }
  | { readonly status: "failed"; readonly error: unknown }
  | { readonly status: "merged"; readonly into: string; readonly value: R }
  | { readonly status: "superseded"; readonly by: string }
  | { readonly status: "cancelled"; readonly cause: CancelCause }
  | { readonly status: "expired"; readonly waitedMs: number }
  | { readonly status: "abandoned" }
  | { readonly status: "interrupted"; readonly rerun: boolean }
  | { readonly status: "rejected"; readonly reason: RejectReason };

/** The name of an outcome. */
export type OutcomeStatus = Outcome<unknown>["status"];
