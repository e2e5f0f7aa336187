import type { Ledger } from "../ledger.ts";
import type { LedgerRecord, RecordOf } from "../ledger_record.ts";
import {
  existing,
  type Facts,
  factsOf,
  hasRested,
  type MessageFacts,
  type OpFacts,
} from "./_facts.ts";
import type { Breach, Oracle } from "./oracle.ts";

/** Something that takes its time. */
type Lasting = RecordOf<"run" | "io" | "reply">;

/** Something that took its time, and is over. */
interface Over {
  readonly record: Lasting;
  readonly began: number;
  readonly at: number;
}

/** What a session is at, as far as the story has come. */
interface State {
  /** Runs, calls of ports, deliveries and operations that go on, by the record of their beginning. */
  readonly open: number[];
  /** The last record that has to do with it. */
  latest: number;
}

/**
 * `NO_CROSS_SESSION_HOL`: broken when a message waits although its session is idle, until something of
 * another session is over.
 *
 * Told from these records alone: a run, or a call of a port, of session B begins. Before that, B was at
 * nothing (no run, call or delivery, nothing asked of it but messages), had a message to run, and the
 * world came to rest like that, so B could have begun. And B begins in the very step in which a run, a
 * call or a delivery of session A is over that had been going on all the while. A session in which a
 * run took a message is at something until that is told of. A host that begins because a timer fired,
 * or another message for B came, after something that belongs to no session, or after a shutdown was
 * asked for, is not judged on that.
 *
 * It needs to know when the world was at rest: see `Ledger.rested()`.
 */
export const noCrossSessionHol: Oracle = {
  promise: "one session never holds up another",
  needs: ["asked:send", "run"],
  takes: {
    judgeable: (ledger) => hasTwoSessions(factsOf(ledger)),
    lack: "no schedule had two sessions",
  },
  judge(ledger) {
    const facts = factsOf(ledger);
    return hasTwoSessions(facts) ? new Watch(ledger, facts).judge() : undefined;
  },
};

function hasTwoSessions({ sessions }: Facts): boolean {
  return sessions.filter(({ name }) => name !== "").length > 1;
}

class Watch {
  readonly #ledger: Ledger;
  readonly #facts: Facts;
  readonly #states = new Map<string, State>();
  /** What was over since the world was last at rest. */
  readonly #over: Over[] = [];
  #hasTimer = false;

  constructor(ledger: Ledger, facts: Facts) {
    this.#ledger = ledger;
    this.#facts = facts;
  }

  judge(): Breach | undefined {
    const { records } = this.#ledger;
    for (let at = 0; at < records.length; at++) {
      if (at > 0 && hasRested(this.#ledger, at - 1, at)) {
        this.#over.length = 0;
        this.#hasTimer = false;
      }
      const record = records[at]!;
      if (record.kind === "process") return undefined;
      if (record.kind === "asked" && record.what === "shutdown") return undefined;
      const breach = this.#read(record, at);
      if (breach !== undefined) return breach;
    }
    return undefined;
  }

  #read(record: LedgerRecord, at: number): Breach | undefined {
    switch (record.kind) {
      case "timer":
        this.#hasTimer = true;
        break;
      case "run":
        if (record.act === "call") return this.#begin(record, at);
        if (record.act === "end" || record.act === "throw" || record.act === "settle") {
          this.#end(record, at);
        }
        break;
      case "io":
      case "reply":
        if (record.act === "begin") return this.#begin(record, at);
        this.#end(record, at);
        break;
      case "asked":
        this.#asked(this.#facts.op(record.op)!, at);
        break;
      case "answered":
        this.#answered(this.#facts.op(record.op), at);
        break;
      case "outcome":
      case "rejected":
      case "handle":
      case "cancel":
      case "steer":
      case "rollback":
      case "stored":
        this.#touch(record.session, at);
        break;
    }
    return undefined;
  }

  /** What somebody else asks of a session goes on until it is answered. */
  #asked({ record: { what, session }, answered }: OpFacts, at: number): void {
    if (what === "send" || what === "advance") return;
    const state = this.#stateOf(session);
    state.latest = at;
    if (answered >= 0 && session !== "") state.open.push(at);
  }

  #answered(op: OpFacts | undefined, at: number): void {
    if (op === undefined || op.record.what === "send") return;
    const state = this.#stateOf(op.record.session);
    state.latest = at;
    const index = state.open.indexOf(op.asked);
    if (index >= 0) state.open.splice(index, 1);
  }

  #stateOf(session: string): State {
    let state = this.#states.get(session);
    if (state === undefined) this.#states.set(session, state = { open: [], latest: -1 });
    return state;
  }

  #touch(session: string, at: number): void {
    this.#stateOf(session).latest = at;
  }

  #begin(record: Lasting, at: number): Breach | undefined {
    const { session } = record;
    const state = this.#stateOf(session);
    const mayBeHeldUp = this.#over.length > 0 && !this.#hasTimer && state.open.length === 0;
    const breach = mayBeHeldUp && session !== "" ? this.#heldUp(record, at) : undefined;
    state.open.push(at);
    state.latest = at;
    return breach;
  }

  #end(record: Lasting, at: number): void {
    const { records } = this.#ledger;
    const state = this.#stateOf(record.session);
    const index = state.open.findIndex((began) => isSame(records[began]!, record));
    if (index >= 0) this.#over.push({ record, began: state.open.splice(index, 1)[0]!, at });
    state.latest = at;
  }

  #heldUp(record: Lasting, at: number): Breach | undefined {
    const { session } = record;
    const message = this.#firstWaiting(session, at);
    const common = this.#stateOf("");
    if (message === undefined || common.open.length > 0) return undefined;
    if (this.#awaitsAnswer(session, at)) return undefined;
    const since = Math.max(message.arrived, this.#stateOf(session).latest, common.latest);
    const ledger = this.#ledger;
    if (!hasRested(ledger, since, at) || this.#isSetOff(session, at)) return undefined;
    const cause = this.#over.find((over) =>
      over.record.session !== session && over.record.session !== "" &&
      ledger.restOf(over.began) <= ledger.restOf(since)
    );
    if (cause === undefined) return undefined;
    const story = `${message} had to wait, though its session was idle, until ` +
      `${nameOf(cause.record)} of session "${cause.record.session}" was over`;
    return {
      story,
      at: since,
      also: existing(cause.began, cause.at, at).filter((i) => i !== since),
    };
  }

  /** Whether a message for this session came since the world was last at rest: that may set it off. */
  #isSetOff(session: string, at: number): boolean {
    return this.#facts.session(session).messages.some(({ asked }) =>
      asked >= 0 && asked < at && !hasRested(this.#ledger, asked, at)
    );
  }

  /** Whether a run took a message that is not told of yet: the agent may still have to say so. */
  #awaitsAnswer(session: string, at: number): boolean {
    return this.#facts.session(session).messages.some(({ taken, outcome }) =>
      taken >= 0 && taken < at && (outcome < 0 || outcome > at)
    );
  }

  /** The message that has been waiting longest in this session when record `at` was written. */
  #firstWaiting(session: string, at: number): MessageFacts | undefined {
    for (const message of this.#facts.session(session).messages) {
      const { asked, called, outcome, rejected } = message;
      const isOver = (outcome >= 0 && outcome < at) || (rejected >= 0 && rejected < at);
      if (asked >= 0 && asked < at && (called < 0 || called >= at) && !isOver) return message;
    }
    return undefined;
  }
}

function isSame(one: LedgerRecord, other: Lasting): boolean {
  if (one.kind === "run") return other.kind === "run" && other.run === one.run;
  if (one.kind === "io") return other.kind === "io" && other.call === one.call;
  return one.kind === "reply" && other.kind === "reply" && other.message === one.message &&
    other.run === one.run;
}

function nameOf(record: Lasting): string {
  if (record.kind === "run") return `run ${record.run}`;
  return record.kind === "io" ? `a call of "${record.port}"` : "the delivery of a reply";
}
