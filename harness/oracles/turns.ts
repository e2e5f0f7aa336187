import type { Ledger } from "../ledger.ts";
import type { RecordOf } from "../ledger_record.ts";
import {
  existing,
  type Facts,
  factsOf,
  type MessageFacts,
  messageOf,
  type RunFacts,
  type SessionFacts,
} from "./_facts.ts";
import type { Breach, Oracle, Policies } from "./oracle.ts";

export { fifo } from "./_fifo.ts";

/**
 * `SINGLE_TURN`: broken by a run that is called before the one before it on its session has settled.
 * An abort does not settle a run, and neither does its outcome, unless the policy is `isolated`: then
 * a run that was given up is over. What dies with its process is over, too.
 */
export const singleTurn: Oracle = {
  promise: "at most one turn runs on a session, counting a cancelled one that has not stopped yet",
  needs: ["run"],
  judge(ledger, policies) {
    for (const session of factsOf(ledger).sessions) {
      const breach = session.runs.length > 1 ? beginBeside(ledger, session, policies) : undefined;
      if (breach !== undefined) return breach;
    }
    return undefined;
  },
};

function beginBeside(
  ledger: Ledger,
  { runs }: SessionFacts,
  { isolated = false }: Policies,
): Breach | undefined {
  for (let i = 1; i < runs.length; i++) {
    // The runs before these two were over when the first of them began, and so they are now.
    const [before, run] = [runs[i - 1]!, runs[i]!];
    if (before.settled >= 0 && before.settled < run.called) continue;
    if (isolated && before.isGivenUp(run.called, ledger)) continue;
    const story = `${run} began while ${before} was running`;
    const wasAborted = before.aborted < run.called ? before.aborted : -1;
    return { story, at: run.called, also: existing(before.called, wasAborted) };
  }
  return undefined;
}

/**
 * `REPLY_SESSION_MATCH`: broken by a reply that is delivered to another session than the one whose run
 * gave it, and by an outcome that comes with the reply of a run of another session.
 */
export const replySessionMatch: Oracle = {
  promise: "a reply goes to the session that ran it",
  needs: ["run", "outcome"],
  judge({ records }) {
    for (let at = 0; at < records.length; at++) {
      const record = records[at]!;
      let from: string | undefined;
      let run: number | undefined;
      if (record.kind === "outcome") ({ replySession: from, replyOf: run } = record);
      else if (record.kind === "reply") ({ from, run } = record);
      else continue;
      if (run === undefined || run === 0 || from === undefined || from === record.session) continue;
      const message = messageOf(record.session, record.message);
      const gave = records.findLastIndex((other) => other.kind === "run" && other.run === run);
      const story = `${message} got the reply of run ${run}, which ran on session "${from}"`;
      return { story, at, also: existing(gave) };
    }
    return undefined;
  },
};

/**
 * `STALE_EFFECT_FENCED`: broken by the reply of a run whose delivery begins after
 * - its signal was aborted, or the agent was asked to stop it at once;
 * - its message was told to be cancelled, abandoned or superseded;
 * - another run began on its session.
 *
 * And by such a run that has the outcome of its message stored though one is stored already. An abort
 * of a run that has settled says nothing, and a delivery that had begun before may go on.
 */
export const staleEffectFenced: Oracle = {
  promise: "what a cancelled or an older turn still does goes nowhere",
  needs: ["run", "reply"],
  judge(ledger) {
    const { records } = ledger;
    const facts = factsOf(ledger);
    for (let at = 0; at < records.length; at++) {
      const record = records[at]!;
      if (record.kind === "reply" && record.act === "begin" && record.run > 0) {
        const breach = replyLate(ledger, record, at);
        if (breach !== undefined) return breach;
      } else if (record.kind === "stored" && record.what === "outcome") {
        const message = facts.find(record.session, record.message)!;
        const breach = message.outcomeStored > at ? storeTwice(ledger, message) : undefined;
        if (breach !== undefined) return breach;
      }
    }
    return undefined;
  },
};

function replyLate(ledger: Ledger, reply: RecordOf<"reply">, at: number): Breach | undefined {
  const facts = factsOf(ledger);
  const run = findRun(facts, reply.run);
  if (run === undefined) return undefined;
  const stale = staleSince(ledger, run, {
    message: facts.find(reply.session, reply.message),
    before: at,
  });
  if (stale === undefined) return undefined;
  for (let i = run.called; i < stale.at; i++) {
    const record = ledger.records[i]!;
    const isSame = record.kind === "reply" && record.run === reply.run;
    if (isSame && record.message === reply.message) return undefined;
  }
  const story = `the reply of ${run} was delivered though ${stale.why}`;
  return { story, at, also: [run.called, stale.at] };
}

function storeTwice(ledger: Ledger, message: MessageFacts): Breach | undefined {
  const { outcomeStored, run } = message;
  if (run === undefined || run.called > outcomeStored || run.how === "crash") return undefined;
  const stale = staleSince(ledger, run, { message, before: outcomeStored });
  if (stale === undefined) return undefined;
  const story = `another outcome of ${run} was stored though ${stale.why}`;
  return { story, at: outcomeStored, also: [run.called, stale.at] };
}

/** With which record a run lost its right to have effects, and how. */
function staleSince(
  { records }: Ledger,
  run: RunFacts,
  { message, before }: { message: MessageFacts | undefined; before: number },
): { at: number; why: string } | undefined {
  const { aborted, called, session, settled, number } = run;
  let first: { at: number; why: string } | undefined;
  const came = (at: number, why: string) => {
    if (at >= 0 && at < before && (first === undefined || at < first.at)) first = { at, why };
  };
  const end = settled < 0 ? before : Math.min(settled, before);
  if (aborted < end) came(aborted, "it had been aborted");
  for (let at = called; at < end; at++) {
    const record = records[at]!;
    if (record.kind !== "cancel" || record.run !== number) continue;
    if (record.level === "immediate") came(at, "the agent had been asked to stop it");
  }
  const status = message?.status ?? "";
  if (message !== undefined && OVER_BY_FORCE.has(status)) {
    came(message.outcome, `its message was ${status}`);
  }
  for (const other of session.runs) {
    if (other.called > called) came(other.called, `run ${other.number} had begun`);
  }
  return first;
}

const OVER_BY_FORCE: ReadonlySet<string> = new Set(["cancelled", "abandoned", "superseded"]);

/** Runs count from 1. */
function findRun({ runs }: Facts, number: number): RunFacts | undefined {
  const run = runs[number - 1];
  return run?.number === number ? run : runs.find((other) => other.number === number);
}
