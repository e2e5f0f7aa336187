import type { Ledger } from "../ledger.ts";
import type { RecordOf } from "../ledger_record.ts";
import type { Breach, Oracle } from "./oracle.ts";

/** Somebody has something for itself alone. */
interface Hold {
  readonly by: string;
  readonly token: number | undefined;
  readonly at: number;
}

/** Who has a key, and who saw that it was free. */
class Key {
  hold: Hold | undefined;
  /** The record of the latest check of each that found it free. */
  readonly free = new Map<string, number>();
}

/**
 * `ATOMIC_CLAIM`: broken by a claim that rests on a check that is not true any more - another step has
 * been taken since, or somebody else has claimed the same - and by a claim of what another has. A check
 * that found it taken is one on which nothing rests.
 */
export const atomicClaim: Oracle = {
  promise: "between a check and the claim that rests on it nothing else can happen",
  needs: ["claim"],
  judge(ledger) {
    const keys = new Map<string, Key>();
    const { records } = ledger;
    for (let at = 0; at < records.length; at++) {
      const record = records[at]!;
      if (record.kind === "process") keys.clear();
      if (record.kind !== "claim") continue;
      const key = keyOf(keys, record.key);
      const breach = record.act === "claim" ? claim(ledger, key, { record, at }) : undefined;
      if (breach !== undefined) return breach;
      if (record.act === "check" && key.hold === undefined) key.free.set(record.by, at);
      if (record.act === "release" && isBy(key.hold, record)) key.hold = undefined;
    }
    return undefined;
  },
};

function claim(
  ledger: Ledger,
  key: Key,
  { record, at }: { record: RecordOf<"claim">; at: number },
): Breach | undefined {
  const { by, token, key: name } = record;
  const checked = key.free.get(by);
  const { hold } = key;
  key.free.delete(by);
  if (hold !== undefined && !isBy(hold, record)) {
    const who = hold.by === by ? "it had it already" : `"${hold.by}" had it`;
    const also = checked === undefined || checked > hold.at ? [hold.at] : [checked, hold.at];
    return { story: `"${by}" claimed "${name}" while ${who}`, at, also };
  }
  key.hold = { by, token, at };
  if (checked === undefined) return undefined;
  const other = claimedSince(ledger, checked, { record, at });
  if (other !== undefined) {
    const story = `"${by}" claimed "${name}" after a check, and "${other.by}" did in between`;
    return { story, at, also: [checked, other.at] };
  }
  if (ledger.stepOf(checked) === ledger.stepOf(at)) return undefined;
  return { story: `"${by}" claimed "${name}" a step after its check`, at, also: [checked] };
}

function claimedSince(
  { records }: Ledger,
  checked: number,
  { record, at }: { record: RecordOf<"claim">; at: number },
): { by: string; at: number } | undefined {
  for (let i = checked + 1; i < at; i++) {
    const other = records[i]!;
    if (other.kind !== "claim" || other.act !== "claim" || other.key !== record.key) continue;
    if (other.by !== record.by) return { by: other.by, at: i };
  }
  return undefined;
}

/**
 * `OWNER_ONLY_RELEASE`: broken when a claim is released by somebody who does not have it, or with the
 * token of another claim; and when a lock is, by somebody who neither holds it nor waits for it. To
 * release what nobody has does nothing, and breaks nothing.
 *
 * What is reported as a release counts as one: a host must not report one that its owner check stopped.
 */
export const ownerOnlyRelease: Oracle = {
  promise: "only who took something releases it, and only once",
  needs: ["a release"],
  judge({ records }) {
    const claims = new Map<string, Hold>();
    const locks = new Map<string, Hold[]>();
    for (let at = 0; at < records.length; at++) {
      const record = records[at]!;
      let breach: Breach | undefined;
      if (record.kind === "claim") breach = releaseClaim(claims, record, at);
      else if (record.kind === "lock") breach = releaseLock(locks, record, at);
      else if (record.kind === "process") {
        claims.clear();
        locks.clear();
      }
      if (breach !== undefined) return breach;
    }
    return undefined;
  },
};

function releaseClaim(
  claims: Map<string, Hold>,
  record: RecordOf<"claim">,
  at: number,
): Breach | undefined {
  const { key, by, token, act } = record;
  if (act === "claim") claims.set(key, { by, token, at });
  const hold = act === "release" ? claims.get(key) : undefined;
  if (hold === undefined) return undefined;
  if (isBy(hold, record)) {
    claims.delete(key);
    return undefined;
  }
  const whose = hold.by === by ? "by a newer claim of its own" : `by "${hold.by}"`;
  return { story: `"${by}" released "${key}", which was held ${whose}`, at, also: [hold.at] };
}

/** `locks` has for each key who holds it and who waits. */
function releaseLock(
  locks: Map<string, Hold[]>,
  { key, by, act }: RecordOf<"lock">,
  at: number,
): Breach | undefined {
  const line = locks.get(key) ?? [];
  const mine = line.findIndex((one) => one.by === by);
  if (act === "drop") return undefined;
  if (act === "release") {
    if (mine >= 0) line.splice(mine, 1);
    else if (line.length > 0) {
      const [first] = line;
      const story = `"${by}" released the lock "${key}", which was held by "${first!.by}"`;
      return { story, at, also: [first!.at] };
    }
    return undefined;
  }
  if (mine >= 0) line.splice(mine, 1);
  const hold = { by, token: undefined, at };
  if (act === "hold") line.unshift(hold);
  else line.push(hold);
  locks.set(key, line);
  return undefined;
}

function keyOf(keys: Map<string, Key>, name: string): Key {
  let key = keys.get(name);
  if (key === undefined) keys.set(name, key = new Key());
  return key;
}

function isBy(hold: Hold | undefined, { by, token }: RecordOf<"claim">): boolean {
  return hold !== undefined && hold.by === by && hold.token === token;
}
