const SESSION_ID = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/;

/** A session id that can not name a file of its own. */
export class InvalidSessionIdError extends RangeError {
  override readonly name = "InvalidSessionIdError";
  /** Stable code for callers that cross a realm or a wire. */
  readonly code = "invalid_session_id";

  constructor(id: unknown) {
    const shown = typeof id === "string" ? JSON.stringify(id.slice(0, 40)) : `a ${typeof id}`;
    super(
      `Cannot use ${shown} as a session id: it must be 1 to 128 of A-Z a-z 0-9 . _ - ` +
        "and not start with a dot",
    );
  }
}

/**
 * Refuses what is not a session id.
 *
 * When to use: before an id from outside becomes part of a file name, a key or a log line. The
 * agents of this package do it by themselves in `open` and `resume`.
 *
 * - An id is 1 to 128 characters of `A-Z a-z 0-9 . _ -` and has no leading dot: it names one file
 *   in one folder, never a path.
 *
 * @throws {InvalidSessionIdError} if `id` is anything else.
 *
 * @example Nothing escapes the data folder
 * ```ts
 * import { assertSessionId } from "@lanekeeper/agents";
 * import assert from "node:assert/strict";
 *
 * assertSessionId("chat-7");
 * assert.throws(() => assertSessionId("../etc/passwd"), /Cannot use/);
 * ```
 */
export function assertSessionId(id: string): void {
  if (typeof id !== "string" || !SESSION_ID.test(id)) throw new InvalidSessionIdError(id);
}
