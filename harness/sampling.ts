import fc from "fast-check";
import type { World } from "./interleavings.ts";
import { quiet } from "./quiet.ts";
import { ScheduleError } from "./schedule_error.ts";

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

/** How many steps of a schedule may be rushed; the rest is taken at rest. */
const GAPS_MAX = 30;
const HOPS_MAX = 3;

/**
 * Runs worlds through random orders of their steps, with the scheduler of fast-check.
 *
 * When to use: where the world is too large for `explore`, or where what it is made of should be
 * random too. It finds what many schedules share; a bug that needs one certain order among many
 * steps it mostly misses. It proves nothing.
 *
 * - Each step that becomes enabled is scheduled under its label; the scheduler picks, uniformly. A
 *   step that was picked and is not enabled any more is dropped.
 * - Some steps are *rushed*, that is taken up to 3 microtask hops after the step before instead of
 *   at rest. They are picked together with it, so a step that it only just enabled is never rushed.
 * - A failure tells the input (which shrinks), the gaps (which shrink), the scheduler's log (which
 *   does not: the scheduler has no shrinking), the labelled schedule, and seed and path to give back.
 *
 * @param arbitrary What a world is made of
 * @param createWorld Makes a fresh world of it
 * @param options See {@linkcode SampleOptions}
 * @throws {Error} fast-check's report, with the {@linkcode ScheduleError} printed in it
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
  const gaps = fc.array(fc.nat(HOPS_MAX + 1), { maxLength: GAPS_MAX });
  const property = fc.asyncProperty(arbitrary, fc.scheduler(), gaps, async (input, s, gaps) => {
    const picks = new Picks(createWorld(input), s, { gaps, stepsMax });
    try {
      await picks.play();
    } catch (cause) {
      throw new ScheduleError(cause, picks.schedule);
    }
    schedules++;
    steps += picks.schedule.length;
  });
  await fc.assert(property, { numRuns, includeErrorInReport: true, ...again });
  return { schedules, steps };
}

/** A schedule that a scheduler picks. */
class Picks {
  readonly schedule: string[] = [];
  readonly #world: World;
  readonly #scheduler: fc.Scheduler;
  readonly #gaps: readonly number[];
  readonly #stepsMax: number;
  /** The labels that the scheduler has. */
  readonly #armed = new Set<string>();
  #picked: string[] = [];
  #gapsUsed = 0;

  constructor(
    world: World,
    scheduler: fc.Scheduler,
    options: { gaps: readonly number[]; stepsMax: number },
  ) {
    this.#world = world;
    this.#scheduler = scheduler;
    this.#gaps = options.gaps;
    this.#stepsMax = options.stepsMax;
  }

  /** Bounded by `stepsMax`: each round takes a step, or drops one that was enabled once. */
  async play(): Promise<void> {
    for (;;) {
      await quiet();
      this.#world.check?.();
      this.#arm();
      if (this.#scheduler.count() === 0) return this.#world.finish?.();
      const rushes = this.#rushes();
      const picked = await this.#pick(rushes.length + 1);
      // From here on not an await too many: the gaps are counted in microtask hops.
      for (let at = 0; at < picked.length; at++) {
        const rushed = at === 0 ? undefined : rushes[at - 1];
        for (let hop = rushed ?? 0; hop > 0; hop--) await null;
        this.#take(
          picked[at]!,
          rushed === undefined ? "" : ` (${rushed} ${rushed === 1 ? "hop" : "hops"} later)`,
        );
      }
    }
  }

  #arm(): void {
    for (const { label } of this.#world.enabled()) {
      if (this.#armed.has(label)) continue;
      this.#armed.add(label);
      void this.#scheduler.schedule(Promise.resolve(), label, undefined, (act) => {
        this.#picked.push(label);
        return act();
      });
    }
  }

  /** The gaps before the steps that are picked together with the next one. */
  #rushes(): number[] {
    const rushes: number[] = [];
    for (let gap = this.#gap(); gap > 0; gap = this.#gap()) rushes.push(gap - 1);
    return rushes;
  }

  /** 0 is at rest, 1 is no hop, 2 is one hop, and so on. */
  #gap(): number {
    return this.#gaps[this.#gapsUsed++] ?? 0;
  }

  async #pick(count: number): Promise<readonly string[]> {
    this.#picked = [];
    for (let left = count; left > 0 && this.#scheduler.count() > 0; left--) {
      await this.#scheduler.waitOne();
    }
    return this.#picked;
  }

  #take(label: string, gap: string): void {
    this.#armed.delete(label);
    const step = this.#world.enabled().find((step) => step.label === label);
    if (step === undefined) return;
    if (this.schedule.length >= this.#stepsMax) {
      throw new Error(`Schedule does not end: it took ${this.#stepsMax} steps`);
    }
    this.schedule.push(label + gap);
    step.run();
  }
}
