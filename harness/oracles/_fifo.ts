import { isInterrupting } from "../ledger.ts";
import { hasTimedOut } from "./_asked_cancels.ts";
import {
  existing,
  type Facts,
  factsOf,
  hasDied,
  type MessageFacts,
  type RunFacts,
  type SessionFacts,
} from "./_facts.ts";
import type { Breach, Oracle, Policies } from "./oracle.ts";

/**
 * `FIFO`: broken by a run that overtakes another of its session, which came in before it, and by one
 * whose message has run already. With the policy `order` it is the order in which messages were
 * accepted that counts; a record that does not say what was asked is always judged by that.
 *
 * - A message that interrupts or supersedes may overtake what waits, unless the policy
 *   `interruptOvertakes` says no; nothing that came later may overtake it.
 * - A message that is collected may have the place of an earlier one of its sender with which it
 *   waited, but within one sender's messages nothing is overtaken.
 * - A message that a running turn takes overtakes what waited before it. If that turn is cancelled it may
 *   have one of its own.
 * - A message may run again if its run threw and the message has no outcome, or if the process died
 *   and it has no outcome, nor one on disk.
 *
 * It says nothing of messages that never ran.
 */
export const fifo: Oracle = {
  promise: "turns begin in the order in which their messages came",
  needs: ["run"],
  takes: {
    judgeable: (_ledger, { order }) => order !== "none",
    lack: 'by the policy order: "none" there is no order to keep',
  },
  judge(ledger, policies) {
    const { order = "arrival" } = policies;
    if (order === "none") return undefined;
    const isArrival = order === "arrival" && ledger.has("asked:send");
    const facts = factsOf(ledger);
    const line = new Line(facts, { policies, isArrival });
    for (const session of facts.sessions) {
      const breach = session.runs.length > 0 ? line.judge(session) : undefined;
      if (breach !== undefined) return breach;
    }
    return undefined;
  },
};

class Line {
  readonly #facts: Facts;
  readonly #policies: Policies;
  readonly #isArrival: boolean;

  constructor(facts: Facts, { policies, isArrival }: { policies: Policies; isArrival: boolean }) {
    this.#facts = facts;
    this.#policies = policies;
    this.#isArrival = isArrival;
  }

  judge({ runs }: SessionFacts): Breach | undefined {
    // The run before that had the latest seat, and the number of the first that had joined messages.
    let latest: RunFacts | undefined;
    let joined = -1;
    for (let i = 0; i < runs.length; i++) {
      const run = runs[i]!;
      const first = run.messages[0]!;
      const place = this.#placeOf(first);
      if (place < 0 || place > run.called) return this.#comeFromNowhere(run);
      if (i > 0 && this.#hasCrashed(runs[i - 1]!, run)) {
        latest = undefined;
        joined = -1;
      }
      let breach = first.called === run.called ? undefined : this.#runTwice(run, runs);
      if (run.taken.length > 0) breach ??= this.#takePast(run);
      if (joined >= 0) breach ??= this.#joinBefore(run, runs.slice(joined, i));
      if (breach !== undefined) return breach;
      const seat = latest === undefined ? -1 : this.#seatOf(latest.messages[0]!);
      if (seat > place) return this.#overtake(latest!, run, latest!.messages[0]!);
      if (joined < 0 && run.messages.length > 1) joined = i;
      if (latest === undefined || this.#seatOf(first) > seat) latest = run;
    }
    return undefined;
  }

  #placeOf({ asked, accepted, stored }: MessageFacts): number {
    if (this.#isArrival) return asked;
    if (stored < 0 || accepted < 0) return accepted;
    // The process died with it on disk and not accepted yet: the next one finds it there, behind what
    // was accepted before.
    const crash = this.#facts.crashes.find((at) => at > stored);
    return crash === undefined ? accepted : Math.min(crash, accepted);
  }

  /** From where on in line it may have waited: it may overtake what came later than that. */
  #seatOf(message: MessageFacts): number {
    const { interruptOvertakes = true, interrupts = false } = this.#policies;
    const policy = message.op?.record.policy;
    if (isInterrupting(policy) || (interrupts && policy === undefined)) {
      return interruptOvertakes ? -1 : this.#placeOf(message);
    }
    let seat = this.#placeOf(message);
    if (policy !== "collect") return seat;
    for (const other of message.session.messages) {
      const { asked, called, outcome, sender, op } = other;
      if (asked >= message.asked || sender !== message.sender) continue;
      if (op?.record.policy !== "collect") continue;
      const isGone = (called >= 0 && called < message.asked) ||
        (outcome >= 0 && outcome < message.asked);
      if (!isGone) seat = Math.min(seat, this.#placeOf(other));
    }
    return seat;
  }

  #hasCrashed(before: RunFacts, after: RunFacts): boolean {
    return hasDied(this.#facts, before.called, after.called);
  }

  #comeFromNowhere(run: RunFacts): Breach {
    const before = this.#isArrival ? "sent" : "accepted";
    return { story: `${run} began before its message was ${before}`, at: run.called };
  }

  #runTwice(run: RunFacts, runs: readonly RunFacts[]): Breach | undefined {
    const [message] = run.messages;
    const before = runs.findLast((other) =>
      other.called < run.called &&
      (other.messages.includes(message!) || other.taken.includes(message!))
    );
    if (before === undefined) return undefined;
    const { outcome, status, outcomeOnDisk } = message!;
    const mayRun = before.how === "throw" || before.how === "crash" ||
      this.#hasCrashed(before, run) || this.#wasTakenInVain(message!, { before, run });
    const isOnDisk = outcomeOnDisk >= 0 && outcomeOnDisk < run.called;
    const isOpen = !isOnDisk &&
      (outcome < 0 || outcome > run.called || status === "interrupted");
    if (mayRun && isOpen && before.settled < run.called) return undefined;
    const story = `${run} began though its message had run, in run ${before.number}`;
    return { story, at: run.called, also: existing(before.called, outcome) };
  }

  /**
   * Whether a message that a run took could not count as its own: the run, or what was left of its turn,
   * was cancelled, or what it said of the message came when nobody waited for that any more.
   */
  #wasTakenInVain(
    { taken, taker }: MessageFacts,
    { before, run }: { before: RunFacts; run: RunFacts },
  ): boolean {
    const isOver = OVER_BY_FORCE.has(before.messages[0]!.status);
    return taker === before && (isOver || before.aborted >= 0 ||
      hasTimedOut(this.#facts, taken, run.called));
  }

  /** A message that a run took, past one that came earlier and waited. */
  #takePast(run: RunFacts): Breach | undefined {
    for (const message of run.taken) {
      const { taken, session } = message;
      const place = this.#placeOf(message);
      for (const other of session.messages) {
        const at = this.#placeOf(other);
        const isGone = other.rejected >= 0 || (other.called >= 0 && other.called < taken) ||
          (other.outcome >= 0 && other.outcome < taken);
        if (at < 0 || at >= place || isGone || other.accepted < 0) continue;
        // What never runs is overtaken by nobody.
        if (other.called < 0) continue;
        const story = `run ${run.number} took ${message} past ${other}, which came earlier`;
        return { story, at: taken, also: existing(at, place, other.called) };
      }
    }
    return undefined;
  }

  #overtake(over: RunFacts, run: RunFacts, message: MessageFacts): Breach {
    const story = `${run} began after ${over}, ${
      over.messages[0] === message ? "which" : `whose message "${message.name}"`
    } came later`;
    const places = [this.#placeOf(run.messages[0]!), this.#placeOf(message)];
    return { story, at: over.called, also: existing(...places, run.called) };
  }

  /** A message that was joined to an earlier run, and came later than this one of its sender. */
  #joinBefore(run: RunFacts, before: readonly RunFacts[]): Breach | undefined {
    const [first] = run.messages;
    if (first!.sender === undefined) return undefined;
    for (const over of before) {
      if (over.messages.includes(first!)) continue;
      for (let i = 1; i < over.messages.length; i++) {
        const message = over.messages[i]!;
        const isLater = this.#placeOf(message) > this.#placeOf(first!);
        if (message.sender !== first!.sender || !isLater) continue;
        if (this.#seatOf(message) >= 0) return this.#overtake(over, run, message);
      }
    }
    return undefined;
  }
}

const OVER_BY_FORCE: ReadonlySet<string> = new Set(["cancelled", "superseded", "abandoned"]);
