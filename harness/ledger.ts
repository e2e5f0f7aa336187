/** What a scripted agent does of its own accord in a run. */
export type AgentAct = "start" | "step" | "end" | "throw";

/** What it does about the abort of its signal: stops, or decides not to hear it. */
export type AbortAct = "settle" | "ignore";

/** How many of each thing a host still holds. */
export type Held = Readonly<Record<string, number>>;

/** What somebody asks of a host. */
export type Asked =
  | "send"
  | "withdraw"
  | "stop"
  | "end"
  | "create"
  | "resume"
  | "disconnect"
  | "shutdown"
  | "advance"
  | "crash";

/** How hard a turn is asked to stop. */
export type Level = "graceful" | "immediate";

/**
 * One line of a {@linkcode Ledger}. The world writes most of them by itself, because it is the agent
 * and owns the ports; a host that has locks, claims, bindings or phases reports these itself.
 */
export type LedgerRecord =
  /** Somebody asked something of the host; `op` is the number of the operation, from 0. */
  | {
    readonly kind: "asked";
    readonly op: number;
    readonly what: Asked;
    /** Empty for what concerns the whole host. */
    readonly session: string;
    /** Of a `send` and a `withdraw`. */
    readonly message?: string;
    readonly sender?: string;
    /** The id under which the message may be delivered again. */
    readonly event?: string;
    /** Of a `stop`. */
    readonly level?: Level;
    readonly queued?: "keep" | "discard";
    /** Of a `send`: what is asked of a busy session. */
    readonly policy?: string;
    /** Of a `resume`: an ended session, too. */
    readonly revive?: boolean;
    /** Of a `stop`, an `end` and a `shutdown`: it must have returned by then, in ms. */
    readonly deadlineMs?: number;
  }
  /** The promise that the operation got has settled: `detail` is its value or its error, as text. */
  | {
    readonly kind: "answered";
    readonly op: number;
    readonly ok: boolean;
    readonly detail?: string;
    /** Of a `stop`, an `end` and a `shutdown`: what the host says it gave up. */
    readonly abandoned?: boolean;
  }
  /** The host took a message on. */
  | { readonly kind: "accepted"; readonly session: string; readonly message: string }
  /** The host refused it. */
  | {
    readonly kind: "rejected";
    readonly session: string;
    readonly message: string;
    readonly reason: string;
  }
  /** The agent was called for a run, or acted in it. */
  | {
    readonly kind: "run";
    readonly session: string;
    /** The first of its messages. */
    readonly message: string;
    /** All of them, where it is not one alone. */
    readonly messages?: readonly string[];
    /** Counts the runs of one ledger, from 1. */
    readonly run: number;
    readonly act: "call" | AgentAct | AbortAct | "abort";
    /** What the probe of the session's guard gave at that moment. */
    readonly guard: unknown;
  }
  /** The host asked the agent itself to stop what it runs; `run` is 0 if nothing ran. */
  | {
    readonly kind: "cancel";
    readonly session: string;
    readonly run: number;
    readonly level: Level;
  }
  /**
   * A message was offered to the run that went on, `run` (0 if none did): from `take` on it has it, and with
   * `refuse` it never will.
   */
  | {
    readonly kind: "steer";
    readonly session: string;
    readonly message: string;
    readonly run: number;
    readonly act: "offer" | "take" | "refuse";
  }
  /**
   * The host has the agent drop what a run left in its record, which is done with `end`: the latest that
   * began with `message`; `run` is 0 if none did.
   */
  | {
    readonly kind: "rollback";
    readonly session: string;
    readonly message: string;
    readonly run: number;
    readonly act: "begin" | "end";
  }
  /** The host said how a message ended. */
  | {
    readonly kind: "outcome";
    readonly session: string;
    readonly message: string;
    readonly status: string;
    /** The message it was merged into, or that superseded it. */
    readonly by?: string;
    readonly cause?: string;
    /** The reply that came with it: what the agent gave in run `replyOf`, for `replySession`. */
    readonly replyOf?: number;
    readonly replySession?: string;
  }
  /** The reply of a run is on its way to whoever asked; this takes time and may fail. */
  | {
    readonly kind: "reply";
    readonly session: string;
    readonly message: string;
    readonly act: "begin" | "end" | "fail";
    /** The run that gave the reply, and its session; 0 and empty if no run gave it. */
    readonly run: number;
    readonly from: string;
  }
  /** What a look at the host showed of a session, written when it changed. */
  | {
    readonly kind: "guard";
    readonly session: string;
    /** The identity of the guard; `undefined` where there is none. */
    readonly guard: unknown;
    /** Whether whoever owns it is alive. */
    readonly live: boolean;
    readonly waiting: readonly string[];
    /** The host shows who waits, here: nobody else does. */
    readonly showsLine?: true;
  }
  /** Reported: a check, claim or release of something exclusive; `by` is who, `token` which claim. */
  | {
    readonly kind: "claim";
    readonly key: string;
    readonly act: "check" | "claim" | "release";
    readonly by: string;
    readonly token?: number;
  }
  /** Reported: a lock that `by` waits for, holds, releases; or the forgetting of the lock itself. */
  | {
    readonly kind: "lock";
    readonly key: string;
    readonly act: "wait" | "hold" | "release" | "drop";
    readonly by: string;
  }
  /** A call of a port, which takes time. `by` is who made it, if the host says so. */
  | {
    readonly kind: "io";
    readonly port: string;
    readonly session: string;
    readonly call: number;
    readonly act: "begin" | "end" | "fail";
    /** Of a failure: whether the session is gone for good. */
    readonly gone?: boolean;
    readonly by?: string;
  }
  /** The agent's side of a session. */
  | {
    readonly kind: "handle";
    readonly session: string;
    readonly handle: number;
    readonly act: "open" | "close";
  }
  /** Reported: which session a client's next message goes to; written when it changed. */
  | {
    readonly kind: "binding";
    readonly client: string;
    readonly session: string | undefined;
    /** The session because of whose answer this was changed. */
    readonly about?: string;
  }
  /** The delivery of an event by a transport that repeats what is not acknowledged. */
  | {
    readonly kind: "event";
    readonly event: string;
    readonly act: "arrive" | "ack";
    readonly deadlineMs?: number;
  }
  /** What a session is after `create` and after `resume`. */
  | {
    readonly kind: "context";
    readonly session: string;
    readonly how: "create" | "resume";
    readonly workingDir: string;
    readonly project: string;
    readonly transcript: readonly string[];
  }
  /** The working directory of the whole process was changed. */
  | { readonly kind: "cwd"; readonly dir: string; readonly session: string }
  /** A message, or its outcome, is on disk. */
  | {
    readonly kind: "stored";
    readonly session: string;
    readonly message: string;
    readonly what: "message" | "outcome";
  }
  /** A timer fired. */
  | { readonly kind: "timer"; readonly timer: number }
  /** Reported: a phase of the shutdown is over. */
  | {
    readonly kind: "phase";
    readonly phase: "intake" | "turns" | "agents" | "journal" | "transports";
  }
  /** The process died, or came back. */
  | { readonly kind: "process"; readonly act: "crash" | "start" }
  /** A measurement at point `n` of a series, with its limit if it has one. */
  | {
    readonly kind: "measure";
    readonly lane: "frames" | "promises" | "heap" | "state";
    readonly name: string;
    readonly n: number;
    readonly value: number;
    readonly limit?: number;
  }
  /** The story is over: what the host holds now. */
  | { readonly kind: "rest"; readonly held: Held };

/** What kinds of record there are. */
export type RecordKind = LedgerRecord["kind"];

/**
 * What a record can show: a kind of record, something that was asked, or that
 * - something was asked with a deadline;
 * - something was asked that may cancel a turn or a message;
 * - a look showed a guard;
 * - somebody released a claim or a lock;
 * - the size of something that may grow was measured, or a stack was.
 */
export type Evidence =
  | RecordKind
  | `asked:${Asked}`
  | "deadline"
  | "asked to cancel"
  | "a guard"
  | "a release"
  | "a size"
  | "a stack";

/** The records of one kind. */
export type RecordOf<K extends RecordKind> = Extract<LedgerRecord, { kind: K }>;

/** Of {@linkcode LedgerRecord}, what an agent writes. */
export type RunRecord = RecordOf<"run">;

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
