import assert from "node:assert/strict";
import { type Guarantee, judge, Ledger } from "@lanekeeper/harness";
import type { CancelCause, MessageInfo, Outcome, Receipt, TurnInfo } from "../mod.ts";

/** What is known of a message that was accepted. */
interface Sent {
  readonly id: string;
  readonly session: string;
  readonly policy: string;
  /** The number of the operation that sent it. */
  readonly at: number;
  /** It has the guard: nothing joins it any more. */
  isTaken: boolean;
  delivered: number;
  outcome: Outcome<string> | undefined;
}

const JUDGED: readonly Guarantee[] = [
  "SINGLE_TURN",
  "GUARD_WHILE_RUNNING",
  "EXACTLY_ONE_OUTCOME",
  "NO_STRANDED_PENDING",
  "EVENTUALLY_IDLE",
];

/**
 * What must be true of a queue in any order of events: it is told what was asked of the queue and
 * what the queue says, keeps each line as it must be by itself, and compares.
 */
export class QueueOracle {
  readonly ledger: Ledger;
  /** Situations that came up, and how often. */
  readonly #situations: Map<string, number>;
  readonly #sent = new Map<string, Sent>();
  /** What waits on each session: groups of messages that will run together. */
  readonly #lines = new Map<string, Sent[][]>();
  /** When each thing was asked for last, by the number of the operation. */
  readonly #asked = new Map<string, number>();
  readonly #broken: string[] = [];
  #at = 0;

  constructor(situations: Map<string, number>, guardOf: (session: string) => unknown) {
    this.#situations = situations;
    this.ledger = new Ledger({ guardOf });
  }

  /** The next operation: what it asks for, and of whom. */
  asked(what: string, name: string): void {
    this.#asked.set(`${what} ${name}`, ++this.#at);
  }

  accepted({ id, session, policy }: MessageInfo<string>, isBusy: boolean): void {
    this.ledger.accepted(session, id);
    if (isBusy) this.came("a message for a busy session");
    const at = this.#at;
    const sent = { id, session, policy, at, isTaken: false, delivered: 0, outcome: undefined };
    this.#sent.set(id, sent);
    const line = this.#lineOf(session);
    const last = line.at(-1);
    const plain = line.findIndex(([first]) => first?.policy !== "interrupt");
    if (isBusy && policy === "interrupt") line.splice(plain < 0 ? line.length : plain, 0, [sent]);
    else if (isBusy && policy === "collect" && last && isCollecting(last)) last.push(sent);
    else line.push([sent]);
  }

  /** The messages of these ids have the guard. */
  taken(ids: readonly string[]): void {
    for (const id of ids) this.#sent.get(id)!.isTaken = true;
  }

  started({ session, messages }: TurnInfo): void {
    const next = this.#lineOf(session).shift()?.map(({ id }) => id);
    if (String(next) !== String(messages)) {
      this.breaks(`FIFO: [${messages}] started where [${next}] was first`);
    }
    if (messages.length > 1) this.came("a turn of several messages");
  }

  delivered(id: string): void {
    this.#sent.get(id)!.delivered++;
  }

  settled({ id, session }: MessageInfo<string>, outcome: Outcome<string>): void {
    this.ledger.outcome(session, id, outcome.status);
    this.#sent.get(id)!.outcome = outcome;
    this.came(outcome.status === "cancelled" ? outcome.cause : outcome.status);
    const line = this.#lineOf(session).map((group) => group.filter((sent) => sent.id !== id));
    this.#lines.set(session, line.filter((group) => group.length > 0));
  }

  opened(session: string): void {
    this.came("a handle");
    if (this.#lastAsked("end", session) > this.#lastAsked("revive", session)) {
      this.breaks(`NO_RESURRECTION: ${session} was opened after its end`);
    }
  }

  /** Something is wrong: the next check says so. */
  breaks(story: string): void {
    this.#broken.push(story);
  }

  /** A situation that must come up somewhere. */
  came(situation: string): void {
    this.#situations.set(situation, (this.#situations.get(situation) ?? 0) + 1);
  }

  /** Whenever the queue is at rest. */
  check(session: string, running: readonly string[], waiting: readonly string[]): void {
    if (this.#broken.length > 0) assert.fail(this.#broken.join("; "));
    if (waiting.length > 0 && running.length === 0) assert.fail("messages wait on an idle session");
    const line = this.#lineOf(session).flat().map(({ id }) => id);
    assert.deepEqual(waiting, line.filter((id) => !running.includes(id)));
  }

  /** When nothing can happen any more. */
  finish(receipts: readonly Receipt<string>[], isolated: boolean): void {
    for (const { id, status, accepted } of receipts) {
      const sent = this.#sent.get(id);
      assert.equal(accepted, sent !== undefined, "ACK_TRUTH");
      if (sent === undefined) continue;
      assert.equal(status, sent.outcome?.status);
      this.#judge(sent);
    }
    judge(this.ledger, JUDGED, { isolated });
  }

  /** An outcome must have a cause, and one that came after the message (`CANCEL_TARGET`). */
  #judge({ id, session, at, outcome, delivered }: Sent): void {
    if (outcome?.status !== "merged") {
      assert.equal(delivered, outcome?.status === "completed" ? 1 : 0, `replies to ${id}`);
    }
    if (outcome?.status === "superseded") {
      assert.ok(this.#sent.get(outcome.by)!.at > at, `${id} was superseded by an older message`);
    }
    if (outcome?.status !== "cancelled") return;
    const causes: Record<CancelCause, number> = {
      stopped: this.#lastAsked("stop", session),
      ended: this.#lastAsked("end", session),
      withdrawn: this.#lastAsked("withdraw", id),
      draining: this.#lastAsked("stopAll", ""),
    };
    assert.ok(causes[outcome.cause] > at, `${id} is cancelled: ${outcome.cause}, by nothing`);
  }

  #lineOf(session: string): Sent[][] {
    const line = this.#lines.get(session) ?? [];
    this.#lines.set(session, line);
    return line;
  }

  #lastAsked(what: string, name: string): number {
    return this.#asked.get(`${what} ${name}`) ?? -1;
  }
}

function isCollecting([first]: readonly Sent[]): boolean {
  return first?.policy === "collect" && !first.isTaken;
}
