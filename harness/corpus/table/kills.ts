import type { Guarantee } from "../../oracles/oracles.ts";
import type { StackLane } from "../../stack/bounded_stack.ts";

/** Each bug of the corpus, hunted with each strategy: what is in `kill-table.json`. */
export interface KillTable {
  /** With so many seeds each random strategy hunted. */
  readonly seeds: number;
  /** The runtime whose times these are: "node 26.1.0". */
  readonly timedOn: string;
  readonly rows: readonly KillRow[];
}

/** One bug. */
export interface KillRow {
  readonly id: string;
  readonly bug: string;
  readonly seenIn: string;
  /** The guarantee that it breaks. */
  readonly expected: Guarantee;
  /** The fewest operations that show it; 0 for a chain, which is measured and not hunted. */
  readonly story: number;
  /** A hunt was given up after so many schedules. */
  readonly schedulesMax: number;
  readonly strategies: readonly Kills[];
  /** Of a chain: what was seen to grow with its length. */
  readonly measuredBy: readonly StackLane[];
}

/** How one strategy did on one bug. */
export interface Kills {
  readonly strategy: string;
  /** So many hunts found it, of so many. */
  readonly found: number;
  readonly of: number;
  /** The guarantees that told of it, in the order of the seeds; none if it was never found. */
  readonly killedBy: readonly Guarantee[];
  /** The hunt with seed 1, which is the same each time; `null` if it did not find it. */
  readonly first: { readonly schedules: number; readonly ms: number } | null;
  /** Schedules until it was found: the middle of all hunts. `null` if the middle one did not find it. */
  readonly schedules: number | null;
  /** So many were enough for 95 of 100 hunts. `null` if fewer found it. */
  readonly schedules95: number | null;
  /** Operations of the story of the first hunt that found it, shrunk; `null` where nothing shrinks. */
  readonly operations: number | null;
  /** The time until it was found, like the schedules, in ms. Of the machine that measured it. */
  readonly ms: number | null;
  readonly ms95: number | null;
}

/** One hunt that found its bug. */
export interface Found {
  readonly seed: number;
  readonly killedBy: Guarantee;
  readonly schedules: number;
  readonly ms: number;
}

/** Sums the hunts of one strategy up. `found` has those that were over in time, of `of`. */
export function sumUp(
  strategy: string,
  hunts: {
    readonly found: readonly Found[];
    readonly of: number;
    readonly operations?: number | undefined;
  },
): Kills {
  const { found, of, operations } = hunts;
  const first = found.find(({ seed }) => seed === 1);
  const at = (part: number, what: "schedules" | "ms"): number | null => {
    const value = quantile(found.map((one) => one[what]), { part, of });
    return value === null ? null : Math.ceil(value);
  };
  return {
    strategy,
    found: found.length,
    of,
    killedBy: [...new Set(found.map(({ killedBy }) => killedBy))],
    first: first === undefined ? null : { schedules: first.schedules, ms: Math.ceil(first.ms) },
    schedules: at(0.5, "schedules"),
    schedules95: at(0.95, "schedules"),
    operations: operations ?? null,
    ms: at(0.5, "ms"),
    ms95: at(0.95, "ms"),
  };
}

/** So many of the values are at most this. Those that are missing count as larger than all others. */
function quantile(
  values: readonly number[],
  { part, of }: { part: number; of: number },
): number | null {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(of * part) - 1)] ?? null;
}

/** Within so many schedules, and in this time, in ms, a bug must be found. */
export const KILL_SCHEDULES_MAX = 1_000;
export const KILL_MS_MAX = 1_000;
/** Of these strategies the first hunt is the one that counts for that: it is the same each time. */
const JUDGES = ["exhaustive", "portfolio"];

/** The first strategy whose first hunt found a bug in time. */
export function judgeOf({ strategies }: KillRow): string | undefined {
  const isInTime = ({ first }: Kills) =>
    first !== null && first.schedules <= KILL_SCHEDULES_MAX && first.ms <= KILL_MS_MAX;
  return JUDGES.find((name) =>
    strategies.some((kills) => kills.strategy === name && isInTime(kills))
  );
}

/** The bugs that were hunted, and not found in time. */
export function tooLate({ rows }: KillTable): readonly string[] {
  return rows.filter((row) => row.strategies.length > 0 && judgeOf(row) === undefined)
    .map(({ id }) => id);
}

/** Whether no time of it is above a second. */
function isFast({ ms, ms95, first }: Kills): boolean {
  return Math.max(ms ?? 0, ms95 ?? 0, first?.ms ?? 0) <= KILL_MS_MAX;
}

/**
 * Takes the times of an older table of the same runtime where nothing else of a row has changed: they
 * differ from run to run, and a table that was made again of the same code shall be the same. A time of
 * more than a second, old or new, is never hidden so: then it is the new one that counts.
 */
export function withOldTimes(table: KillTable, old: KillTable | undefined): KillTable {
  if (old?.timedOn !== table.timedOn) return table;
  const known = new Map(old.rows.map((row) => [row.id, row]));
  const rows = table.rows.map((row) => {
    const before = known.get(row.id);
    if (before === undefined || !isSame(row, before)) return row;
    const strategies = row.strategies.map((kills, at) => {
      const earlier = before.strategies[at]!;
      return isFast(kills) && isFast(earlier) ? earlier : kills;
    });
    return { ...row, strategies };
  });
  return { ...table, rows };
}

function isSame(one: KillRow, other: KillRow): boolean {
  const timeless = (key: string, value: unknown) => key === "ms" || key === "ms95" ? 0 : value;
  return JSON.stringify(one, timeless) === JSON.stringify(other, timeless);
}
