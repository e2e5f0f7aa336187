import type { Evidence, Held, LedgerRecord, RecordOf, RunRecord } from "./ledger_record.ts";

/** Options of {@linkcode Ledger}. */
export interface LedgerOptions {
  /** Shows the guard of a session, `undefined` where there is none. For `GUARD_WHILE_RUNNING`. */
  guardOf?(session: string): unknown;
  /** The time to write beside each record. Default: always 0. */
  now?(): number;
}

/** Whether a run has settled after this act. */
export function isSettling(act: RunRecord["act"]): boolean {
  return act === "end" || act === "throw" || act === "settle";
}

/**
 * The record of one schedule, in the order in which things happened, for `judge` to read afterwards.
 *
 * When to use: one for each world. The agent writes what it does by itself; the world writes what it
 * gave to the host (`accepted`), what the host answered (`outcome`) and, when all is over, what the
 * host says it still holds (`rest`). The record is only as true as what the world writes into it.
 *
 * `toString()` prints it, a line for each record.
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
  /** The step of the schedule that is being taken: written beside each record. */
  step = 0;
  readonly #records: LedgerRecord[] = [];
  readonly #steps: number[] = [];
  readonly #times: number[] = [];
  readonly #rests: number[] = [];
  readonly #evidence = new Set<Evidence>();
  readonly #options: LedgerOptions;
  #runs = 0;
  #restCount = 0;

  constructor(options: LedgerOptions = {}) {
    this.#options = options;
  }

  /** All records so far. */
  get records(): readonly LedgerRecord[] {
    return this.#records;
  }

  /** Whether there is a record of this kind, or anybody asked for this. */
  has(evidence: Evidence): boolean {
    return this.#evidence.has(evidence);
  }

  /** The step of the schedule in which record number `at` was written. */
  stepOf(at: number): number {
    return this.#steps[at] ?? 0;
  }

  /** When record number `at` was written, in ms on the world's clock. */
  msOf(at: number): number {
    return this.#times[at] ?? 0;
  }

  /**
   * How often the world had come to rest before record number `at`. Between two records with different
   * numbers a host has done all that it could do by itself. A ledger that is never told of a rest takes
   * each step to be taken at rest.
   */
  restOf(at: number): number {
    return (this.#restCount === 0 ? this.#steps : this.#rests)[at] ?? 0;
  }

  /** The world has come to rest: before its first step, and between any two that are not rushed. */
  rested(): void {
    this.#restCount++;
  }

  /** Adds a line. */
  write(record: LedgerRecord): void {
    this.#records.push(record);
    this.#evidence.add(record.kind);
    if (record.kind === "asked") {
      this.#evidence.add(`asked:${record.what}`);
      if (record.deadlineMs !== undefined) this.#evidence.add("deadline");
      if (mayCancel(record)) this.#evidence.add("asked to cancel");
    } else if (record.kind === "guard") {
      if (record.guard !== undefined && record.guard !== null) this.#evidence.add("a guard");
    } else if (record.kind === "claim" || record.kind === "lock") {
      if (record.act === "release") this.#evidence.add("a release");
    } else if (record.kind === "measure") {
      this.#evidence.add(record.lane === "state" ? "a size" : "a stack");
    }
    this.#steps.push(this.step);
    this.#rests.push(this.#restCount);
    this.#times.push(this.#options.now?.() ?? 0);
  }

  /** The host took `message` on: from now it owes an outcome. */
  accepted(session: string, message: string): void {
    this.write({ kind: "accepted", session, message });
  }

  /** The host said how `message` ended. */
  outcome(session: string, message: string, status: string): void {
    this.write({ kind: "outcome", session, message, status });
  }

  /** All is over, and the host still holds so much: guards, timers, waiting messages, tasks. */
  rest(held: Held): void {
    this.write({ kind: "rest", held });
  }

  /** The agent was called. Returns the number of the run, for {@linkcode Ledger.acted}. */
  called(session: string, messages: string | readonly string[]): number {
    const run = ++this.#runs;
    const guard = this.#options.guardOf?.(session);
    if (typeof messages === "string") {
      this.write({ kind: "run", session, message: messages, run, act: "call", guard });
    } else {
      const [message = ""] = messages;
      this.write({ kind: "run", session, message, messages, run, act: "call", guard });
    }
    return run;
  }

  /** The agent acted in a run it was called for. */
  acted(session: string, message: string, { run, act }: Pick<RunRecord, "run" | "act">): void {
    const guard = this.#options.guardOf?.(session);
    this.write({ kind: "run", session, message, run, act, guard });
  }

  toString(): string {
    return this.#records.map((record, at) => `  ${String(at).padStart(3)}  ${lineOf(record)}`)
      .join("\n");
  }
}

/** Whether a message of this policy cancels the turn that runs. */
export function isInterrupting(policy: string | undefined): boolean {
  return policy === "interrupt" || policy === "supersede" || policy === "rollback";
}

function mayCancel({ what, policy }: RecordOf<"asked">): boolean {
  if (what === "send") return isInterrupting(policy);
  return what === "stop" || what === "withdraw" || what === "end" || what === "shutdown";
}

/** One record as a line of text. */
export function lineOf(record: LedgerRecord): string {
  if (record.kind === "rest") return `rest: ${JSON.stringify(record.held)}`;
  if (record.kind === "accepted") return `${record.session}/${record.message} accepted`;
  if (record.kind === "outcome") {
    return `${record.session}/${record.message} outcome: ${record.status}`;
  }
  if (record.kind === "run") {
    const messages = (record.messages ?? [record.message]).join("+");
    return `${record.session}/${messages} run ${record.run}: ${record.act}`;
  }
  const { kind, ...rest } = record;
  const details = Object.entries(rest).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  return `${kind}: ${details.join(", ")}`;
}
