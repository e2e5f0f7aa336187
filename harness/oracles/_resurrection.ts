import type { Ledger } from "../ledger.ts";
import type { RecordOf } from "../ledger_record.ts";
import { existing, type Facts, factsOf, hasRested, type OpFacts, wasTaken } from "./_facts.ts";
import type { Breach, Oracle } from "./oracle.ts";

/** A session that somebody asked to end, as far as the story has come. */
interface Ended {
  readonly end: OpFacts;
  /** Something was on its way then that opens a handle. */
  readonly isOpening: boolean;
  /** The last attempt to revive it, which failed. */
  failed: OpFacts | undefined;
}

/**
 * `NO_RESURRECTION`: broken when, after an `end` that did not fail and without a `resume` with `revive`
 * that was asked later and succeeded,
 * - a message that was sent later is accepted: after the end had returned, or so that it runs;
 * - a run begins when the end has returned. Until then an end may work off what was sent before it;
 * - a handle opens when the end has returned. Not if something was on its way that opens it when the
 *   end was asked for, if a revive is under way, or if it is closed again before the world rests.
 *
 * A `create` does not bring an ended session back. A process that died forgets whom it ended.
 */
export const noResurrection: Oracle = {
  promise: "an ended session comes back only by an explicit resume that succeeded",
  needs: ["asked:end"],
  judge(ledger) {
    const facts = factsOf(ledger);
    const ended = new Map<string, Ended>();
    const openCalls = new Map<string, number>();
    for (let at = 0; at < ledger.records.length; at++) {
      const record = ledger.records[at]!;
      let breach: Breach | undefined;
      if (record.kind === "io") {
        const change = record.act === "begin" ? 1 : -1;
        openCalls.set(record.session, (openCalls.get(record.session) ?? 0) + change);
      } else if (record.kind === "asked") {
        const op = facts.op(record.op)!;
        if (record.what === "end") noteEnd(facts, op, { ended, openCalls });
        else if (record.what === "resume" && record.revive) noteRevive(op, ended);
      } else if (record.kind === "process") ended.clear();
      else if (ended.size === 0) continue;
      else if (record.kind === "accepted") breach = revivedByMessage(ledger, at, ended);
      else if (record.kind === "run" && record.act === "call") {
        breach = revivedByRun(ledger, at, ended);
      } else if (record.kind === "handle" && record.act === "open") {
        breach = revivedByHandle(ledger, at, ended);
      }
      if (breach !== undefined) return breach;
    }
    return undefined;
  },
};

function noteEnd(
  facts: Facts,
  end: OpFacts,
  { ended, openCalls }: { ended: Map<string, Ended>; openCalls: Map<string, number> },
): void {
  const { session } = end.record;
  if (ended.has(session) || (end.answered >= 0 && !end.ok)) return;
  const isOpening = (openCalls.get(session) ?? 0) > 0 ||
    facts.ops.some(({ record, asked, answered }) =>
      record.session === session && (record.what === "create" || record.what === "resume") &&
      asked < end.asked && (answered < 0 || answered > end.asked)
    );
  ended.set(session, { end, isOpening, failed: undefined });
}

function noteRevive(op: OpFacts, ended: Map<string, Ended>): void {
  const { session } = op.record;
  const state = ended.get(session);
  if (state === undefined) return;
  if (op.ok) ended.delete(session);
  else state.failed = op;
}

function revivedByMessage(
  ledger: Ledger,
  at: number,
  ended: Map<string, Ended>,
): Breach | undefined {
  const record = ledger.records[at] as RecordOf<"accepted">;
  const state = ended.get(record.session);
  if (state === undefined) return undefined;
  const message = factsOf(ledger).find(record.session, record.message)!;
  if (message.arrived < state.end.asked || !wasTaken(ledger, message)) return undefined;
  if (isUnderWay(state, message.arrived) && message.called < 0) return undefined;
  return tell(`${message} was accepted`, at, state);
}

function revivedByRun(ledger: Ledger, at: number, ended: Map<string, Ended>): Breach | undefined {
  const record = ledger.records[at] as RecordOf<"run">;
  const state = ended.get(record.session);
  const message = factsOf(ledger).find(record.session, record.message)!;
  if (state === undefined || (isUnderWay(state, at) && message.arrived < state.end.asked)) {
    return undefined;
  }
  return tell(`run ${record.run} (${message}) began`, at, state);
}

/** Whether an end had not returned when record `at` was written. */
function isUnderWay({ end }: Ended, at: number): boolean {
  return end.answered < 0 || end.answered > at;
}

function revivedByHandle(
  ledger: Ledger,
  at: number,
  ended: Map<string, Ended>,
): Breach | undefined {
  const { session, handle } = ledger.records[at] as RecordOf<"handle">;
  const state = ended.get(session);
  if (state === undefined || state.isOpening || isUnderWay(state, at)) return undefined;
  const { failed } = state;
  if (failed !== undefined && (failed.answered < 0 || failed.answered > at)) return undefined;
  for (let i = at + 1; i < ledger.records.length && !hasRested(ledger, at, i); i++) {
    const record = ledger.records[i]!;
    const isClosed = record.kind === "handle" && record.act === "close" && record.handle === handle;
    if (isClosed) return undefined;
  }
  return tell(`session "${session}" got a handle`, at, state);
}

function tell(what: string, at: number, { end, failed }: Ended): Breach {
  const why = failed === undefined ? "" : ", and its revive failed";
  return {
    story: `${what} though session "${end.record.session}" was ended${why}`,
    at,
    also: existing(end.asked, failed?.asked ?? -1, failed?.answered ?? -1).filter((one) =>
      one < at
    ),
  };
}
