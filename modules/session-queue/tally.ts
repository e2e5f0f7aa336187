import type { Outcome } from "./outcome.ts";

/** How messages ended. */
export interface Tally {
  completed: number;
  failed: number;
  cancelled: number;
  /** The sessions whose turn was abandoned. */
  readonly abandoned: Set<string>;
}

/** Counts one that ended. */
export function count(tally: Tally, session: string, { status }: Outcome<unknown>): void {
  if (status === "completed" || status === "merged") tally.completed++;
  else if (status === "failed") tally.failed++;
  else if (status === "abandoned") tally.abandoned.add(session);
  else tally.cancelled++;
}
