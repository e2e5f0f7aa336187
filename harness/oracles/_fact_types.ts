import type { Ledger } from "../ledger.ts";
import type { RecordOf } from "../ledger_record.ts";
import type { Policies } from "./oracle.ts";

/** No names. */
export const NONE: readonly string[] = [];

/**
 * What a ledger tells of one message. Everything that happened is the number of its record, -1 if it
 * did not.
 */
export class MessageFacts {
  readonly session: SessionFacts;
  readonly name: string;
  /** Another one of the same name, in another session. */
  readonly namesake: MessageFacts | undefined;
  asked = -1;
  sender: string | undefined = undefined;
  event: string | undefined = undefined;
  /** The operation that sent it. */
  op: OpFacts | undefined = undefined;
  accepted = -1;
  rejected = -1;
  outcome = -1;
  status = "";
  /** A second outcome. */
  again = -1;
  /** The first look that showed it in line, and the one that no longer did. */
  waited = -1;
  left = -1;
  /** The first run that had it was called, or took it, and the last one. */
  called = -1;
  /** A run took it while it went on, and which one. */
  taken = -1;
  taker: RunFacts | undefined = undefined;
  run: RunFacts | undefined = undefined;
  /** The first run with it that ended, and the last that did not end well. */
  ended = -1;
  threw = -1;
  stored = -1;
  /** The first outcome of it that was on disk, and the last. */
  outcomeOnDisk = -1;
  outcomeStored = -1;

  constructor(session: SessionFacts, name: string, namesake: MessageFacts | undefined) {
    this.session = session;
    this.name = name;
    this.namesake = namesake;
  }

  /** Where it came in. A host that only tells how a message ended says late that it took it. */
  get arrived(): number {
    return this.asked >= 0 ? this.asked : this.accepted;
  }

  toString(): string {
    return messageOf(this.session.name, this.name);
  }
}

/** What a ledger tells of one run. */
export class RunFacts {
  readonly number: number;
  readonly session: SessionFacts;
  readonly messages: readonly MessageFacts[];
  /** Those that it took while it went on. */
  readonly taken: MessageFacts[] = [];
  readonly called: number;
  /** It settled, or died with its process. */
  settled = -1;
  how: "" | "end" | "throw" | "settle" | "crash" = "";
  aborted = -1;

  constructor(number: number, messages: readonly MessageFacts[], called: number) {
    this.number = number;
    this.session = messages[0]!.session;
    this.messages = messages;
    this.called = called;
  }

  /** Whether it was going on when record `at` was written. */
  isOpenAt(at: number): boolean {
    return this.called < at && (this.settled < 0 || this.settled > at);
  }

  /** Whether its host said, sooner or later, that it gave the run up. */
  get wasGivenUp(): boolean {
    return this.messages.some(({ status }) => status === "abandoned");
  }

  /**
   * Whether its host had given the run up when record `at` was written. It says so some microtasks
   * after it has made up its mind: by the time that it has come to rest.
   */
  isGivenUp(at: number, ledger: Ledger): boolean {
    for (const { status, outcome } of this.messages) {
      if (status !== "abandoned") continue;
      if (outcome < at || ledger.restOf(outcome) === ledger.restOf(at)) return true;
    }
    return false;
  }

  toString(): string {
    return `run ${this.number} (${this.messages[0]})`;
  }
}

/** What a ledger tells of one session. */
export class SessionFacts {
  readonly name: string;
  readonly runs: RunFacts[] = [];
  readonly messages: MessageFacts[] = [];
  /** The last look at it, and what it showed. */
  look = -1;
  guard: unknown = undefined;
  waiting: readonly string[] = NONE;
  /** Calls of ports and deliveries that never ended. */
  openCalls = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** The run that was going on when record `at` was written. */
  runOpenAt(at: number): RunFacts | undefined {
    for (let i = this.runs.length - 1; i >= 0; i--) {
      if (this.runs[i]!.isOpenAt(at)) return this.runs[i];
    }
    return undefined;
  }

  /** Whether something still goes on when the story is over: then what waits behind it may wait. */
  isBusyAtEnd({ isolated = false }: Policies): boolean {
    if (this.openCalls > 0 || hasGuard(this.guard)) return true;
    for (const run of this.runs) {
      if (run.settled < 0 && !(isolated && run.wasGivenUp)) return true;
    }
    return false;
  }
}

/** What a ledger tells of one operation. */
export interface OpFacts {
  readonly record: RecordOf<"asked">;
  readonly asked: number;
  readonly message: MessageFacts | undefined;
  answered: number;
  ok: boolean;
  /** It said that it gave something up. */
  abandoned: boolean;
}

/** Whether a look showed a guard. */
export function hasGuard(guard: unknown): boolean {
  return guard !== undefined && guard !== null;
}

/** A message in words. */
export function messageOf(session: string, message: string): string {
  return `message "${message}" of session "${session}"`;
}
