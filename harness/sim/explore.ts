import { Frontier, type FrontierOptions } from "./frontier.ts";
import { lockstep } from "./lockstep.ts";
import { Playback, type PlaybackOptions } from "./playback.ts";
import { DivergedError, ScheduleError } from "./schedule_error.ts";
import { type Tape, TapeStrategy, trimmed } from "./tape.ts";
import type { World } from "./world.ts";

/** Options of {@linkcode explore}. */
export type ExploreOptions = FrontierOptions;

/** What {@linkcode explore} went through. */
export interface Exploration {
  /** How many schedules ran to their end. */
  readonly schedules: number;
  /** How many steps they took in all. */
  readonly steps: number;
  /** Whether these were all schedules there are within the bounds. */
  readonly complete: boolean;
}

/** Options of {@linkcode replay}. */
export interface ReplayOptions extends PlaybackOptions {
  /** The lines that the tape stands for, as an earlier run gave them: any other is a divergence. */
  schedule?: readonly string[];
}

/**
 * Runs a small world through **all** orders of its steps, depth first, each in a fresh world.
 *
 * When to use: beside the example tests of a concurrent primitive, with a scope small enough to be
 * exhausted (a handful of steps). Assert the whole result, so that a world that shrinks to nothing
 * is noticed. Where the scope is too large, take `sample`. For synchronous code alone, a loop over
 * lists of operations is simpler.
 *
 * What it covers, and what not:
 * - All orders of the steps that are enabled, each taken when the world is at rest (see `quiet`).
 * - With `rushedMax` also those in which up to so many steps come `hops` microtask hops after the
 *   step before. Interleavings finer than that are not covered: what runs between two awaits is
 *   atomic in JavaScript, but a rush later than the largest of `hops` is not tried.
 * - No reduction: orders that differ in nothing that matters are all run, and counted. No shrinking:
 *   the first failure is told, and it is not always the shortest.
 * - A promise that rejects unhandled is for the test runner to report, not a failure here.
 *
 * Limits: `schedulesMax` schedules, `stepsMax` steps in each. Memory grows with the depth of one
 * schedule times its choices, not with the number of schedules.
 *
 * @param createWorld Makes a fresh world, the same one each time
 * @param options See {@linkcode ExploreOptions}
 * @throws {ScheduleError} if a step, a check or the end of a schedule throws; with the labels
 *
 * @example A lost update, and its schedule
 * ```ts
 * import { explore } from "@lanekeeper/harness";
 * import assert from "node:assert/strict";
 *
 * const createWorld = () => {
 *   let stored = 0;
 *   const actor = (name: string) => {
 *     let seen = 0;
 *     const reads = () => void (seen = stored);
 *     const writes = () => void (stored = seen + 1);
 *     return [reads, writes].map((act) => ({ label: `${name} ${act.name}`, run: act }));
 *   };
 *   const actors = [actor("a"), actor("b")];
 *   return {
 *     enabled: () =>
 *       actors.filter((steps) => steps.length > 0).map((steps) => ({
 *         label: steps[0]!.label,
 *         run: () => steps.shift()!.run(),
 *       })),
 *     finish: () => assert.equal(stored, 2),
 *   };
 * };
 * await assert.rejects(explore(createWorld), {
 *   schedule: ["a reads", "b reads", "a writes", "b writes"],
 * });
 * ```
 */
export async function explore(
  createWorld: () => World,
  options: ExploreOptions = {},
): Promise<Exploration> {
  let steps = 0;
  let failure: unknown;
  const frontier = new Frontier([createWorld], options);
  await lockstep({
    next: () => failure === undefined ? frontier.next() : undefined,
    over: (playback, error) => {
      failure = error ?? frontier.over(playback);
      if (!playback.isTwin) steps += playback.taken.length;
    },
    concurrency: 1,
  });
  if (failure !== undefined) throw failure;
  return { schedules: frontier.schedules, steps, complete: frontier.isComplete };
}

/**
 * Runs one schedule again, from the tape of a {@linkcode ScheduleError}, with the options it had.
 *
 * When to use: to look at a failure, or to keep it as a regression test. It fails as the first time
 * did; when it does not fail any more it returns its schedule.
 *
 * @param createWorld The same as that of the failure
 * @param tape `error.tape`; a shorter one goes on with the first of all there is
 * @param options Those of the failure, and `error.schedule` to be sure that it is the same story
 * @returns The steps taken
 * @throws {ScheduleError} if it fails; its `cause` is a {@linkcode DivergedError} if the tape does
 * not fit the world
 *
 * @example The second of two orders
 * ```ts
 * import { replay } from "@lanekeeper/harness";
 * import assert from "node:assert/strict";
 *
 * const createWorld = () => {
 *   const left = new Set(["a", "b"]);
 *   const step = (label: string) => ({ label, run: () => void left.delete(label) });
 *   return { enabled: () => [...left].map(step) };
 * };
 * assert.deepEqual(await replay(createWorld, [1]), ["b", "a"]);
 * ```
 */
export async function replay(
  createWorld: () => World,
  tape: Tape,
  options: ReplayOptions = {},
): Promise<readonly string[]> {
  const strategy = new TapeStrategy(tape);
  const playback = new Playback(createWorld(), strategy, options);
  let failure: unknown;
  try {
    await playback.play();
    strategy.end();
  } catch (error) {
    failure = error;
  }
  const { schedule } = playback;
  const expected = options.schedule;
  const isOther = expected !== undefined && expected.join("\n") !== schedule.join("\n");
  if (isOther) failure = new DivergedError(`[${expected}]`, `[${schedule}]`);
  if (failure === undefined) return schedule;
  if (failure instanceof ScheduleError) throw failure;
  throw new ScheduleError(failure, schedule, trimmed(playback.tape));
}
