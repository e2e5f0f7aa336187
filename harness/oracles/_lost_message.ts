import { isInterrupting, type Ledger } from "../ledger.ts";
import {
  factsOf,
  hasRested,
  type MessageFacts,
  type OpFacts,
  type RunFacts,
  type SessionFacts,
} from "./_facts.ts";

/**
 * The run that a message should have waited for and did not: it, or the delivery of its reply, was
 * going on when the message was taken and at the next look, which did not show the message, nor
 * anything that took its place.
 */
export function wasNeverInLine(ledger: Ledger, message: MessageFacts): RunFacts | undefined {
  const { accepted, rejected, outcome, called, waited, session } = message;
  if (called >= 0 || waited >= 0 || outcome >= 0 || rejected >= 0) return undefined;
  if (!factsOf(ledger).knowsLines) return undefined;
  const run = session.runs.findLast((run) => run.called < accepted);
  if (run === undefined || !goesOnAcross(ledger, run, accepted)) return undefined;
  if (factsOf(ledger).twinOf(message, (twin) => twin.called >= 0)) return undefined;
  for (const other of session.messages) {
    if (other.accepted <= accepted || hasRested(ledger, accepted, other.accepted)) continue;
    if (other.waited >= 0 || other.outcome >= 0 || other.called >= 0) return undefined;
  }
  return run;
}

/** Whether a turn went on when record `at` was written, and when the world came to rest next. */
function goesOnAcross(ledger: Ledger, run: RunFacts, at: number): boolean {
  const over = overAt(ledger, run);
  return over > at && hasRested(ledger, at, over);
}

/** Where a run and the delivery of its reply were over. */
function overAt({ records }: Ledger, run: RunFacts): number {
  let over = run.settled < 0 ? records.length : run.settled;
  for (let at = run.called; at < records.length; at++) {
    const record = records[at]!;
    if (record.kind === "reply" && record.act !== "begin" && record.run === run.number) over = at;
  }
  return over;
}

/** The run that was going on from before a message came until after it was said to be completed. */
export function busyRunOfFalseAck(message: MessageFacts): RunFacts | undefined {
  const { outcome, status, called, arrived, event } = message;
  if (status !== "completed" || called >= 0 || event !== undefined) return undefined;
  const run = message.session.runOpenAt(arrived);
  return run?.isOpenAt(outcome) ? run : undefined;
}

/**
 * Whether the promise of a message hangs because somebody asked to stop something: its session or the
 * host, while the message was there, or before it came and not over yet.
 */
export function isHungByCancel(ledger: Ledger, message: MessageFacts): boolean {
  const { op, session, asked } = message;
  if (op === undefined || op.answered >= 0) return false;
  for (const other of factsOf(ledger).ops) {
    if (other === op || !isCancelOf(other, session)) continue;
    const { what } = other.record;
    if (other.asked < asked) {
      const isLasting = what !== "withdraw" && what !== "send";
      if (isLasting && (other.answered < 0 || other.answered > asked)) return true;
    } else if (wasThere(ledger, message, other.asked)) return true;
  }
  return false;
}

/** Whether somebody asked to stop something of this session, or all. */
function isCancelOf({ record }: OpFacts, { name }: SessionFacts): boolean {
  const { what, session, policy } = record;
  if (session !== name && session !== "") return false;
  return what === "stop" || what === "end" || what === "shutdown" || what === "disconnect" ||
    what === "withdraw" || isInterrupting(policy);
}

/**
 * Whether a message could still be reached when record `at` was written, and was not lost before: it
 * was in line. Of a host that does not show its lines: its session was at work.
 */
function wasThere(ledger: Ledger, message: MessageFacts, at: number): boolean {
  const { asked, run, session, waited, left } = message;
  if (!hasRested(ledger, asked, at)) return true;
  if (run !== undefined) return run.settled > at || !hasRested(ledger, run.settled, at);
  if (factsOf(ledger).knowsLines) return waited >= 0 && waited < at && (left < 0 || left > at);
  return session.runs.some((run) => run.called < at && overAt(ledger, run) > at);
}
