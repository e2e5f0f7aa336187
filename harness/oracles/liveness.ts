import type { Ledger } from "../ledger.ts";
import type { LedgerRecord } from "../ledger_record.ts";
import {
  existing,
  type Facts,
  factsOf,
  hasGuard,
  type MessageFacts,
  messageOf,
  type OpFacts,
  type SessionFacts,
} from "./_facts.ts";
import { isHungByCancel } from "./_lost_message.ts";
import type { Breach, Oracle, Policies } from "./oracle.ts";

export { noCrossSessionHol } from "./_head_of_line.ts";

/**
 * `FUTURE_SETTLES`: broken when the story is over and the promise of an operation has not settled. A
 * withdrawal, a clock jump and a crash get no promise, and a process that died owes nothing.
 *
 * What hangs has one headline:
 * - an accepted message without an outcome is told here if somebody asked to stop something while it
 *   was there, or was not done with that when it came. Otherwise `EXACTLY_ONE_OUTCOME`, `ACK_TRUTH` or
 *   `NO_STRANDED_PENDING` tells of it, or `EVENTUALLY_IDLE` if its session never comes to rest;
 * - a stop, an end and a shutdown with a deadline are told by `STOP_TERMINATES`.
 */
export const futureSettles: Oracle = {
  promise: "every promise that is handed out settles",
  needs: ["asked", "rest"],
  judge(ledger, policies) {
    const facts = factsOf(ledger);
    for (const op of facts.ops) {
      if (op.answered >= 0 || op.asked < facts.crash || !isOwed(op)) continue;
      if (isToldElsewhere(ledger, op, policies)) continue;
      const { what, session } = op.record;
      const of = op.message === undefined
        ? session && ` of session "${session}"`
        : ` of ${op.message}`;
      return { story: `the ${what}${of} never settled`, at: op.asked };
    }
    return undefined;
  },
};

function isOwed({ record: { what, deadlineMs } }: OpFacts): boolean {
  if (what === "stop" || what === "end" || what === "shutdown") return deadlineMs === undefined;
  return what === "send" || what === "create" || what === "resume" || what === "disconnect";
}

function isToldElsewhere(
  ledger: Ledger,
  { record, message }: OpFacts,
  policies: Policies,
): boolean {
  if (message === undefined) return factsOf(ledger).session(record.session).openCalls > 0;
  const { accepted, rejected, outcome, session } = message;
  if (accepted < 0 || rejected >= 0 || outcome >= 0) return false;
  return session.isBusyAtEnd(policies) || !isHungByCancel(ledger, message);
}

/**
 * `NO_STRANDED_PENDING`: broken when the story is over and a session is idle (no guard, no run, no
 * call of a port that goes on) and a message without an outcome waits there, as the last look shows.
 * Of a host that does not show its lines, also by a message that was accepted and neither ran nor has an
 * outcome.
 *
 * Where lines are shown, a message that is not in line is not waiting but lost: `EXACTLY_ONE_OUTCOME`.
 */
export const noStrandedPending: Oracle = {
  promise: "an idle session has nothing waiting",
  needs: ["accepted"],
  judge(ledger, policies) {
    const facts = factsOf(ledger);
    for (const session of facts.sessions) {
      if (session.isBusyAtEnd(policies)) continue;
      const breach = facts.knowsLines ? strand(facts, session) : forget(facts, session);
      if (breach !== undefined) return breach;
    }
    return undefined;
  },
};

function strand(facts: Facts, { name, waiting, look }: SessionFacts): Breach | undefined {
  for (const one of waiting) {
    const message = facts.find(name, one);
    if (message !== undefined && (message.outcome >= 0 || message.rejected >= 0)) continue;
    const story = `${messageOf(name, one)} was left waiting`;
    return { story, at: look, also: existing(message?.arrived ?? -1) };
  }
  return undefined;
}

function forget(facts: Facts, { messages }: SessionFacts): Breach | undefined {
  for (const message of messages) {
    const { accepted, rejected, outcome, called, arrived } = message;
    if (accepted < 0 || accepted < facts.crash || called >= 0) continue;
    if (outcome >= 0 || rejected >= 0 || hasRunAs(facts, message)) continue;
    return { story: `${message} was left waiting`, at: arrived };
  }
  return undefined;
}

/** Another delivery of an event that ran is owed no run of its own. */
function hasRunAs(facts: Facts, message: MessageFacts): boolean {
  return facts.twinOf(message, (twin) => twin.called >= 0) !== undefined;
}

/**
 * `EVENTUALLY_IDLE`: broken by a run that never settled, by a host that still holds something at rest (a
 * guard, a timer, a listener on the signal of a caller, whatever it counts itself), and by a record that
 * does not say so. With the policy `isolated` a run that was given up may go on.
 *
 * What is held by a stop, an end or a shutdown that never returned is told by `STOP_TERMINATES`. The
 * root is the last look at a session that still has its guard, if there is one.
 */
export const eventuallyIdle: Oracle = {
  promise: "finite input ends in no guard, no task, no timer and no lock",
  needs: ["rest"],
  judge(ledger, { isolated = false }) {
    const { records } = ledger;
    const facts = factsOf(ledger);
    for (const run of facts.runs) {
      if (run.settled >= 0 || (isolated && run.wasGivenUp)) continue;
      return { story: `${run} never settled`, at: run.called };
    }
    const rest = lastThatIsNoMeasure(records);
    const last = records[rest];
    if (last?.kind !== "rest") {
      const story = "nobody said at the end what the host still holds";
      return { story, at: Math.max(0, records.length - 1) };
    }
    const held = heldIn(last.held);
    if (held === undefined || facts.ops.some((op) => isStopThatHangs(facts, op))) return undefined;
    const looks = facts.sessions.filter(({ guard }) => hasGuard(guard)).map(({ look }) => look);
    const at = looks.length === 0 ? rest : Math.min(...looks);
    return { story: `at rest it holds ${held}`, at, also: at === rest ? [] : [rest] };
  },
};

function lastThatIsNoMeasure(records: readonly LedgerRecord[]): number {
  let at = records.length - 1;
  while (at >= 0 && records[at]!.kind === "measure") at--;
  return at;
}

function heldIn(held: Readonly<Record<string, number>>): string | undefined {
  let text: string | undefined;
  for (const name in held) {
    if (held[name] === 0) continue;
    const one = `${name}: ${held[name]}`;
    text = text === undefined ? one : `${text}, ${one}`;
  }
  return text;
}

function isStopThatHangs({ crash }: Facts, { record, asked, answered }: OpFacts): boolean {
  const { what, deadlineMs } = record;
  const isStop = what === "stop" || what === "end" || what === "shutdown";
  return isStop && deadlineMs !== undefined && answered < 0 && asked > crash;
}
