import type { Ledger } from "../ledger.ts";
import type { RecordOf } from "../ledger_record.ts";
import {
  arrivalOf,
  firstRunOf,
  hasCrashed,
  hitOf,
  isBornDead,
  keepsQueued,
  mayComeLater,
  mayHit,
  type Target,
  wasAskedFor,
  wasIdle,
  whereWas,
} from "./_asked_cancels.ts";
import {
  existing,
  factsOf,
  hasRested,
  type MessageFacts,
  type OpFacts,
  type RunFacts,
  type SessionFacts,
} from "./_facts.ts";
import { missedRollback } from "./_rollback.ts";
import type { Breach, Oracle, Policies } from "./oracle.ts";

export { cancelLevel } from "./_cancel_level.ts";

/**
 * `STOP_CLEARS_ALL`: a stop treats what waits by its policy (`queued`, or the host's `queuedOnStop`).
 * - `discard`: broken by a message that waited when the stop was asked for, and runs after it.
 * - `keep`: broken by one that waited behind a turn, and is cancelled though nothing but that stop was
 *   asked for.
 *
 * A message that has been joined to a running turn runs. One that was on its way to its run, past the
 * line or without having had to wait, is `CANCEL_TARGET`'s. A run that is called with a signal that is
 * aborted already is none.
 */
export const stopClearsAll: Oracle = {
  promise: "a stop treats all that waits by one stated policy",
  needs: ["asked:stop"],
  judge(ledger, policies) {
    const facts = factsOf(ledger);
    for (const op of facts.ops) {
      if (op.record.what !== "stop") continue;
      for (const message of facts.session(op.record.session).messages) {
        if (whereWas(ledger, message, op.asked) !== "waiting") continue;
        const breach = keepsQueued(op, policies)
          ? cancelKept(ledger, { op, message, policies })
          : runDiscarded(ledger, op, message);
        if (breach !== undefined) return breach;
      }
    }
    return undefined;
  },
};

function runDiscarded(ledger: Ledger, op: OpFacts, message: MessageFacts): Breach | undefined {
  const run = firstRunOf(message);
  if (run === undefined || isBornDead(run) || mayComeLater(ledger, op, run)) return undefined;
  if (hasCrashed(factsOf(ledger), op.asked, run.called)) return undefined;
  const story = `${run} began though ${nameOf(message, run)} waited when the stop discarded all`;
  return { story, at: run.called, also: existing(message.arrived, op.asked) };
}

function cancelKept(
  ledger: Ledger,
  { op, message, policies }: { op: OpFacts; message: MessageFacts; policies: Policies },
): Breach | undefined {
  const { outcome, status, session } = message;
  // Between two turns nobody can say which message is the one that is stopped.
  if (!isRunning(ledger, session, op.asked)) return undefined;
  const run = firstRunOf(message);
  if (run !== undefined && !hasRested(ledger, op.asked, run.called)) return undefined;
  let at = run === undefined ? -1 : hitOf(ledger, run, op.asked);
  if (at < 0 && status === "cancelled" && outcome > op.asked) at = outcome;
  if (at < 0) return undefined;
  const target = run ?? { session, messages: [message] };
  const isOther = (other: OpFacts) =>
    other.record.what !== "stop" || !keepsQueued(other, policies) ||
    !isRunning(ledger, session, other.asked) ||
    whereWas(ledger, message, other.asked) !== "waiting";
  if (wasAskedFor(ledger, target, { at, policies, isIt: isOther })) return undefined;
  const story = `${message} was cancelled though the stop was to keep what waits`;
  return { story, at, also: existing(message.arrived, op.asked) };
}

/** Whether a run goes on that its host has not given up: else the next message may be in its turn. */
function isRunning(ledger: Ledger, session: SessionFacts, at: number): boolean {
  return session.runs.some((run) => run.isOpenAt(at) && !run.isGivenUp(at, ledger));
}

/**
 * `CANCEL_TARGET`: broken when
 * - a message runs, or is taken by a run, that its caller had taken back before, or that is cancelled
 *   already, or that an immediate stop, which was to discard what waits, met on its way to its run;
 * - a message is cancelled, or its run is aborted, though what was asked for was meant for another
 *   session or another message;
 * - a message is cancelled that came after a stop of a busy session, or with nobody asking, and never
 *   ran.
 *
 * And when a rollback does not drop what it should, or something else.
 *
 * What may cancel is a stop, a withdrawal, an end, a shutdown, a message that interrupts, a lost
 * handle, and a timer. The one of several messages in a turn that its caller takes back may be too late
 * from when the turn was handed on.
 */
export const cancelTarget: Oracle = {
  promise: "a cancel hits what it was meant for, and nothing else",
  needs: ["asked to cancel"],
  judge(ledger, policies) {
    for (const run of factsOf(ledger).runs) {
      if (isBornDead(run)) continue;
      for (const message of run.messages) {
        const breach = runCancelled(ledger, { run, message, policies });
        if (breach !== undefined) return breach;
      }
      for (const message of run.taken) {
        const breach = takeCancelled(ledger, run, message);
        if (breach !== undefined) return breach;
      }
    }
    return missedRollback(ledger) ?? findMiss(ledger, policies, "target");
  },
};

/** A message that a run took though its caller had taken it back, or it was cancelled already. */
function takeCancelled(ledger: Ledger, run: RunFacts, message: MessageFacts): Breach | undefined {
  const { taken, status, outcome, name } = message;
  for (const { record, asked } of factsOf(ledger).ops) {
    if (record.what !== "withdraw" || record.message !== name) continue;
    if (record.session !== message.session.name || asked > taken) continue;
    if (!hasRested(ledger, asked, taken)) continue;
    const story = `run ${run.number} took ${message}, which had been taken back`;
    return { story, at: taken, also: [asked] };
  }
  if (status !== "cancelled" || outcome > taken) return undefined;
  const story = `run ${run.number} took ${message}, which had been cancelled`;
  return { story, at: taken, also: [outcome] };
}

/** A message that should not run any more. */
function runCancelled(
  ledger: Ledger,
  { run, message, policies }: { run: RunFacts; message: MessageFacts; policies: Policies },
): Breach | undefined {
  const facts = factsOf(ledger);
  const { status, outcome, arrived } = message;
  const { called } = run;
  const name = nameOf(message, run);
  for (const op of facts.ops) {
    const { record: { what, session }, asked } = op;
    if (asked > called || asked < arrived || session !== run.session.name) continue;
    if (hasCrashed(facts, asked, called) || mayComeLater(ledger, op, run)) continue;
    const where = whereWas(ledger, message, asked);
    let story: string | undefined;
    if (what === "withdraw" && op.record.message === message.name) {
      const isTooLate = run.messages.length > 1 &&
        (where !== "waiting" || mayHaveBegun(ledger, asked));
      if (!isTooLate) story = `${run} began though ${name} had been taken back`;
    } else if (isImmediate(op) && where === "between" && !keepsQueued(op, policies)) {
      story = `${run} began though the stop was asked for while ${name} was on its way to it`;
    }
    if (story !== undefined) return { story, at: called, also: existing(arrived, asked) };
  }
  if (status !== "cancelled" || outcome > called || hasCrashed(facts, outcome, called)) {
    return undefined;
  }
  const story = `${run} began though ${name} had been cancelled`;
  return { story, at: called, also: existing(arrived, outcome) };
}

/**
 * Whether something came right before this, on its session, with no rest in between: then the next turn
 * may have been handed on already, which no look at the host has shown yet.
 */
function mayHaveBegun(ledger: Ledger, asked: number): boolean {
  const { records } = ledger;
  const { session } = records[asked] as RecordOf<"asked">;
  for (let at = asked - 1; at >= 0 && !hasRested(ledger, at, asked); at--) {
    const record = records[at]!;
    if ("session" in record && record.session === session) return true;
  }
  return false;
}

/**
 * `CANCEL_NOT_STICKY`: broken when a run is aborted, or its message cancelled, though nothing of the
 * kind was asked for since the message came; and when a message is cancelled before it could run that
 * came after a stop of an idle session.
 */
export const cancelNotSticky: Oracle = {
  promise: "a cancel never hits a later turn",
  needs: ["asked to cancel"],
  judge: (ledger, policies) => findMiss(ledger, policies, "sticky"),
};

/** The first cancel of this kind that hit what it should not. */
function findMiss(
  ledger: Ledger,
  policies: Policies,
  kind: "target" | "sticky",
): Breach | undefined {
  const facts = factsOf(ledger);
  for (const run of facts.runs) {
    const at = run.aborted < 0 && !ledger.has("cancel") ? -1 : hitOf(ledger, run, run.called);
    const breach = at < 0 ? undefined : missOf(ledger, { target: run, run, at, policies });
    if (breach?.kind === kind) return breach.breach;
  }
  for (const message of facts.messages) {
    if (message.status !== "cancelled") continue;
    const { called, outcome, session } = message;
    const run = called >= 0 && called < outcome ? firstRunOf(message) : undefined;
    // What hit the run is what cancelled the message, however late its outcome is told.
    const hit = run === undefined ? -1 : hitOf(ledger, run, called);
    if (hit >= 0 && hit < outcome) continue;
    const target = run ?? { session, messages: [message] };
    const breach = missOf(ledger, { target, run, at: outcome, policies });
    if (breach?.kind === kind) return breach.breach;
  }
  return undefined;
}

interface Hit {
  readonly target: Target;
  /** The run of what was hit, if it had begun. */
  readonly run: RunFacts | undefined;
  readonly at: number;
  readonly policies: Policies;
}

function missOf(
  ledger: Ledger,
  { target, run, at, policies }: Hit,
): { kind: "target" | "sticky"; breach: Breach } | undefined {
  if (wasAskedFor(ledger, target, { at, policies })) return undefined;
  const arrived = arrivalOf(target);
  const hit = run === undefined ? `${target.messages[0]} was cancelled` : `${run} was cancelled`;
  let before: OpFacts | undefined;
  let beside: OpFacts | undefined;
  for (const op of factsOf(ledger).ops) {
    const { what, session } = op.record;
    const isOurs = mayHit(op, target, policies) || session === target.session.name;
    if (what === "send" && !mayHit(op, target, policies)) continue;
    if (op.asked > at || !CANCELS.has(what)) continue;
    if (op.asked > arrived) beside = op;
    else if (isOurs) before = op;
  }
  const also = (op: OpFacts | undefined) => existing(arrived, op?.asked ?? -1, run?.called ?? -1);
  if (beside !== undefined) {
    const { what, session, message } = beside.record;
    const whose = message !== undefined && what === "withdraw"
      ? `message "${message}"`
      : `session "${session}"`;
    const story = `${hit} by the ${what} of ${whose}`;
    return { kind: "target", breach: { story, at, also: also(beside) } };
  }
  if (before === undefined) {
    const story = `${hit} though nobody asked for it`;
    return {
      kind: run === undefined ? "target" : "sticky",
      breach: { story, at, also: also(before) },
    };
  }
  const isSticky = run !== undefined || wasIdle(target.session, before.asked);
  const story = `${hit} though its message came after the ${before.record.what}`;
  return { kind: isSticky ? "sticky" : "target", breach: { story, at, also: also(before) } };
}

function isImmediate({ record: { what, level } }: OpFacts): boolean {
  return what === "stop" && level !== "graceful";
}

const CANCELS: ReadonlySet<string> = new Set([
  "stop",
  "withdraw",
  "end",
  "shutdown",
  "disconnect",
  "send",
]);

function nameOf(message: MessageFacts, run: RunFacts): string {
  return run.messages.length > 1 ? `message "${message.name}"` : "its message";
}
