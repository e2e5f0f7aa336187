import fc from "fast-check";
import { Playback } from "./playback.ts";
import { Random } from "./random.ts";
import { strategyOf } from "./strategy.ts";
import type { World } from "./world.ts";

/** Options of {@linkcode sample}. */
export interface SampleOptions {
  /** How many schedules. Default: 100. */
  numRuns?: number;
  /** Seed and path of a failure, to see it again. Default: another seed each time. */
  seed?: number;
  /** See `seed`. */
  path?: string;
  /** More steps than this in one schedule are a failure: it does not end. Default: 1,000. */
  stepsMax?: number;
}

/** What {@linkcode sample} went through. */
export interface Sample {
  /** How many schedules ran to their end. */
  readonly schedules: number;
  /** How many steps they took in all. */
  readonly steps: number;
}

/** Schedules of each smaller input, once one has failed. */
const SHRINK_TRIES = 64;

/**
 * Runs worlds through random orders of their steps.
 *
 * When to use: where the world is too large for `explore`, or where what it is made of should be
 * random too. It proves nothing.
 *
 * - fast-check makes the input, the seed of the schedule and the report, and shrinks the input.
 * - The schedule is ours: a portfolio of strategies, one after the other (see `strategyOf`). Some
 *   steps are *rushed*, that is taken a few microtask hops after the step before instead of at rest.
 * - A failure tells the input, seed and path to give back, the labelled schedule, and its tape, which
 *   `replay` runs again in a world of that input.
 *
 * @param arbitrary What a world is made of
 * @param createWorld Makes a fresh world of it
 * @param options See {@linkcode SampleOptions}
 * @throws {Error} fast-check's report, with the `ScheduleError` printed in it
 *
 * @example Counting in any order
 * ```ts
 * import { sample } from "@lanekeeper/harness";
 * import fc from "fast-check";
 * import assert from "node:assert/strict";
 *
 * const { schedules } = await sample(fc.nat(5), (count) => {
 *   let done = 0;
 *   return {
 *     enabled: () => done < count ? [{ label: `count ${done}`, run: () => done++ }] : [],
 *     finish: () => assert.equal(done, count),
 *   };
 * });
 * assert.equal(schedules, 100);
 * ```
 */
export async function sample<T>(
  arbitrary: fc.Arbitrary<T>,
  createWorld: (input: T) => World,
  options: SampleOptions = {},
): Promise<Sample> {
  const { stepsMax = 1_000, numRuns = 100, ...again } = options;
  let schedules = 0;
  let steps = 0;
  const seeds = fc.noShrink(fc.integer());
  let tries = 1;
  const property = fc.asyncProperty(arbitrary, seeds, async (input, seed) => {
    const random = new Random(seed);
    for (let at = 0; at < tries; at++) {
      const strategy = strategyOf("portfolio", random.fork(), { at: (seed + at) & 0xff });
      const playback = new Playback(createWorld(input), strategy, { stepsMax });
      try {
        await playback.play();
      } catch (error) {
        // A smaller input may need another schedule to fail: from here on each gets many.
        tries = SHRINK_TRIES;
        throw error;
      }
      schedules++;
      steps += playback.taken.length;
    }
  });
  await fc.assert(property, { numRuns, includeErrorInReport: true, ...again });
  return { schedules, steps };
}
