import type { RecordOf } from "../ledger_record.ts";

/**
 * A host under test, as the lanes of the bounded stack see it: something that keeps one session busy,
 * one turn after the other.
 *
 * - Each follow-up is sent while the turn before it runs: turn `n` sends message `n + 1`. If all are
 *   sent beforehand, the heap lane can not tell what grows from what is worked off, and says so.
 * - The subject keeps nothing of a turn itself: what it keeps would be counted as the host's.
 */
export interface ChainSubject {
  /**
   * Runs a chain of `length` follow-ups on a fresh host to its end; calls `atStart(n)` in the agent at
   * the start of each turn, synchronously, with `n` counting from 1.
   *
   * A host that drops a follow-up never ends its chain, and this never settles: set a limit of time.
   */
  run(length: number, atStart: (n: number) => void): Promise<void>;
}

/** What was measured at the start of turn `n`. */
export interface Point {
  readonly n: number;
  readonly value: number;
}

/** One quantity over a chain. */
export interface Series {
  readonly lane: RecordOf<"measure">["lane"];
  /** What is counted, in the plural: `synchronous frames`. */
  readonly name: string;
  /** In the order of the turns. */
  readonly points: readonly Point[];
  /**
   * How much each follow-up adds: the slope of the least squares over the points, in two decimals. What
   * only goes up and down comes out as 0 that way, and so does a growth of less than 0.005.
   */
  readonly perFollowUp: number;
  /** The most that each may add. */
  readonly limit: number;
}

/** A lane that can not measure here, and why. */
export interface Skipped {
  readonly skipped: string;
}

/** Whether a series grows by more than it may. */
export function isGrowing(series: Series): boolean {
  return series.perFollowUp > series.limit;
}

/** A series of these points. */
export function seriesOf(
  points: readonly Point[],
  about: Pick<Series, "lane" | "name" | "limit">,
): Series {
  return { ...about, points, perFollowUp: slopeOf(points) };
}

/** The slope of the least squares, in two decimals. */
function slopeOf(points: readonly Point[]): number {
  const meanN = points.reduce((sum, { n }) => sum + n, 0) / points.length;
  const meanValue = points.reduce((sum, { value }) => sum + value, 0) / points.length;
  let products = 0;
  let squares = 0;
  for (const { n, value } of points) {
    products += (n - meanN) * (value - meanValue);
    squares += (n - meanN) ** 2;
  }
  return Math.round(products / squares * 100) / 100 + 0; // and not -0
}

/**
 * The turns at which to look: evenly spread, the last one included. The first tenth of a chain is left
 * out, because a host may get to its first turns by another way than to all others.
 */
export function turnsToLookAt(length: number, samples: number): ReadonlySet<number> {
  const first = Math.ceil(length / 10);
  const turns = new Set<number>();
  for (let at = 0; at < samples; at++) {
    turns.add(Math.round(first + at * (length - first) / (samples - 1)));
  }
  if (!(turns.size >= 2)) {
    throw new RangeError(
      `Cannot measure chain: ${samples} samples of ${length} turns give no slope`,
    );
  }
  return turns;
}

/**
 * Runs one chain, and calls `look` in those turns.
 *
 * @throws {Error} if the chain did not have its turns one after the other: nothing that was measured
 * would mean anything
 */
export async function runChain(
  subject: ChainSubject,
  length: number,
  { turns, look }: { turns: ReadonlySet<number>; look(n: number): void },
): Promise<void> {
  let begun = 0;
  let looks = 0;
  let wrong: string | undefined;
  await subject.run(length, (n) => {
    if (n !== ++begun) wrong ??= `turn ${begun} was that of message ${n}`;
    if (!turns.has(n)) return;
    look(n);
    looks++;
  });
  if (begun !== length) wrong ??= `it had ${begun} turns instead of ${length}`;
  if (looks !== turns.size) wrong ??= `only ${looks} of ${turns.size} looks came to their end`;
  if (wrong !== undefined) throw new Error(`Cannot measure chain: ${wrong}`);
}
