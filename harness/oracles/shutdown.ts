import { isInterrupting, type Ledger } from "../ledger.ts";
import {
  existing,
  type Facts,
  factsOf,
  hasRested,
  type OpFacts,
  type RunFacts,
  wasTaken,
} from "./_facts.ts";
import type { Breach, Oracle } from "./oracle.ts";

export { shutdownOrder } from "./_shutdown_order.ts";

/**
 * `STOP_TERMINATES`: broken by a stop, an end or a shutdown that
 * - has not returned when the story is over;
 * - returns later than its deadline, on the world's clock, clock jumps that somebody asked for left out;
 * - returns well while a run that it was to see to its end goes on, and does not say that it gave
 *   something up; a run whose message has the outcome `abandoned` has been told of. A stop may return
 *   at once: it asks a turn to stop, and need not wait for that.
 *
 * A process that died need not return anything.
 */
export const stopTerminates: Oracle = {
  promise: "stop, end and shutdown return in time and tell what they gave up",
  needs: ["deadline"],
  judge(ledger) {
    const facts = factsOf(ledger);
    for (const op of facts.ops) {
      const { what } = op.record;
      if (what !== "stop" && what !== "end" && what !== "shutdown") continue;
      const breach = op.answered < 0
        ? neverReturn(facts, op)
        : returnLate(ledger, op) ?? returnSilently(ledger, facts, op);
      if (breach !== undefined) return breach;
    }
    return undefined;
  },
};

function neverReturn({ crash, rest }: Facts, op: OpFacts): Breach | undefined {
  if (rest < 0 || op.asked < crash) return undefined;
  return { story: `${nameOf(op)} never returned`, at: op.asked };
}

function returnLate(ledger: Ledger, op: OpFacts): Breach | undefined {
  const { asked, answered, record: { deadlineMs } } = op;
  let ms = ledger.msOf(answered) - ledger.msOf(asked);
  if (deadlineMs === undefined || ms <= deadlineMs) return undefined;
  for (let at = asked; at < answered; at++) {
    const record = ledger.records[at]!;
    if (record.kind !== "asked" || record.what !== "advance") continue;
    ms -= ledger.msOf(at + 1) - ledger.msOf(at);
  }
  if (ms <= deadlineMs) return undefined;
  const story = `${nameOf(op)} returned after ${ms} ms, which is more than ${deadlineMs}`;
  return { story, at: answered, also: [asked] };
}

function returnSilently(ledger: Ledger, facts: Facts, op: OpFacts): Breach | undefined {
  const { asked, answered, ok, abandoned, record } = op;
  if (!ok || abandoned || record.what === "stop") return undefined;
  const run = facts.runs.find((run) => run.called < asked && isLeftBy(ledger, op, run));
  if (run === undefined) return undefined;
  const story = `${nameOf(op)} returned while ${run} went on, and did not say so`;
  return { story, at: answered, also: [run.called, asked] };
}

/** Whether a run that an operation was to stop goes on when it returns, without a word. */
function isLeftBy(ledger: Ledger, op: OpFacts, run: RunFacts): boolean {
  const { answered, record: { session } } = op;
  if (session !== "" && session !== run.session.name) return false;
  return run.isOpenAt(answered) && !run.isGivenUp(answered, ledger);
}

function nameOf({ record: { what, session } }: OpFacts): string {
  return session === "" ? `the ${what}` : `the ${what} of session "${session}"`;
}

/**
 * `QUIESCENT_AFTER_STOP`: broken when
 * - a message is accepted that was sent after a shutdown was asked for;
 * - a run begins after the shutdown has returned, or, on a session whose run was aborted at once when
 *   the shutdown was asked for, before that;
 * - a run that began after the shutdown was asked for goes on when it has returned, and was not given
 *   up (one that was there before is told by `STOP_TERMINATES`);
 * - a handle opens after it has returned, and is not closed again.
 *
 * Until it returns a shutdown may let run what waits. A host that comes back after its process died
 * is another one.
 */
export const quiescentAfterStop: Oracle = {
  promise: "after a shutdown nothing starts and nothing goes on",
  needs: ["asked:shutdown"],
  judge(ledger) {
    const facts = factsOf(ledger);
    const { shutdown, shutDown } = facts;
    if (shutdown === undefined) return undefined;
    for (const message of facts.messages) {
      if (message.arrived < shutdown.asked || !wasTaken(ledger, message)) continue;
      const { accepted, arrived } = message;
      const story = `${message} was accepted after the shutdown was asked for`;
      return {
        story,
        at: arrived,
        also: existing(shutdown.asked, accepted === arrived ? -1 : accepted),
      };
    }
    for (const run of facts.runs) {
      const breach = run.called < shutdown.asked ? undefined : beginLate(ledger, run, shutdown);
      if (breach !== undefined) return breach;
    }
    return shutDown === undefined ? undefined : openLate(ledger, shutDown);
  },
};

function beginLate(ledger: Ledger, run: RunFacts, { asked }: OpFacts): Breach | undefined {
  const { called, session } = run;
  const facts = factsOf(ledger);
  const { shutDown } = facts;
  if (shutDown !== undefined && called > shutDown.answered) {
    const story = `${run} began after the shutdown had returned`;
    return { story, at: called, also: [asked, shutDown.answered] };
  }
  const cancelled = session.runs.find(({ aborted }) =>
    aborted > asked && aborted < called && !hasRested(ledger, asked, aborted)
  );
  if (cancelled !== undefined && !isStoppedBeside(facts, run)) {
    const story = `${run} began though the shutdown had cancelled ${cancelled}`;
    return { story, at: called, also: [asked, cancelled.aborted] };
  }
  if (shutDown === undefined || shutDown.abandoned || !isLeftBy(ledger, shutDown, run)) {
    return undefined;
  }
  const story = `${run} went on after the shutdown had returned`;
  return { story, at: called, also: [asked, shutDown.answered] };
}

/** Whether somebody else than the shutdown may have cancelled a run of this session. */
function isStoppedBeside({ ops }: Facts, { session }: RunFacts): boolean {
  return ops.some(({ record: { what, session: name, policy } }) =>
    name === session.name &&
    (what === "stop" || what === "end" || what === "withdraw" || isInterrupting(policy))
  );
}

function openLate({ records }: Ledger, { asked, answered }: OpFacts): Breach | undefined {
  for (let at = answered + 1; at < records.length; at++) {
    const record = records[at]!;
    if (record.kind !== "handle" || record.act !== "open") continue;
    const { session, handle } = record;
    const isClosed = records.some((other, i) =>
      i > at && other.kind === "handle" && other.act === "close" && other.handle === handle
    );
    if (isClosed) continue;
    const story = `session "${session}" got a handle after the shutdown had returned`;
    return { story, at, also: [asked, answered] };
  }
  return undefined;
}
