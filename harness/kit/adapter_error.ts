import type { CheckReport } from "../report/check_report.ts";

/** What an {@linkcode AdapterError} knows of the schedule in which the adapter broke. */
export interface BrokenSchedule {
  /** What had been asked of the host, each as a line that `replay` reads; empty if nobody knows. */
  readonly operations: readonly string[];
  /** The steps that were taken. */
  readonly schedule: readonly string[];
  /** The command that shows it again. */
  readonly replay: string | undefined;
}

const UNKNOWN: BrokenSchedule = { operations: [], schedule: [], replay: undefined };

/**
 * The adapter broke, and not a guarantee of its host: it threw where it may not, or did not do what an
 * adapter promises. Its `cause` is what the adapter threw.
 *
 * Whatever was found before that is in `report`; it says nothing of what was not found.
 */
export class AdapterError extends Error {
  override readonly name = "AdapterError";
  readonly broken: BrokenSchedule;
  readonly report: CheckReport | undefined;

  /** @ignore */
  constructor(cause: unknown, broken: BrokenSchedule = UNKNOWN, report?: CheckReport) {
    super(`Adapter broke: ${textOf(cause)}`, { cause });
    this.broken = broken;
    this.report = report;
  }
}

/** A method of a host threw where it stood, and did not reject: a slip of the adapter, or of the host. */
export class BrokenMethodError extends Error {
  override readonly name = "BrokenMethodError";

  /** @ignore */
  constructor(method: string, cause: unknown) {
    super(`${method}() threw "${textOf(cause)}" instead of returning`, { cause });
    // Where it was thrown is what somebody looks for.
    if (cause instanceof Error && cause.stack !== undefined) this.stack = cause.stack;
  }
}

/** An adapter can not be used: it is none, or is not whole. */
export class UnusableAdapterError extends TypeError {}

/** What JavaScript itself throws at code that is wrong, wherever that stands. */
export function isMistake(error: unknown): boolean {
  return error instanceof TypeError || error instanceof ReferenceError ||
    error instanceof SyntaxError || error instanceof RangeError;
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}
