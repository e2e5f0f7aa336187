import { isSettling, type Ledger, type LedgerEvent, type RunEvent } from "./ledger.ts";

/** The guarantees that {@linkcode judge} has an oracle for. */
export type Guarantee = keyof typeof ORACLES;

/** Options of {@linkcode judge}. */
export interface JudgeOptions {
  /**
   * A run whose message has the outcome `abandoned` counts as over from then on, for `SINGLE_TURN`
   * and `GUARD_WHILE_RUNNING`. Only for hosts that let the next turn begin beside an abandoned one.
   */
  isolated?: boolean;
}

/** A record that breaks a guarantee. The message names it, says how, and prints the record. */
export class ViolationError extends Error {
  override readonly name = "ViolationError";
  /** The guarantee that is broken. */
  readonly guarantee: Guarantee;
  /** How, in one line. */
  readonly story: string;

  /** @ignore */
  constructor(guarantee: Guarantee, story: string, ledger: Ledger) {
    super(`${guarantee}: ${story}\n${ledger}`);
    this.guarantee = guarantee;
    this.story = story;
  }
}

/** Tells how the record breaks the guarantee, or `undefined` if it keeps it. */
type Oracle = (events: readonly LedgerEvent[], options: JudgeOptions) => string | undefined;

const ORACLES = {
  SINGLE_TURN: singleTurn,
  GUARD_WHILE_RUNNING: guardWhileRunning,
  FIFO: fifo,
  EXACTLY_ONE_OUTCOME: exactlyOneOutcome,
  NO_STRANDED_PENDING: noStrandedPending,
  EVENTUALLY_IDLE: eventuallyIdle,
} as const satisfies Record<string, Oracle>;

/** All guarantees that {@linkcode judge} has an oracle for. */
export const GUARANTEES: readonly Guarantee[] = Object.keys(ORACLES) as Guarantee[];

/**
 * Judges the record of a schedule that is over.
 *
 * When to use: at the end of a schedule, when nothing more can happen. An unfinished record breaks
 * `EXACTLY_ONE_OUTCOME`, `NO_STRANDED_PENDING` and `EVENTUALLY_IDLE` by being unfinished.
 *
 * - `SINGLE_TURN`: on a session, no run is called before the one before it has settled; an abort
 *   does not settle it.
 * - `GUARD_WHILE_RUNNING`: whenever the agent was called or acted, the probe showed a guard. Without
 *   a probe it is broken, so that it can not pass unseen.
 * - `FIFO`: the runs of a session are called in the order in which their messages were accepted, and
 *   none twice. It says nothing of messages that never ran.
 * - `EXACTLY_ONE_OUTCOME`: each accepted message has one, and nothing else has any.
 * - `NO_STRANDED_PENDING`: no accepted message is left that neither ran nor has an outcome.
 * - `EVENTUALLY_IDLE`: all runs have settled, and the host said at rest that it holds nothing. A
 *   record without that statement breaks it.
 *
 * These read what the world wrote: a world that does not write it down is not judged on it.
 *
 * @param ledger The record
 * @param guarantees Which to judge, in this order. Default: all
 * @param options See {@linkcode JudgeOptions}
 * @throws {ViolationError} for the first guarantee that is broken
 *
 * @example Two turns at a time
 * ```ts
 * import { judge, Ledger, ViolationError } from "@lanekeeper/harness";
 * import assert from "node:assert/strict";
 *
 * const ledger = new Ledger();
 * ledger.called("session-1", "hello");
 * ledger.called("session-1", "are you there?");
 * assert.throws(() => judge(ledger, ["SINGLE_TURN"]), ViolationError);
 * ```
 */
export function judge(
  ledger: Ledger,
  guarantees: readonly Guarantee[] = GUARANTEES,
  options: JudgeOptions = {},
): void {
  for (const guarantee of guarantees) {
    const story = ORACLES[guarantee](ledger.events, options);
    if (story !== undefined) throw new ViolationError(guarantee, story, ledger);
  }
}

function singleTurn(events: readonly LedgerEvent[], options: JudgeOptions): string | undefined {
  const running = new Map<string, RunEvent>();
  for (const event of events) {
    if (event.kind === "outcome" && isOver(event, options)) {
      if (running.get(event.session)?.message === event.message) running.delete(event.session);
    }
    if (event.kind !== "run") continue;
    const other = running.get(event.session);
    if (event.act === "call") {
      if (other !== undefined) return `${nameOf(event)} began while ${nameOf(other)} was running`;
      running.set(event.session, event);
    } else if (isSettling(event.act) && other?.run === event.run) {
      running.delete(event.session);
    }
  }
  return undefined;
}

function guardWhileRunning(events: readonly LedgerEvent[], options: JudgeOptions) {
  const over = new Set<string>();
  for (const event of events) {
    if (event.kind === "outcome" && isOver(event, options)) over.add(keyOf(event));
    if (event.kind !== "run" || over.has(keyOf(event))) continue;
    if (event.guard === undefined || event.guard === null) {
      return `${nameOf(event)} had no guard at its "${event.act}"`;
    }
  }
  return undefined;
}

function fifo(events: readonly LedgerEvent[]): string | undefined {
  const accepted = new Map<string, number>();
  const latest = new Map<string, { place: number; event: RunEvent }>();
  for (const event of events) {
    if (event.kind === "accepted") accepted.set(keyOf(event), accepted.size);
    if (event.kind !== "run" || event.act !== "call") continue;
    const place = accepted.get(keyOf(event));
    if (place === undefined) return `${nameOf(event)} began before its message was accepted`;
    const before = latest.get(event.session);
    if (before !== undefined && before.place >= place) {
      return `${nameOf(event)} began after ${nameOf(before.event)}`;
    }
    latest.set(event.session, { place, event });
  }
  return undefined;
}

function exactlyOneOutcome(events: readonly LedgerEvent[]): string | undefined {
  const owed = new Set<string>();
  const given = new Map<string, string>();
  for (const event of events) {
    if (event.kind === "accepted") owed.add(keyOf(event));
    if (event.kind !== "outcome") continue;
    const first = given.get(keyOf(event));
    if (first !== undefined) {
      return `${messageOf(event)} has two outcomes, ${first} and ${event.status}`;
    }
    if (!owed.delete(keyOf(event))) return `${messageOf(event)} has an outcome unaccepted`;
    given.set(keyOf(event), event.status);
  }
  for (const event of events) {
    if (event.kind === "accepted" && owed.has(keyOf(event))) {
      return `${messageOf(event)} has no outcome`;
    }
  }
  return undefined;
}

function noStrandedPending(events: readonly LedgerEvent[]): string | undefined {
  const moved = new Set<string>();
  for (const event of events) {
    if (event.kind === "run" || event.kind === "outcome") moved.add(keyOf(event));
  }
  for (const event of events) {
    if (event.kind === "accepted" && !moved.has(keyOf(event))) {
      return `${messageOf(event)} was left waiting`;
    }
  }
  return undefined;
}

function eventuallyIdle(events: readonly LedgerEvent[]): string | undefined {
  const running = new Map<number, RunEvent>();
  for (const event of events) {
    if (event.kind !== "run") continue;
    if (isSettling(event.act)) running.delete(event.run);
    else running.set(event.run, event);
  }
  for (const event of running.values()) return `${nameOf(event)} never settled`;
  const last = events.at(-1);
  if (last?.kind !== "rest") return "nobody said at the end what the host still holds";
  const held = Object.entries(last.held).filter(([, count]) => count !== 0);
  if (held.length === 0) return undefined;
  return `at rest it holds ${held.map(([name, count]) => `${name}: ${count}`).join(", ")}`;
}

function isOver(event: { readonly status: string }, options: JudgeOptions): boolean {
  return options.isolated === true && event.status === "abandoned";
}

function keyOf(event: { readonly session: string; readonly message: string }): string {
  return JSON.stringify([event.session, event.message]);
}

function messageOf(event: { readonly session: string; readonly message: string }): string {
  return `message "${event.message}" of session "${event.session}"`;
}

function nameOf(event: RunEvent): string {
  return `run ${event.run} (${messageOf(event)})`;
}
