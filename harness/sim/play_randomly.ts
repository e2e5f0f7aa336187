import { lockstep } from "./lockstep.ts";
import { Playback } from "./playback.ts";
import { Random } from "./random.ts";
import { strategyOf } from "./strategy.ts";
import type { World } from "./world.ts";

/** Options of {@linkcode playRandomly}. */
export interface PlayRandomlyOptions {
  /** How many schedules. */
  readonly schedules: number;
  readonly seed: number;
  /** `portfolio` (default), or one of its strategies: see `strategyOf`. */
  readonly strategy?: string;
  /** How many worlds are under way at a time: they must share nothing. Default: 4. */
  readonly concurrency?: number;
  /** More steps than this in one schedule are a failure: it does not end. Default: 1,000. */
  readonly stepsMax?: number;
}

/**
 * Plays a world in so many random schedules, and stops at the first that fails.
 *
 * When to use: where the world is always the same and only the order is searched. Where what it is made
 * of should be random too, and shrink, take `sample`.
 *
 * @returns how many steps were taken in all
 * @throws {ScheduleError} of the first schedule that fails, with its tape for `replay`
 */
export async function playRandomly(
  createWorld: () => World,
  options: PlayRandomlyOptions,
): Promise<number> {
  const { schedules, seed, strategy = "portfolio", concurrency = 4 } = options;
  const random = new Random(seed);
  let begun = 0;
  let steps = 0;
  let failure: unknown;
  await lockstep({
    next: () => {
      if (failure !== undefined || begun >= schedules) return undefined;
      const chosen = strategyOf(strategy, random.fork(), { at: begun++ });
      return new Playback(createWorld(), chosen, options);
    },
    over: (playback, error) => {
      failure ??= error;
      steps += playback.taken.length;
    },
    concurrency,
  });
  if (failure !== undefined) throw failure;
  return steps;
}
