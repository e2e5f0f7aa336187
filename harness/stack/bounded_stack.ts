import type { RecordOf } from "../ledger_record.ts";
import { type ChainSubject, isGrowing, type Series, type Skipped } from "./chain.ts";
import { type FramesOptions, measureFrames, SYNCHRONOUS_FRAMES } from "./frames.ts";
import { type HeapOptions, measureHeap } from "./heap.ts";
import { measurePromises, type PromisesOptions } from "./promises.ts";

/** Options of {@linkcode measureStack}. */
export interface StackOptions {
  frames?: FramesOptions;
  promises?: PromisesOptions;
  heap?: HeapOptions;
}

/** A lane of {@linkcode measureStack}. */
export type StackLane = "frames" | "promises" | "heap";

/** What {@linkcode measureStack} found. */
export interface StackReport {
  /**
   * For each series its points, without a limit, and then the record that judges it: its name ends in
   * `per follow-up`, its `n` is the last turn, its `value` the slope, and above its `limit` the host
   * breaks `BOUNDED_STACK`.
   */
  readonly records: readonly RecordOf<"measure">[];
  /** The lanes that did not measure, and why: to be shown. */
  readonly skipped: readonly { readonly lane: StackLane; readonly reason: string }[];
}

/**
 * Measures whether stack and memory grow with the length of a chain (`BOUNDED_STACK`), in three lanes,
 * one after the other: `measureFrames`, `measurePromises`, `measureHeap`.
 *
 * When to use: once for each host, outside of the schedules: a chain is long, and what its turns do in
 * between is not the point. Well below a second for a host that is bounded.
 *
 * If the stack itself grows, the other lanes are skipped: their chains are longer and would overflow it.
 *
 * @throws {Error} if the host did not run the chain, one turn after the other
 *
 * @example A drain that returns itself keeps a promise of each turn
 * ```ts
 * import { measureStack } from "./bounded_stack.ts";
 * import assert from "node:assert/strict";
 *
 * const report = await measureStack({
 *   run(length, atStart) {
 *     const drain = async (n: number): Promise<void> => {
 *       atStart(n);
 *       await null; // the agent
 *       if (n < length) return drain(n + 1);
 *     };
 *     return drain(1);
 *   },
 * });
 * const isBroken = report.records.some(({ value, limit = Infinity }) => value > limit);
 * assert.ok(isBroken || report.skipped.length === 2); // where nothing but the stack can be seen
 * ```
 */
export async function measureStack(
  subject: ChainSubject,
  options: StackOptions = {},
): Promise<StackReport> {
  const frames = await measureFrames(subject, options.frames);
  const deep = "skipped" in frames ? undefined : frames.find(isDeepening);
  const notRun = { skipped: "the stack grows, and a longer chain would overflow it" };
  const promises = deep ? notRun : await orSkipped(measurePromises(subject, options.promises));
  const heap = deep ? notRun : await orSkipped(measureHeap(subject, options.heap));
  const lanes: [StackLane, readonly Series[] | Skipped][] = [
    ["frames", frames],
    ["promises", promises],
    ["heap", heap],
  ];
  return {
    records: lanes.flatMap(([, found]) => "skipped" in found ? [] : found.flatMap(recordsOf)),
    skipped: lanes.flatMap(([lane, found]) =>
      "skipped" in found ? [{ lane, reason: found.skipped }] : []
    ),
  };
}

/** What ran the first chain may still give up on a longer one: that is no reason to lose the first. */
async function orSkipped(
  measured: Promise<readonly Series[] | Skipped>,
): Promise<readonly Series[] | Skipped> {
  try {
    return await measured;
  } catch (error) {
    return { skipped: error instanceof Error ? error.message : String(error) };
  }
}

/** Awaiting functions are not on the stack and can not overflow it. */
function isDeepening(series: Series): boolean {
  return series.name === SYNCHRONOUS_FRAMES && isGrowing(series);
}

function recordsOf({ lane, name, points, perFollowUp, limit }: Series): RecordOf<"measure">[] {
  const last = points.at(-1)?.n ?? 0;
  return [
    ...points.map(({ n, value }) => ({ kind: "measure", lane, name, n, value }) as const),
    {
      kind: "measure",
      lane,
      name: `${name} per follow-up`,
      n: last,
      value: perFollowUp,
      limit,
    },
  ];
}
