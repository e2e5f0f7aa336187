import { quiet } from "../sim/quiet.ts";
import {
  type ChainSubject,
  isGrowing,
  type Point,
  runChain,
  type Series,
  seriesOf,
  type Skipped,
  turnsToLookAt,
} from "./chain.ts";

/** Options of {@linkcode measureHeap}. */
export interface HeapOptions {
  /** How long a chain to run. Default: 50,000. */
  length?: number;
  /** At how many turns to look; each costs two collections. Default: 8. */
  samples?: number;
}

/**
 * A follow-up may leave so many bytes. An object of its own is more; a number or a pointer in a list is
 * 8 to 11 bytes, and passes.
 */
export const HEAP_LIMIT_BYTES = 16;
/** What is compiled and cached at first is no growth. */
const WARM_UP_TURNS = 2_000;
/**
 * A chain that seems to grow, but by less than this, is run again, twice as long. What is bounded grows
 * by half as much then: tables that runtimes and test runners keep, what a conservative collector holds
 * by chance. What a host keeps of each turn it keeps in each run.
 */
const STEEP_BYTES = 4 * HEAP_LIMIT_BYTES;
const RUNS_MAX = 3;
/** The heap is steady when a collection frees less than this, in bytes; so many are tried. */
const STEADY_BYTES = 16_384;
const STEADY_ROUNDS_MAX = 20;

/**
 * How many bytes live, after the collector has run, over a chain: no more at its end than near its
 * beginning, if the host is bounded.
 *
 * When to use: wherever the collector is exposed: `--expose-gc` on Node, `--v8-flags=--expose-gc` on
 * Deno, always on Bun. It sees everything that is kept, buffers included, but not of what kind it is.
 *
 * - One series, `live bytes`. Its limit is {@linkcode HEAP_LIMIT_BYTES} for each follow-up; a number or
 *   a pointer that is kept of each is less, and not found.
 * - One chain is run, and if that shrinks, or grows by a little more than the limit, up to two longer
 *   ones. The series is that which grew least, with what the chain before it may have hidden added to
 *   its slope.
 * - Under a test runner that hooks on promises, its tables are part of the heap: on `node --test` up to
 *   about 10 bytes a follow-up, either way.
 * - Not for a chain that overflows the stack: see `measureFrames` first.
 * - On V8 what is only held by a `WeakRef` counts, if the chain never lets the runtime come to rest: a
 *   `WeakRef` holds its target until then.
 *
 * Skipped where the collector is not exposed, and where the heap shrinks in the course of each chain:
 * then what waits in line is part of it, and growth may hide behind that.
 */
export async function measureHeap(
  subject: ChainSubject,
  { length = 50_000, samples = 8 }: HeapOptions = {},
): Promise<readonly Series[] | Skipped> {
  const live = await liveBytesProbe();
  if (typeof live !== "function") return live;
  await runChain(subject, Math.min(WARM_UP_TURNS, length), { turns: new Set(), look: () => {} });
  const atRest = await liveWhenSteady(live);
  let series = await seriesOfRun(subject, { length, samples, live });
  for (let run = 2; run <= RUNS_MAX && isDoubtful(series); run++) {
    const stillHeld = await liveAtRest(live) - atRest;
    const longer = length * 2 ** (run - 1);
    const next = withHidden(
      await seriesOfRun(subject, { length: longer, samples, live }),
      stillHeld,
    );
    const isBetter = !isShrinking(next) && next.perFollowUp < series.perFollowUp;
    if (isShrinking(series) || isBetter) series = next;
  }
  if (isShrinking(series)) {
    const bytes = -series.perFollowUp;
    return { skipped: `the heap shrinks by ${bytes} bytes a follow-up: what waits hides a growth` };
  }
  return [series];
}

async function seriesOfRun(
  subject: ChainSubject,
  { length, samples, live }: { length: number; samples: number; live(): number },
): Promise<Series> {
  const points: Point[] = [];
  await runChain(subject, length, {
    turns: turnsToLookAt(length, samples),
    look: (n) => points.push({ n, value: live() }),
  });
  return seriesOf(points, { lane: "heap", name: "live bytes", limit: HEAP_LIMIT_BYTES });
}

/**
 * What the chain before still holds may go in the course of this one, and hide as much of what this one
 * keeps. So it is taken for grown: by so much, at most, does it turn the slope.
 */
function withHidden(series: Series, bytes: number): Series {
  const turns = series.points.at(-1)!.n - series.points[0]!.n;
  const hidden = Math.max(0, Math.round(1.5 * bytes / turns * 100) / 100);
  return { ...series, perFollowUp: series.perFollowUp + hidden };
}

/** What was there before the chain may go in the course of it: a longer chain tells. */
function isDoubtful(series: Series): boolean {
  return isShrinking(series) || (isGrowing(series) && series.perFollowUp < STEEP_BYTES);
}

function isShrinking({ perFollowUp }: Series): boolean {
  return perFollowUp < -HEAP_LIMIT_BYTES;
}

/** The end of a chain is not that of its promises: it goes back through all that waited. */
async function liveAtRest(live: () => number): Promise<number> {
  await quiet();
  return live();
}

/** The same for what was there before: it takes some collections, until one finds nothing more. */
async function liveWhenSteady(live: () => number): Promise<number> {
  let bytes = await liveAtRest(live);
  for (let round = 0; round < STEADY_ROUNDS_MAX; round++) {
    const now = await liveAtRest(live);
    const freed = bytes - now;
    bytes = now;
    if (freed < STEADY_BYTES) break;
  }
  return bytes;
}

/** How to tell the bytes that live: collects, then looks. */
async function liveBytesProbe(): Promise<(() => number) | Skipped> {
  const { gc, Bun } = globalThis as {
    gc?: () => void;
    Bun?: { gc(isSynchronous: boolean): void };
  };
  // Bun has both, and only its own waits for the end of the collection.
  const collect = Bun === undefined ? gc : () => Bun.gc(true);
  if (collect === undefined) return { skipped: "the garbage collector is not exposed" };
  const { default: process } = await import("node:process").catch(() => ({ default: undefined }));
  if (process === undefined) return { skipped: "the runtime has no node:process" };
  return () => {
    collect();
    collect(); // once more for what the first made garbage
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external; // where V8 counts the bytes of buffers
  };
}
