import type { Ledger } from "./ledger.ts";
import type { Breach, Policies } from "./oracles/oracle.ts";
import { type Guarantee, GUARANTEES, ORACLES } from "./oracles/oracles.ts";

export type { Breach, Policies } from "./oracles/oracle.ts";
export { type Guarantee, GUARANTEES } from "./oracles/oracles.ts";

/** A guarantee, and how a record breaks it. */
export interface BrokenGuarantee {
  readonly guarantee: Guarantee;
  readonly breach: Breach;
}

/** A record that breaks a guarantee. The message names it, says how, and prints the record. */
export class ViolationError extends Error {
  override readonly name = "ViolationError";
  /** The guarantee that is broken. */
  readonly guarantee: Guarantee;
  /** How, in one line. */
  readonly story: string;
  /** How, and with which record it went wrong. */
  readonly breach: Breach;

  /** @ignore */
  constructor({ guarantee, breach }: BrokenGuarantee, ledger: Ledger) {
    super(`${guarantee}: ${breach.story}\n${ledger}`);
    this.guarantee = guarantee;
    this.story = breach.story;
    this.breach = breach;
  }
}

/** What any world with an agent of the harness can show: it is judged whether it does or not. */
const BASIC: ReadonlySet<Guarantee> = new Set<Guarantee>([
  "SINGLE_TURN",
  "GUARD_WHILE_RUNNING",
  "FIFO",
  "EXACTLY_ONE_OUTCOME",
  "NO_STRANDED_PENDING",
  "EVENTUALLY_IDLE",
]);

/**
 * Judges the record of a schedule that is over.
 *
 * When to use: at the end of a schedule, when nothing more can happen. An unfinished record breaks
 * `EXACTLY_ONE_OUTCOME`, `NO_STRANDED_PENDING` and `EVENTUALLY_IDLE` by being unfinished. What each
 * guarantee means is said with its oracle, in `harness/oracles/`.
 *
 * - A guarantee that is named is judged, whether or not the record has what it needs: one that says
 *   nothing of the end breaks `EVENTUALLY_IDLE`, and one without a guard `GUARD_WHILE_RUNNING`.
 * - If none is named, these are judged like that: `SINGLE_TURN`, `GUARD_WHILE_RUNNING`, `FIFO`,
 *   `EXACTLY_ONE_OUTCOME`, `NO_STRANDED_PENDING` and `EVENTUALLY_IDLE`. Of the others, those for which
 *   there is something in the record.
 *
 * It reads what the world wrote: a world that does not write it down is not judged on it.
 *
 * @param ledger The record
 * @param guarantees Which to judge, in this order. Default: see above, the most telling first
 * @param policies What the host may honestly do in its own way
 * @throws {ViolationError} for the first guarantee that is broken
 *
 * @example Two turns at a time
 * ```ts
 * import { judge, Ledger, ViolationError } from "@lanekeeper/harness";
 * import assert from "node:assert/strict";
 *
 * const ledger = new Ledger();
 * ledger.called("session-1", "hello");
 * ledger.called("session-1", "are you there?");
 * assert.throws(() => judge(ledger, ["SINGLE_TURN"]), ViolationError);
 * ```
 */
export function judge(
  ledger: Ledger,
  guarantees?: readonly Guarantee[],
  policies: Policies = {},
): void {
  for (const guarantee of guarantees ?? GUARANTEES) {
    const isAsked = guarantees !== undefined || BASIC.has(guarantee);
    if (!isAsked && !isJudged(ledger, guarantee, policies)) continue;
    const breach = ORACLES[guarantee].judge(ledger, policies);
    if (breach !== undefined) throw new ViolationError({ guarantee, breach }, ledger);
  }
}

/**
 * Of these guarantees, those that a record can be judged on: it has all that their oracles need, and
 * all that it takes to break them.
 *
 * When to use: before {@linkcode breachesOf}.
 */
export function judgeable(
  ledger: Ledger,
  guarantees: readonly Guarantee[],
  policies: Policies = {},
): Guarantee[] {
  return guarantees.filter((guarantee) => isJudged(ledger, guarantee, policies));
}

/**
 * Everything that a record breaks. The most telling comes first, in whichever order they are named.
 *
 * When to use: to judge many thousand schedules, or to see all of one. Use {@linkcode judge} in a test.
 *
 * @param guarantees Those that it can be judged on: see {@linkcode judgeable}
 */
export function breachesOf(
  ledger: Ledger,
  guarantees: readonly Guarantee[],
  policies: Policies,
): BrokenGuarantee[] {
  const broken: BrokenGuarantee[] = [];
  for (const guarantee of guarantees) {
    const breach = ORACLES[guarantee].judge(ledger, policies);
    if (breach !== undefined) broken.push({ guarantee, breach });
  }
  if (broken.length > 1) {
    broken.sort((one, other) => RANKS[one.guarantee] - RANKS[other.guarantee]);
  }
  return broken;
}

const RANKS = Object.fromEntries(
  GUARANTEES.map((guarantee, rank) => [guarantee, rank]),
) as Record<Guarantee, number>;

/** Whether a record has all that the oracle of a guarantee needs, and takes. */
function isJudged(ledger: Ledger, guarantee: Guarantee, policies: Policies): boolean {
  const { needs, takes } = ORACLES[guarantee];
  for (const need of needs) if (!ledger.has(need)) return false;
  return takes === undefined || takes.judgeable(ledger, policies);
}
