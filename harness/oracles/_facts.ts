import type { Ledger } from "../ledger.ts";
import type { LedgerRecord, RecordOf } from "../ledger_record.ts";
import { MessageFacts, NONE, type OpFacts, RunFacts, SessionFacts } from "./_fact_types.ts";

export {
  hasGuard,
  MessageFacts,
  messageOf,
  type OpFacts,
  RunFacts,
  SessionFacts,
} from "./_fact_types.ts";

/** What a ledger tells, by message, run, session and operation: collected once for all oracles. */
export class Facts {
  readonly messages: MessageFacts[] = [];
  readonly runs: RunFacts[] = [];
  readonly sessions: SessionFacts[] = [];
  readonly ops: OpFacts[] = [];
  /** When the process died, each time. */
  readonly crashes: number[] = [];
  /** When it died last, when it came back last, and when the story was over. */
  crash = -1;
  start = -1;
  rest = -1;
  /** A look has shown somebody in line. */
  showsLines = false;
  /** The host shows who waits, also when nobody does. */
  showsEmptyLines = false;
  /** The first shutdown that was asked for since the process is there. */
  shutdown: OpFacts | undefined = undefined;
  readonly #byName = new Map<string, MessageFacts>();
  readonly #bySession = new Map<string, SessionFacts>();
  readonly #byOp: (OpFacts | undefined)[] = [];

  readonly records: readonly LedgerRecord[];

  constructor(records: readonly LedgerRecord[]) {
    this.records = records;
    for (let at = 0; at < records.length; at++) this.#read(records[at]!, at);
  }

  /** A session, by its name. */
  session(name: string): SessionFacts {
    let session = this.#bySession.get(name);
    if (session === undefined) {
      this.#bySession.set(name, session = new SessionFacts(name));
      this.sessions.push(session);
    }
    return session;
  }

  /** A message, by its session and its name; `undefined` if nothing is told of it. */
  find(session: string, name: string): MessageFacts | undefined {
    let message = this.#byName.get(name);
    while (message !== undefined && message.session.name !== session) message = message.namesake;
    return message;
  }

  /** An operation, by its number. */
  op(number: number): OpFacts | undefined {
    return this.#byOp[number];
  }

  /** Whether looks tell who waits: where nobody is shown, nobody does. */
  get knowsLines(): boolean {
    return this.showsLines || this.showsEmptyLines;
  }

  /** The first shutdown that has returned since the process is there. */
  get shutDown(): OpFacts | undefined {
    let first: OpFacts | undefined;
    for (const op of this.ops) {
      if (op.record.what !== "shutdown" || !op.ok || op.asked < this.crash) continue;
      if (first === undefined || op.answered < first.answered) first = op;
    }
    return first;
  }

  /** Another delivery of the same event that fits. */
  twinOf(message: MessageFacts, isIt: (twin: MessageFacts) => boolean): MessageFacts | undefined {
    if (message.event === undefined) return undefined;
    for (const twin of this.messages) {
      if (twin !== message && twin.event === message.event && isIt(twin)) return twin;
    }
    return undefined;
  }

  #read(record: LedgerRecord, at: number): void {
    switch (record.kind) {
      case "run":
        if (record.act === "call") this.#called(record, at);
        else this.#acted(record, at);
        break;
      case "guard":
        this.#looked(record, at);
        break;
      case "asked":
        this.#asked(record, at);
        break;
      case "answered":
        this.#answered(record, at);
        break;
      case "accepted": {
        const message = this.#message(record.session, record.message);
        if (message.accepted < 0) message.accepted = at;
        break;
      }
      case "rejected":
        this.#message(record.session, record.message).rejected = at;
        break;
      case "outcome":
        this.#outcome(record, at);
        break;
      case "stored": {
        const message = this.#message(record.session, record.message);
        if (record.what === "outcome") {
          message.outcomeStored = at;
          if (message.outcomeOnDisk < 0) message.outcomeOnDisk = at;
        } else if (message.stored < 0) message.stored = at;
        break;
      }
      case "steer":
        if (record.act === "take") this.#took(record, at);
        break;
      case "io":
      case "reply":
        this.session(record.session).openCalls += record.act === "begin" ? 1 : -1;
        break;
      case "process":
        if (record.act === "start") this.start = at;
        else this.#crashed(at);
        break;
      case "rest":
        this.rest = at;
        break;
    }
  }

  #message(session: string, name: string): MessageFacts {
    const found = this.find(session, name);
    if (found !== undefined) return found;
    const home = this.session(session);
    const message = new MessageFacts(home, name, this.#byName.get(name));
    this.#byName.set(name, message);
    home.messages.push(message);
    this.messages.push(message);
    return message;
  }

  #asked(record: RecordOf<"asked">, at: number): void {
    const isSend = record.what === "send" && record.message !== undefined;
    const message = isSend ? this.#message(record.session, record.message) : undefined;
    const op = { record, asked: at, message, answered: -1, ok: false, abandoned: false };
    this.#byOp[record.op] = op;
    this.ops.push(op);
    if (record.what === "shutdown") this.shutdown ??= op;
    if (message === undefined || message.asked >= 0) return;
    message.asked = at;
    message.op = op;
    message.sender = record.sender;
    message.event = record.event;
  }

  #answered(record: RecordOf<"answered">, at: number): void {
    const op = this.#byOp[record.op];
    if (op === undefined || op.answered >= 0) return;
    op.answered = at;
    op.ok = record.ok;
    op.abandoned = record.abandoned ?? false;
  }

  #outcome(record: RecordOf<"outcome">, at: number): void {
    const message = this.#message(record.session, record.message);
    const isFinal = message.status !== "interrupted";
    if (message.outcome >= 0 && isFinal) {
      if (message.again < 0) message.again = at;
      return;
    }
    message.outcome = at;
    message.status = record.status;
  }

  #called(record: RecordOf<"run">, at: number): void {
    const { session, message, messages } = record;
    const all = messages === undefined || messages.length === 0
      ? [this.#message(session, message)]
      : messages.map((name) => this.#message(session, name));
    const run = new RunFacts(record.run, all, at);
    this.runs.push(run);
    run.session.runs.push(run);
    for (const one of all) {
      if (one.called < 0) one.called = at;
      one.run = run;
    }
  }

  #acted({ run: number, act }: RecordOf<"run">, at: number): void {
    const run = this.#run(number);
    if (run === undefined) return;
    if (act === "abort") run.aborted = at;
    else if (act === "end" || act === "throw" || act === "settle") settle(run, act, at);
  }

  #took({ session, message: name, run: number }: RecordOf<"steer">, at: number): void {
    const run = this.#run(number);
    const message = this.#message(session, name);
    if (run === undefined) return;
    run.taken.push(message);
    message.taken = at;
    message.taker = run;
    message.run = run;
    if (message.called < 0) message.called = at;
  }

  #run(number: number): RunFacts | undefined {
    for (let i = this.runs.length - 1; i >= 0; i--) {
      if (this.runs[i]!.number === number) return this.runs[i];
    }
    return undefined;
  }

  #looked({ session: name, guard, waiting, showsLine }: RecordOf<"guard">, at: number): void {
    const session = this.session(name);
    for (const before of session.waiting) {
      if (!waiting.includes(before)) this.#message(name, before).left = at;
    }
    if (waiting.length > 0) this.showsLines = true;
    if (showsLine) this.showsEmptyLines = true;
    for (const now of waiting) {
      const message = this.#message(name, now);
      message.left = -1;
      if (message.waited < 0) message.waited = at;
    }
    session.look = at;
    session.guard = guard;
    session.waiting = waiting;
  }

  /** What a process was at dies with it. */
  #crashed(at: number): void {
    this.crash = at;
    this.crashes.push(at);
    this.shutdown = undefined;
    for (const run of this.runs) if (run.settled < 0) settle(run, "crash", at);
    for (const session of this.sessions) {
      session.openCalls = 0;
      session.guard = undefined;
      session.waiting = NONE;
    }
  }
}

function settle(run: RunFacts, how: "end" | "throw" | "settle" | "crash", at: number): void {
  if (run.settled >= 0) return;
  run.settled = at;
  run.how = how;
  for (const message of run.taken.length === 0 ? run.messages : [...run.messages, ...run.taken]) {
    if (how !== "end") message.threw = at;
    else if (message.ended < 0) message.ended = at;
  }
}

let latest: { readonly ledger: Ledger; readonly length: number; readonly facts: Facts } | undefined;

/** What this ledger tells. All oracles judge one ledger after the other, so only the last is kept. */
export function factsOf(ledger: Ledger): Facts {
  const { records } = ledger;
  if (latest?.ledger === ledger && latest.length === records.length) return latest.facts;
  const facts = new Facts(records);
  latest = { ledger, length: records.length, facts };
  return facts;
}

/** Those records that there are, in order. */
export function existing(...records: number[]): number[] {
  return records.filter((at) => at >= 0).sort((one, other) => one - other);
}

/** Whether the process died between two records. */
export function hasDied({ crashes }: Facts, from: number, to: number): boolean {
  return crashes.some((crash) => crash > from && crash < to);
}

/** Whether the world had come to rest between two records, so that a host had its chance. */
export function hasRested(ledger: Ledger, from: number, to: number): boolean {
  return ledger.restOf(from) !== ledger.restOf(to);
}

/**
 * Whether a host took a message on. One that failed there and then, and never ran, was refused, if
 * not in the words for it.
 */
export function wasTaken(ledger: Ledger, message: MessageFacts): boolean {
  if (message.accepted < 0) return false;
  if (message.called >= 0 || message.status !== "failed" || message.op?.ok !== false) return true;
  return hasRested(ledger, message.asked, message.outcome);
}
