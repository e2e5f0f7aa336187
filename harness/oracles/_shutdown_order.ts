import type { Ledger } from "../ledger.ts";
import type { RecordOf } from "../ledger_record.ts";
import { existing, type Facts, factsOf, hasRested, type OpFacts, wasTaken } from "./_facts.ts";
import type { Breach, Oracle } from "./oracle.ts";

type Phase = RecordOf<"phase">["phase"];

const PHASES: readonly Phase[] = ["intake", "turns", "agents", "journal", "transports"];

/**
 * `SHUTDOWN_ORDER`: intake, turns with the delivery of their replies, agents, journal, transports.
 * Broken when, after a shutdown was asked for,
 * - the host says that a phase is over after it said that of a later one, or of the same;
 * - a message that came after the intake was over is accepted;
 * - a run or a delivery goes on when the turns are over, or a delivery when the shutdown returns; or
 *   one begins after that, or after the transports;
 * - a handle is closed before the intake is over, or under a run or a delivery of its session.
 *
 * Runs whose message has the outcome `abandoned`, with their deliveries, were given up; so was whatever
 * goes on when a shutdown says that it gave something up. The handle of a session that somebody ends or
 * disconnects may be closed at any time. A host that reports no phases is judged on the rest.
 */
export const shutdownOrder: Oracle = {
  promise: "intake closes, turns finish with their replies, agents end, transports close",
  needs: ["asked:shutdown"],
  judge(ledger) {
    const facts = factsOf(ledger);
    const { shutdown, shutDown } = facts;
    if (shutdown === undefined || shutDown?.abandoned) return undefined;
    return new Watch(ledger, facts, shutdown).judge();
  },
};

class Watch {
  readonly #ledger: Ledger;
  readonly #facts: Facts;
  readonly #shutdown: OpFacts;
  /** Where each phase was over, by its place in the order; -1 if it is not. */
  readonly #overAt = PHASES.map(() => -1);
  /** The latest phase that is over. */
  #phase = -1;
  /** Deliveries that go on, by the record with which they began. */
  readonly #replies: number[] = [];

  constructor(ledger: Ledger, facts: Facts, shutdown: OpFacts) {
    this.#ledger = ledger;
    this.#facts = facts;
    this.#shutdown = shutdown;
  }

  judge(): Breach | undefined {
    const { records } = this.#ledger;
    for (let at = Math.max(0, this.#facts.crash); at < records.length; at++) {
      const record = records[at]!;
      const breach = record.kind === "reply"
        ? this.#reply(record, at)
        : at < this.#shutdown.asked
        ? undefined
        : record.kind === "phase"
        ? this.#phaseOver(record.phase, at)
        : record.kind === "accepted"
        ? this.#accepted(record, at)
        : record.kind === "handle" && record.act === "close"
        ? this.#closed(record, at)
        : record.kind === "answered" && at === this.#facts.shutDown?.answered
        ? this.#goOn("the shutdown returned", at)
        : undefined;
      if (breach !== undefined) return breach;
    }
    return undefined;
  }

  #reply(record: RecordOf<"reply">, at: number): Breach | undefined {
    if (record.act !== "begin") {
      const { records } = this.#ledger;
      const index = this.#replies.findIndex((began) => isSame(records[began]!, record));
      if (index >= 0) this.#replies.splice(index, 1);
      return undefined;
    }
    this.#replies.push(at);
    const transports = this.#overAt[PHASES.indexOf("transports")]!;
    const returned = this.#facts.shutDown?.answered ?? Infinity;
    if (this.#isGivenUp(record, at) || (transports < 0 && at < returned)) return undefined;
    const what = transports < 0 ? "the shutdown had returned" : "the transports were closed";
    const story = `the delivery of the reply to message "${record.message}" began after ${what}`;
    return { story, at, also: [transports < 0 ? returned : transports] };
  }

  #phaseOver(phase: Phase, at: number): Breach | undefined {
    const index = PHASES.indexOf(phase);
    if (index <= this.#phase) {
      const before = PHASES[this.#phase]!;
      const story = index === this.#phase
        ? `phase "${phase}" of the shutdown was over twice`
        : `phase "${phase}" of the shutdown came after phase "${before}"`;
      // What came too early is the root, not that which should have been before it.
      return { story, at: this.#overAt[this.#phase]!, also: [at] };
    }
    this.#phase = index;
    this.#overAt[index] = at;
    if (index !== PHASES.indexOf("turns")) return undefined;
    for (const run of this.#facts.runs) {
      if (!run.isOpenAt(at) || run.isGivenUp(at, this.#ledger)) continue;
      return {
        story: `the turns were said to be over while ${run} went on`,
        at,
        also: [run.called],
      };
    }
    return this.#goOn("the turns were said to be over", at);
  }

  /** No delivery may go on here. */
  #goOn(what: string, at: number): Breach | undefined {
    const began = this.#replies.find((began) =>
      !this.#isGivenUp(this.#ledger.records[began] as RecordOf<"reply">, at)
    );
    if (began === undefined) return undefined;
    const { message } = this.#ledger.records[began] as RecordOf<"reply">;
    const story = `${what} while the reply to message "${message}" was on its way`;
    return { story, at, also: [began] };
  }

  #isGivenUp({ session, message, run }: RecordOf<"reply">, at: number): boolean {
    if (this.#facts.find(session, message)?.status === "abandoned") return true;
    return this.#facts.runs.some((one) => one.number === run && one.isGivenUp(at, this.#ledger));
  }

  #accepted({ session, message: name }: RecordOf<"accepted">, at: number): Breach | undefined {
    const intake = this.#overAt[0]!;
    const message = this.#facts.find(session, name)!;
    if (intake < 0 || message.arrived < intake || !wasTaken(this.#ledger, message)) {
      return undefined;
    }
    return { story: `${message} was accepted after the intake was closed`, at, also: [intake] };
  }

  #closed({ session }: RecordOf<"handle">, at: number): Breach | undefined {
    if (this.#isClosedByOther(session, at)) return undefined;
    const { asked } = this.#shutdown;
    const story = `the handle of session "${session}" was closed`;
    if (this.#phase < 0 && this.#hasIntakeLaterThan(at)) {
      return { story: `${story} before the intake was`, at, also: [asked] };
    }
    const run = this.#facts.session(session).runOpenAt(at);
    if (run !== undefined && !run.isGivenUp(at, this.#ledger)) {
      return { story: `${story} under ${run}`, at, also: [asked, run.called] };
    }
    const began = this.#replies.find((began) => {
      const reply = this.#ledger.records[began] as RecordOf<"reply">;
      return (reply.from || reply.session) === session && !this.#isGivenUp(reply, at);
    });
    if (began === undefined) return undefined;
    return { story: `${story} while its reply was on its way`, at, also: existing(asked, began) };
  }

  /** A host may tell of a phase some microtasks after it is over: by the time it has come to rest. */
  #hasIntakeLaterThan(at: number): boolean {
    const intake = this.#ledger.records.findIndex((record) =>
      record.kind === "phase" && record.phase === "intake"
    );
    return intake >= 0 && hasRested(this.#ledger, at, intake);
  }

  #isClosedByOther(session: string, at: number): boolean {
    return this.#facts.ops.some(({ record, asked }) =>
      record.session === session && asked < at &&
      (record.what === "end" || record.what === "disconnect" || record.what === "create" ||
        record.what === "resume")
    );
  }
}

function isSame(one: { readonly kind: string }, { message, run }: RecordOf<"reply">): boolean {
  const other = one as RecordOf<"reply">;
  return other.message === message && other.run === run;
}
