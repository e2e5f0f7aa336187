import type { Ledger } from "../ledger.ts";
import type { LedgerRecord, RunRecord } from "../ledger_record.ts";
import {
  existing,
  type Facts,
  factsOf,
  hasGuard,
  type RunFacts,
  type SessionFacts,
} from "./_facts.ts";
import type { Breach, Oracle, Policies } from "./oracle.ts";

export { atomicClaim, ownerOnlyRelease } from "./_claims.ts";

/**
 * `GUARD_WHILE_RUNNING`: broken when the agent is called, or acts, and its session has no guard; and
 * when a look at a session on which a run is going on shows none. With the policy `isolated` a run
 * that was given up needs no guard.
 *
 * `judge` breaks it for a record in which no guard is ever shown, so that it can not pass unseen.
 */
export const guardWhileRunning: Oracle = {
  promise: "a turn that runs has a guard, until it has settled",
  needs: ["run", "a guard"],
  judge(ledger, policies) {
    const { records } = ledger;
    for (let at = 0; at < records.length; at++) {
      const record = records[at]!;
      if (record.kind !== "run" && record.kind !== "guard") continue;
      if (hasGuard(record.guard)) continue;
      const facts = factsOf(ledger);
      const run = record.kind === "run"
        ? facts.runs.find(({ number }) => number === record.run)
        : facts.session(record.session).runs.find((run) =>
          isGuarded(ledger, run, { at, policies })
        );
      if (run === undefined || (record.kind === "run" && isExempt(ledger, run, { at, policies }))) {
        continue;
      }
      const story = record.kind === "run"
        ? `${run} had no guard at its "${record.act}"`
        : `${run} was going on, and its session had no guard`;
      return { story, at, also: at === run.called ? [] : [run.called] };
    }
    return undefined;
  },
};

/** A moment, and what hosts may do in it. */
interface When {
  readonly at: number;
  readonly policies: Policies;
}

function isGuarded(ledger: Ledger, run: RunFacts, when: When): boolean {
  return run.isOpenAt(when.at) && !isExempt(ledger, run, when);
}

function isExempt(ledger: Ledger, run: RunFacts, { at, policies }: When): boolean {
  return (policies.isolated ?? false) && run.isGivenUp(at, ledger);
}

/**
 * `NO_ORPHAN_GUARD`: broken by a guard whose owner is not alive, and by one that is still there when
 * all is over and no run goes on on its session.
 */
export const noOrphanGuard: Oracle = {
  promise: "a guard has an owner that is alive",
  needs: ["a guard"],
  judge(ledger) {
    const { records } = ledger;
    for (let at = 0; at < records.length; at++) {
      const record = records[at]!;
      if (record.kind !== "guard" || record.live || !hasGuard(record.guard)) continue;
      return { story: `session "${record.session}" has a guard that nobody alive owns`, at };
    }
    const facts = factsOf(ledger);
    if (facts.rest < 0) return undefined;
    for (const session of facts.sessions) {
      if (!hasGuard(session.guard) || session.openCalls > 0) continue;
      if (session.runs.every(({ settled }) => settled >= 0)) {
        return outlive(records, session, facts);
      }
    }
    return undefined;
  },
};

/** The guard should have gone when the last run settled, or it came after that. */
function outlive(
  records: readonly LedgerRecord[],
  { name, guard, look, runs }: SessionFacts,
  { rest }: Facts,
): Breach {
  let came = look;
  for (let at = look; at >= 0; at--) {
    const record = records[at]!;
    if (record.kind !== "guard" || record.session !== name) continue;
    if (record.guard !== guard) break;
    came = at;
  }
  let settled = -1;
  for (const run of runs) settled = Math.max(settled, run.settled);
  const story = `session "${name}" keeps its guard though nothing runs on it any more`;
  return { story, at: Math.max(came, settled), also: [rest] };
}

/**
 * `GUARD_IDENTITY_CHAIN`: broken when a message waited as a run settled, and between that and the run
 * of this message a look at the session shows no guard, or another one. Only what a look had shown to
 * wait counts: what came in the instant of the hand-off may have begun a chain of its own.
 */
export const guardIdentityChain: Oracle = {
  promise: "through a chain of turns the guard is the same object, and never gone",
  needs: ["run", "a guard"],
  judge(ledger, policies) {
    for (const { runs } of factsOf(ledger).sessions) {
      for (let i = 1; i < runs.length; i++) {
        const [before, after] = [runs[i - 1]!, runs[i]!];
        const isLeft = isExempt(ledger, before, { at: after.called, policies });
        if (isLeft || !isHandOff(before, after)) continue;
        const breach = swap(ledger, before, after);
        if (breach !== undefined) return breach;
      }
    }
    return undefined;
  },
};

function isHandOff(before: RunFacts, after: RunFacts): boolean {
  const { settled, how } = before;
  if (settled < 0 || settled > after.called || how === "crash") return false;
  return after.messages.some(({ waited, left, called }) =>
    called === after.called && waited >= 0 && waited < settled && (left < 0 || left > settled)
  );
}

function swap(ledger: Ledger, before: RunFacts, after: RunFacts): Breach | undefined {
  const { records } = ledger;
  const { guard } = records[before.settled] as RunRecord;
  if (!hasGuard(guard)) return undefined;
  for (let at = before.settled + 1; at <= after.called; at++) {
    const record = records[at]!;
    const isLook = record.kind === "guard" && record.session === before.session.name;
    if (!isLook && at !== after.called) continue;
    const now = (record as { readonly guard: unknown }).guard;
    if (now === guard) continue;
    const how = hasGuard(now) ? "another guard" : "no guard";
    const story = `between ${before} and ${after}, which waited, the session had ${how}`;
    return { story, at, also: existing(before.settled, at === after.called ? -1 : after.called) };
  }
  return undefined;
}
