import { judgeOf, type KillRow, type Kills, type KillTable } from "./kills.ts";

/** How one strategy did on all bugs that were hunted. */
export interface StrategySummary {
  readonly strategy: string;
  readonly hunted: number;
  /** Bugs that each hunt found, those that only some found, and those that none did. */
  readonly always: number;
  readonly sometimes: number;
  readonly never: number;
  /** Of its schedules to the kill, bug by bug, the middle; a bug that is seldom found counts as many. */
  readonly typical: number | null;
  /** The bugs that only some hunts found, and those that none did. */
  readonly seldom: readonly string[];
  readonly missed: readonly string[];
  /** Where it took the most schedules, of those that each hunt found. */
  readonly hardest: { readonly id: string; readonly schedules: number } | undefined;
  /** Where it took longest, of those that each hunt found. */
  readonly slowest: { readonly id: string; readonly ms: number } | undefined;
}

/** A bug that was hunted for longer than the others. */
export interface KillException {
  readonly id: string;
  readonly schedulesMax: number;
  /** Schedules until the lists of operations found it. */
  readonly exhaustive: number | null;
}

/** The bugs that one strategy found in time by the hunt that is the same each time, and none before it. */
export interface Judged {
  readonly strategy: string;
  readonly ids: readonly string[];
}

/** What a kill table says in a few numbers. */
export interface KillSummary {
  readonly bugs: number;
  readonly guarantees: number;
  readonly hunted: number;
  /** Chains, which are measured. */
  readonly measured: number;
  readonly seeds: number;
  /** A hunt was given up after so many schedules, but for these. */
  readonly schedulesMax: number;
  readonly exceptions: readonly KillException[];
  readonly judged: readonly Judged[];
  readonly strategies: readonly StrategySummary[];
}

/** Sums a kill table up. */
export function summaryOf({ rows, seeds }: KillTable): KillSummary {
  const hunted = rows.filter(({ strategies }) => strategies.length > 0);
  const schedulesMax = Math.min(...hunted.map((row) => row.schedulesMax));
  return {
    bugs: rows.length,
    guarantees: new Set(rows.map(({ expected }) => expected)).size,
    hunted: hunted.length,
    measured: rows.length - hunted.length,
    seeds,
    schedulesMax,
    exceptions: hunted.filter((row) => row.schedulesMax > schedulesMax).map((row) => ({
      id: row.id,
      schedulesMax: row.schedulesMax,
      exhaustive: row.strategies[0]!.schedules,
    })),
    judged: judgedOf(hunted),
    strategies: hunted[0]?.strategies.map((_, at) => strategySummary(hunted, at)) ?? [],
  };
}

function judgedOf(rows: readonly KillRow[]): Judged[] {
  const ids = new Map<string, string[]>();
  for (const row of rows) {
    const strategy = judgeOf(row);
    if (strategy !== undefined) ids.set(strategy, [...ids.get(strategy) ?? [], row.id]);
  }
  return [...ids].map(([strategy, ids]) => ({ strategy, ids }));
}

function strategySummary(rows: readonly KillRow[], at: number): StrategySummary {
  const all = rows.map(({ id, strategies }) => ({ id, ...strategies[at]! }));
  const always = all.filter(({ found, of }) => found === of);
  const never = all.filter(({ found }) => found === 0);
  const seldom = all.filter(({ found, of }) => found > 0 && found < of);
  const middles = all.map(({ schedules }) => schedules ?? Infinity).sort((a, b) => a - b);
  const typical = middles[Math.ceil(middles.length / 2) - 1] ?? Infinity;
  const hardest = largest(always, "schedules95");
  const slowest = largest(always, "ms95");
  return {
    strategy: all[0]!.strategy,
    hunted: all.length,
    always: always.length,
    sometimes: seldom.length,
    never: never.length,
    seldom: seldom.map(({ id }) => id),
    missed: never.map(({ id }) => id),
    typical: Number.isFinite(typical) ? typical : null,
    hardest: hardest && { id: hardest.id, schedules: hardest.schedules95! },
    slowest: slowest && { id: slowest.id, ms: slowest.ms95! },
  };
}

function largest<T extends Kills>(all: readonly T[], what: "schedules95" | "ms95"): T | undefined {
  let most: T | undefined;
  for (const one of all) if ((one[what] ?? -1) > (most?.[what] ?? -1)) most = one;
  return most;
}
