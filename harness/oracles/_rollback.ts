import type { Ledger } from "../ledger.ts";
import type { RecordOf } from "../ledger_record.ts";
import { hasTimedOut } from "./_asked_cancels.ts";
import { existing, factsOf, hasDied, type MessageFacts, type RunFacts } from "./_facts.ts";
import type { Breach } from "./oracle.ts";

/** What was rolled back of one run. */
interface Rollback {
  readonly run: RunFacts;
  readonly begin: number;
  /** -1 if it never was done. */
  end: number;
}

/**
 * A rollback that missed: what the interrupted run left is still there when the message that was to roll
 * it back runs; or it was dropped while it still went on, while another one went on, or though nobody
 * had asked for that. Whoever lost patience with it is excused, once it had begun; and with the agent's own
 * cancel of that run, for which it waits. Another run that was given up before goes on beside everything.
 */
export function missedRollback(ledger: Ledger): Breach | undefined {
  const rollbacks = rollbacksOf(ledger);
  for (const rollback of rollbacks) {
    const breach = hitWrong(ledger, rollback);
    if (breach !== undefined) return breach;
  }
  for (const message of factsOf(ledger).messages) {
    if (message.op?.record.policy !== "rollback" || message.called < 0) continue;
    for (const run of message.session.runs) {
      const breach = leftOver(ledger, { run, message, rollbacks });
      if (breach !== undefined) return breach;
    }
  }
  return undefined;
}

function rollbacksOf(ledger: Ledger): Rollback[] {
  const { runs } = factsOf(ledger);
  const rollbacks: Rollback[] = [];
  ledger.records.forEach((record, at) => {
    if (record.kind !== "rollback" || record.run === 0) return;
    const run = runs.find(({ number }) => number === record.run);
    if (record.act === "begin" && run !== undefined) rollbacks.push({ run, begin: at, end: -1 });
    const open = rollbacks.find((one) => one.run === run && one.end < 0);
    if (record.act === "end" && open !== undefined) open.end = at;
  });
  return rollbacks;
}

function hitWrong(ledger: Ledger, { run, begin, end }: Rollback): Breach | undefined {
  if (run.isOpenAt(begin)) {
    const story = `${run} was rolled back while it went on`;
    return { story, at: begin, also: [run.called] };
  }
  const over = end < 0 ? ledger.records.length : end;
  const other = run.session.runs.find((one) =>
    one !== run && one.called < over && (one.settled < 0 || one.settled > begin) &&
    !one.isGivenUp(begin, ledger)
  );
  if (other !== undefined && !hasTimedOut(ledger, begin, over)) {
    const story = `${run} was rolled back while ${other} went on`;
    return { story, at: Math.max(begin, other.called), also: existing(run.settled, other.called) };
  }
  const by = replacedBy(ledger, run.messages[0]!);
  // How a message ended may be told after the rollback.
  if (by === undefined || by.op?.record.policy === "rollback") return undefined;
  const story = `${run} was rolled back though ${by} was not to`;
  return { story, at: begin, also: existing(by.asked) };
}

function leftOver(
  ledger: Ledger,
  { run, message, rollbacks }: {
    run: RunFacts;
    message: MessageFacts;
    rollbacks: readonly Rollback[];
  },
): Breach | undefined {
  const { called } = message;
  const isOurs = run.called < called && replacedBy(ledger, run.messages[0]!) === message;
  if (!isOurs || !run.messages.every(({ status }) => status === "superseded")) return undefined;
  const own = rollbacks.filter((one) => one.run === run);
  if (own.some(({ end }) => end >= 0 && end < called)) return undefined;
  // What was to be done dies with its process.
  if (hasDied(factsOf(ledger), run.called, called)) return undefined;
  const [open] = own;
  const isExcused = open === undefined
    ? wasCancelGivenUp(ledger, run, called)
    : hasTimedOut(ledger, open.begin, called);
  if (isExcused) return undefined;
  const story = `${message} ran on what it was to roll back: ${run} was still there`;
  return { story, at: called, also: existing(run.called, message.asked, open?.begin ?? -1) };
}

/** Whether somebody may have lost patience with the agent's own cancel of a run before record `until`. */
function wasCancelGivenUp(ledger: Ledger, { called, session }: RunFacts, until: number): boolean {
  const begun = new Map<number, number>();
  for (let at = called; at < until; at++) {
    const record = ledger.records[at]!;
    if (record.kind !== "io" || record.session !== session.name) continue;
    if (!record.port.startsWith("cancel ")) continue;
    if (record.act === "begin") begun.set(record.call, at);
    else if (hasTimedOut(ledger, begun.get(record.call) ?? at, at)) return true;
    else begun.delete(record.call);
  }
  return [...begun.values()].some((at) => hasTimedOut(ledger, at, until));
}

/** The message that replaced another one. */
function replacedBy(
  ledger: Ledger,
  { outcome, status, session }: MessageFacts,
): MessageFacts | undefined {
  if (status !== "superseded") return undefined;
  const { by } = ledger.records[outcome] as RecordOf<"outcome">;
  return by === undefined ? undefined : factsOf(ledger).find(session.name, by);
}
