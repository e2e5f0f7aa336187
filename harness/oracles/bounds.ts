import type { RecordOf } from "../ledger_record.ts";
import type { Breach, Oracle } from "./oracle.ts";

type Lane = RecordOf<"measure">["lane"];

/** One point of a series. */
interface Point {
  readonly at: number;
  readonly n: number;
  readonly value: number;
}

/** Frames: less than one in two hundred follow-ups is a measurement that wavers. */
const FRAMES_PER_N_MAX = 0.005;
/** Unsettled promises that one more follow-up may leave behind. */
const PROMISES_PER_N_MAX = 0.5;
/** Bytes of heap that one more follow-up may leave behind. */
const HEAP_BYTES_PER_N_MAX = 16;
const PER_N_MAX: Readonly<Record<Lane, number>> = {
  frames: FRAMES_PER_N_MAX,
  promises: PROMISES_PER_N_MAX,
  heap: HEAP_BYTES_PER_N_MAX,
  state: Infinity,
};
/** With fewer points a series can not show growth; one of state, which may fill up first, needs more. */
const POINTS_MIN = 2;
const STATE_POINTS_MIN = 3;

/**
 * `BOUNDED_STACK`: broken by what grows with the number `n` of turns in a chain. A series is what was
 * measured under one name in one lane; the means of its first and its last third, in order of `n`, are
 * compared. For each follow-up there may be
 * - no more `frames` (less than 0.005, which is a series that wavers),
 * - at most 0.5 `promises` that have not settled,
 * - at most 16 bytes of `heap`.
 *
 * A value above its own limit is broken in any lane. Where a record `NAME per follow-up` has a limit,
 * whoever measured has worked the growth out, and the points of `NAME` are not judged again. A series
 * of one point shows no growth: measure at two points at least, not too near the beginning.
 */
export const boundedStack: Oracle = {
  promise: "neither stack nor memory grow with the length of a chain",
  needs: ["a stack"],
  judge({ records }) {
    const series = new Map<string, { readonly lane: Lane; readonly points: Point[] }>();
    const limited = new Set<string>();
    for (let at = 0; at < records.length; at++) {
      const record = records[at]!;
      if (record.kind !== "measure" || record.lane === "state") continue;
      const { lane, name, n, value, limit } = record;
      if (limit === undefined) {
        const known = series.get(name);
        if (known === undefined) series.set(name, { lane, points: [{ at, n, value }] });
        else known.points.push({ at, n, value });
      } else if (value > limit) return tooMuch(record, at);
      else limited.add(name);
    }
    for (const [name, { lane, points }] of series) {
      if (limited.has(`${name} per follow-up`)) continue;
      const breach = growPerN(`${name} (${lane})`, points, PER_N_MAX[lane]);
      if (breach !== undefined) return breach;
    }
    return undefined;
  },
};

/**
 * `BOUNDED_STATE`: broken by a size that is above its limit, and by one that has none and grows on: of
 * three points or more, the last third is above all before it. With fewer points, a size without a
 * limit is not judged.
 */
export const boundedState: Oracle = {
  promise: "everything that is kept has a limit",
  needs: ["a size"],
  judge({ records }) {
    let unlimited: Map<string, Point[]> | undefined;
    for (let at = 0; at < records.length; at++) {
      const record = records[at]!;
      if (record.kind !== "measure" || record.lane !== "state") continue;
      const { name, n, value, limit = Infinity } = record;
      if (value > limit) return tooMuch(record, at);
      if (limit !== Infinity) continue;
      const points = (unlimited ??= new Map()).get(name);
      if (points === undefined) unlimited.set(name, [{ at, n, value }]);
      else points.push({ at, n, value });
    }
    for (const [name, points] of unlimited ?? []) {
      const breach = growOn(`${name}, which has no limit,`, points);
      if (breach !== undefined) return breach;
    }
    return undefined;
  },
};

function tooMuch({ name, n, value, limit }: RecordOf<"measure">, at: number): Breach {
  return { story: `${name} is ${value} at ${n}, and its limit is ${limit}`, at };
}

/** Whether the last third is above all before it. */
function growOn(name: string, points: readonly Point[]): Breach | undefined {
  if (points.length < STATE_POINTS_MIN) return undefined;
  const sorted = [...points].sort((one, other) => one.n - other.n);
  const third = Math.ceil(sorted.length / 3);
  const before = highestOf(sorted.slice(0, -third));
  const after = highestOf(sorted.slice(-third));
  if (after.value <= before.value || after.n === before.n) return undefined;
  const story = `${name} grew from ${before.value} at ${before.n} to ${after.value} at ${after.n}`;
  return { story, at: after.at, also: [before.at] };
}

function highestOf(points: readonly Point[]): Point {
  return points.reduce((highest, point) => point.value > highest.value ? point : highest);
}

/** Whether it grows by more than so much for each `n`, from the first third to the last. */
function growPerN(name: string, points: readonly Point[], perNMax: number): Breach | undefined {
  if (points.length < POINTS_MIN) return undefined;
  const sorted = [...points].sort((one, other) => one.n - other.n);
  const third = Math.ceil(sorted.length / 3);
  const before = meanOf(sorted.slice(0, third));
  const after = meanOf(sorted.slice(-third));
  if (after.n === before.n) return undefined;
  const perN = (after.value - before.value) / (after.n - before.n);
  if (perN <= perNMax) return undefined;
  const rounded = Math.round(perN * 100) / 100;
  const story = `${name} grew by ${rounded} for each of ${after.n - before.n} more follow-ups`;
  return { story, at: sorted.at(-1)!.at, also: [sorted[0]!.at] };
}

function meanOf(points: readonly Point[]): { n: number; value: number } {
  let n = 0;
  let value = 0;
  for (const point of points) {
    n += point.n;
    value += point.value;
  }
  return { n: n / points.length, value: value / points.length };
}
