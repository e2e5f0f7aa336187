/** What a {@linkcode ScriptedAgent} does of its own accord in a run. */
export type AgentAct = "start" | "step" | "end" | "throw";

/** What it does about the abort of its signal: stops, or decides not to hear it. */
export type AbortAct = "settle" | "ignore";

/** How many of each thing a host still holds. */
export type Held = Readonly<Record<string, number>>;

/** One line of a {@linkcode Ledger}. */
export type LedgerEvent =
  /** The host took a message on. */
  | { readonly kind: "accepted"; readonly session: string; readonly message: string }
  /** The agent was called for a run, or acted in it. */
  | {
    readonly kind: "run";
    readonly session: string;
    readonly message: string;
    /** Counts the runs of one ledger, from 1. */
    readonly run: number;
    readonly act: "call" | AgentAct | AbortAct;
    /** What the probe of the session's guard gave at that moment. */
    readonly guard: unknown;
  }
  /** The host said how a message ended. */
  | {
    readonly kind: "outcome";
    readonly session: string;
    readonly message: string;
    readonly status: string;
  }
  /** The story is over: what the host holds now. */
  | { readonly kind: "rest"; readonly held: Held };

/** Of {@linkcode LedgerEvent}, what an agent writes. */
export type RunEvent = LedgerEvent & { kind: "run" };

/** Options of {@linkcode Ledger}. */
export interface LedgerOptions {
  /** Shows the guard of a session, `undefined` where there is none. For `GUARD_WHILE_RUNNING`. */
  guardOf?(session: string): unknown;
}

/** Whether a run has settled after this act. */
export function isSettling(act: RunEvent["act"]): boolean {
  return act === "end" || act === "throw" || act === "settle";
}

/**
 * The record of one schedule, in the order in which things happened, for `judge` to read afterwards.
 *
 * When to use: one for each world. The agent writes what it does by itself; the world writes what it
 * gave to the host (`accepted`), what the host answered (`outcome`) and, when all is over, what the
 * host says it still holds (`rest`). The record is only as true as what the world writes into it.
 *
 * `toString()` prints it, a line for each event.
 *
 * @example The record of a host that forgets
 * ```ts
 * import { judge, Ledger } from "@lanekeeper/harness";
 * import assert from "node:assert/strict";
 *
 * const ledger = new Ledger();
 * ledger.accepted("session-1", "hello");
 * assert.throws(() => judge(ledger, ["EXACTLY_ONE_OUTCOME"]), {
 *   message: /^EXACTLY_ONE_OUTCOME: message "hello" of session "session-1" has no outcome/,
 * });
 * ```
 */
export class Ledger {
  readonly #events: LedgerEvent[] = [];
  readonly #guardOf: ((session: string) => unknown) | undefined;
  #runs = 0;

  constructor(options: LedgerOptions = {}) {
    this.#guardOf = options.guardOf;
  }

  /** All events so far. */
  get events(): readonly LedgerEvent[] {
    return this.#events;
  }

  /** The host took `message` on: from now it owes an outcome. */
  accepted(session: string, message: string): void {
    this.#events.push({ kind: "accepted", session, message });
  }

  /** The host said how `message` ended. */
  outcome(session: string, message: string, status: string): void {
    this.#events.push({ kind: "outcome", session, message, status });
  }

  /** All is over, and the host still holds so much: guards, timers, waiting messages, tasks. */
  rest(held: Held): void {
    this.#events.push({ kind: "rest", held });
  }

  /** The agent was called. Returns the number of the run, for {@linkcode Ledger.acted}. */
  called(session: string, message: string): number {
    const run = ++this.#runs;
    this.#ran(session, message, run, "call");
    return run;
  }

  /** The agent acted in a run it was called for. */
  acted(session: string, message: string, { run, act }: Pick<RunEvent, "run" | "act">): void {
    this.#ran(session, message, run, act);
  }

  toString(): string {
    return this.#events.map((event, at) => `  ${String(at).padStart(3)}  ${lineOf(event)}`)
      .join("\n");
  }

  #ran(session: string, message: string, run: number, act: RunEvent["act"]): void {
    const guard = this.#guardOf?.(session);
    this.#events.push({ kind: "run", session, message, run, act, guard });
  }
}

function lineOf(event: LedgerEvent): string {
  if (event.kind === "rest") return `rest: ${JSON.stringify(event.held)}`;
  const of = `${event.session}/${event.message}`;
  if (event.kind === "accepted") return `${of} accepted`;
  if (event.kind === "outcome") return `${of} outcome: ${event.status}`;
  return `${of} run ${event.run}: ${event.act}`;
}
