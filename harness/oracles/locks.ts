import { isSettling, type Ledger } from "../ledger.ts";
import type { LedgerRecord, RecordOf } from "../ledger_record.ts";
import type { Breach, Oracle } from "./oracle.ts";

/** A lock, from when somebody waits for it or holds it. */
class Lock {
  /** Who holds it, and since which record. */
  readonly holders = new Map<string, number>();
  readonly waiters = new Map<string, number>();
}

/**
 * `LOCK_STABLE`: broken when a lock is forgotten while somebody holds it or waits for it, and when two
 * hold it at once. Somebody who waits and releases has given up waiting.
 */
export const lockStable: Oracle = {
  promise: "a lock is never replaced while somebody holds it or waits for it",
  needs: ["lock"],
  judge({ records }) {
    const locks = new Map<string, Lock>();
    for (let at = 0; at < records.length; at++) {
      const record = records[at]!;
      if (record.kind === "process") locks.clear();
      const breach = record.kind === "lock" ? replace(locks, record, at) : undefined;
      if (breach !== undefined) return breach;
    }
    return undefined;
  },
};

function replace(
  locks: Map<string, Lock>,
  { key, by, act }: RecordOf<"lock">,
  at: number,
): Breach | undefined {
  let lock = locks.get(key);
  if (lock === undefined) locks.set(key, lock = new Lock());
  const { holders, waiters } = lock;
  if (act === "wait") waiters.set(by, at);
  else if (act === "release") {
    if (!holders.delete(by)) waiters.delete(by);
  } else if (act === "hold") {
    const held = [...holders].find(([other]) => other !== by);
    if (held !== undefined) {
      const story = `"${by}" got the lock "${key}" while "${held[0]}" held it`;
      return { story, at, also: [held[1]] };
    }
    waiters.delete(by);
    holders.set(by, at);
  } else {
    const [user = [...waiters][0]] = holders;
    if (user !== undefined) {
      const how = holders.size > 0 ? "held" : "waited for";
      const story = `the lock "${key}" was dropped while "${user[0]}" ${how} it`;
      return { story, at, also: [user[1]] };
    }
    locks.delete(key);
  }
  return undefined;
}

/** A lock that is held, and the first call that was made under it and has not ended. */
interface Narrow {
  readonly key: string;
  readonly by: string;
  readonly at: number;
  under: { readonly at: number; readonly what: string; readonly call: number } | undefined;
}

/**
 * `LOCK_NARROW`: broken when somebody holds a lock, calls a port or the agent, and still holds it when
 * the call ends or another step is taken. Whoever begins a call and releases before it can end holds
 * nothing across it.
 *
 * Of a host that says who makes a call (`by`) it is judged for every lock; of one that does not, and
 * for calls of the agent, for locks whose key is the session.
 */
export const lockNarrow: Oracle = {
  promise: "no lock is held while something that takes time is waited for",
  needs: ["lock"],
  judge(ledger) {
    const { records } = ledger;
    const held: Narrow[] = [];
    for (let at = 0; at < records.length; at++) {
      const record = records[at]!;
      for (const lock of held) {
        if (lock.under !== undefined && isAcross(ledger, lock.under, at)) return tellOf(lock);
      }
      if (record.kind === "process") held.length = 0;
      else if (record.kind === "lock") hold(held, record, at);
      else if (held.length > 0) callUnder(held, record, at);
    }
    const stuck = held.find(({ under }) => under !== undefined);
    return stuck === undefined ? undefined : tellOf(stuck);
  },
};

function hold(held: Narrow[], { key, by, act }: RecordOf<"lock">, at: number): void {
  if (act === "hold") held.push({ key, by, at, under: undefined });
  if (act !== "release") return;
  const mine = held.findIndex((lock) => lock.key === key && lock.by === by);
  if (mine >= 0) held.splice(mine, 1);
}

function callUnder(held: readonly Narrow[], record: LedgerRecord, at: number): void {
  const isRun = record.kind === "run" && record.act === "call";
  if (!isRun && (record.kind !== "io" || record.act !== "begin")) return;
  for (const lock of held) {
    const by = record.kind === "io" ? record.by : undefined;
    const isMine = by === undefined ? record.session === lock.key : by === lock.by;
    if (!isMine || lock.under !== undefined) continue;
    lock.under = record.kind === "io"
      ? { at, what: `a call of "${record.port}"`, call: record.call }
      : { at, what: `run ${record.run}`, call: record.run };
  }
}

/** Whether a lock that is held at record `at` is held across the call that began under it. */
function isAcross(ledger: Ledger, { at: begun, call }: { at: number; call: number }, at: number) {
  if (ledger.stepOf(begun) !== ledger.stepOf(at)) return true;
  const [first, record] = [ledger.records[begun]!, ledger.records[at]!];
  if (record.kind === "io" && first.kind === "io") {
    return record.call === call && record.act !== "begin";
  }
  if (record.kind !== "run" || first.kind !== "run") return false;
  return record.run === call && isSettling(record.act);
}

function tellOf({ key, by, at, under }: Narrow): Breach {
  const story = `"${by}" held the lock "${key}" across ${under!.what}`;
  return { story, at: under!.at, also: [at] };
}
