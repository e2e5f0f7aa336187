import type { Ledger } from "../ledger.ts";
import type { Level, RecordOf } from "../ledger_record.ts";
import { arrivalOf, hasTimedOut, isForGood, mayHit, type Target } from "./_asked_cancels.ts";
import { existing, type Facts, factsOf, type OpFacts, type RunFacts } from "./_facts.ts";
import type { Breach, Oracle, Policies } from "./oracle.ts";

/**
 * `CANCEL_LEVEL`: broken when
 * - the signal of a run is aborted, or the agent asked to stop it at once, and all that was asked for
 *   is a graceful stop;
 * - the agent is asked to stop gracefully, and all that was asked for is an immediate stop;
 * - the next run of a session is called while the agent is still being asked to stop the one before:
 *   then nobody waits for the answer, and the cancel may hit the wrong turn.
 *
 * A withdrawal, an end, a shutdown, a message that interrupts and a lost handle may cancel in either
 * way, and so may a deadline: a timer that fired since the stop.
 */
export const cancelLevel: Oracle = {
  promise: "graceful is not immediate, and the agent's answer to a cancel is waited for",
  needs: ["asked:stop", "run"],
  judge(ledger, policies) {
    const facts = factsOf(ledger);
    for (const run of facts.runs) {
      const { aborted, called } = run;
      if (aborted < 0) continue;
      const stop = wrongStop(ledger, run, { at: aborted, level: "immediate", policies });
      // A message that was to be discarded may be called with a signal that is aborted already.
      if (stop === undefined || stop.asked < called) continue;
      const story = `${run} was aborted by a graceful stop`;
      return { story, at: aborted, also: existing(called, stop.asked) };
    }
    if (!ledger.has("cancel")) return undefined;
    for (let at = 0; at < ledger.records.length; at++) {
      const record = ledger.records[at]!;
      if (record.kind !== "cancel") continue;
      const breach = changeLevel(ledger, { record, at, policies }) ??
        beginBeforeAnswer(ledger, { record, at, policies });
      if (breach !== undefined) return breach;
    }
    return undefined;
  },
};

interface Cancel {
  readonly record: RecordOf<"cancel">;
  readonly at: number;
  readonly policies: Policies;
}

function changeLevel(ledger: Ledger, { record, at, policies }: Cancel): Breach | undefined {
  const { session, level, run: number } = record;
  const facts = factsOf(ledger);
  const run = findRun(facts, number);
  const target = run ?? { session: facts.session(session), messages: [] };
  const stop = wrongStop(ledger, target, { at, level, policies });
  if (stop === undefined) return undefined;
  const story = `the ${stop.record.level} stop of ${
    run ?? `session "${session}"`
  } reached the agent as ${level}`;
  return { story, at, also: existing(stop.asked, run?.called ?? -1) };
}

/** The latest stop that was asked for, if each has another level and nothing else explains a cancel. */
function wrongStop(
  ledger: Ledger,
  target: Target,
  { at, level, policies }: { at: number; level: Level; policies: Policies },
): OpFacts | undefined {
  const arrived = arrivalOf(target);
  let stop: OpFacts | undefined;
  for (const op of factsOf(ledger).ops) {
    if (op.asked > at || !mayHit(op, target, policies)) continue;
    if (op.asked < arrived && !isForGood(op)) continue;
    const asked = op.record.what === "stop" ? op.record.level : undefined;
    if (asked === undefined || asked === level) return undefined;
    stop = op;
  }
  return stop === undefined || hasTimedOut(ledger, stop.asked, at) ? undefined : stop;
}

function beginBeforeAnswer(ledger: Ledger, { record, at, policies }: Cancel): Breach | undefined {
  const { session, run: number } = record;
  const { isolated = false } = policies;
  const cancelled = isolated ? undefined : findRun(factsOf(ledger), number);
  if (cancelled === undefined) return undefined;
  const answered = answerOf(ledger, session, at);
  const next = cancelled.session.runs.find(({ called }) => called > at);
  if (next === undefined || next.called > answered) return undefined;
  if (hasTimedOut(ledger, at, next.called)) return undefined;
  const story = `${next} began before the agent had answered the cancel of ${cancelled}`;
  return { story, at: next.called, also: existing(cancelled.called, at) };
}

/** Where the call ends with which the agent is asked; nowhere if it never does, or if it takes no time. */
function answerOf({ records }: Ledger, session: string, asked: number): number {
  const begun = records[asked + 1];
  const isCall = begun?.kind === "io" && begun.act === "begin" && begun.session === session;
  if (!isCall) return asked;
  for (let at = asked + 2; at < records.length; at++) {
    const record = records[at]!;
    if (record.kind === "io" && record.call === begun.call) return at;
  }
  return Infinity;
}

function findRun({ runs }: Facts, number: number): RunFacts | undefined {
  return number === 0 ? undefined : runs.find((run) => run.number === number);
}
