import { quiet } from "./quiet.ts";
import { DivergedError, ScheduleError } from "./schedule_error.ts";

/** Something that may happen now. */
export interface Step {
  /** What it is called in a schedule. Of the steps enabled at one time, no two have the same. */
  readonly label: string;
  /** Makes it happen. Synchronous: what it sets off goes on by itself. A throw is a failure. */
  readonly run: () => void;
}

/**
 * A small closed system: the code under test, and all that may happen to it as labelled steps.
 * Nothing in it may depend on the real time, on chance or on anything outside.
 */
export interface World {
  /** What may happen now, always in the same order for the same past. It changes nothing. */
  enabled(): readonly Step[];
  /** Called whenever the world has come to rest between two steps. A throw is a failure. */
  check?(): void;
  /** Called when it is at rest and no step is enabled any more. A throw is a failure. */
  finish?(): void;
}

/** Options of {@linkcode explore}. */
export interface ExploreOptions {
  /** After how many schedules to give up, with `complete: false`. Default: 100,000. */
  schedulesMax?: number;
  /** More steps than this in one schedule are a failure: it does not end. Default: 1,000. */
  stepsMax?: number;
  /**
   * How many steps of a schedule may be *rushed*: taken a few microtask hops after the step before,
   * and not at rest. Default: 0.
   */
  rushedMax?: number;
  /** After how many hops a rushed step may come; 0 is the same synchronous block. Default: 0, 1, 2. */
  hops?: readonly number[];
}

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
export interface ReplayOptions extends Omit<ExploreOptions, "schedulesMax"> {
  /** The lines that the tape stands for, as an earlier run gave them: any other is a divergence. */
  schedule?: readonly string[];
}

/** One real choice: what there was to choose from, if that is known, and what was taken. */
interface Choice {
  readonly index: number;
  readonly labels: readonly string[] | undefined;
}

/** Follows the choices it is given, then takes the first of all there is; and remembers. */
class Tape {
  readonly taken: Choice[] = [];
  readonly #given: readonly Choice[];

  constructor(given: readonly Choice[]) {
    this.#given = given;
  }

  /** Which of `labels` comes now. Where there is only one there is no choice, and none is kept. */
  choose(labels: readonly string[]): number {
    if (labels.length === 1) return 0;
    const given = this.#given[this.taken.length];
    const index = given?.index ?? 0;
    if (given?.labels !== undefined && !isSame(given.labels, labels)) {
      throw new DivergedError(`a choice of [${given.labels}]`, `one of [${labels}]`);
    }
    if (!(index in labels)) throw new DivergedError(`choice ${index}`, `only [${labels}]`);
    this.taken.push({ index, labels });
    return index;
  }

  /** @throws {DivergedError} if choices are left over. */
  end(): void {
    const left = this.#given.length - this.taken.length;
    if (left > 0) throw new DivergedError(`${left} more choices`, "the end of the schedule");
  }
}

/** A schedule on its way. */
class Playback {
  readonly schedule: string[] = [];
  readonly tape: Tape;
  readonly #world: World;
  readonly #stepsMax: number;
  readonly #hops: readonly number[];
  #rushesLeft: number;
  /** When the next step comes, as its line in the schedule says it. */
  #gap = "";

  constructor(world: World, given: readonly Choice[], options: ExploreOptions) {
    this.#world = world;
    this.tape = new Tape(given);
    this.#stepsMax = options.stepsMax ?? 1_000;
    this.#rushesLeft = options.rushedMax ?? 0;
    this.#hops = [...options.hops ?? [0, 1, 2]].sort((one, other) => one - other);
  }

  /** Bounded by `stepsMax`. */
  async play(): Promise<void> {
    await this.#rest();
    for (;;) {
      const enabled = this.#world.enabled();
      if (enabled.length === 0) break;
      this.#take(enabled);
      // Inline and with no await too many: a rush is counted in microtask hops.
      let isRushed = false;
      for (let at = 0, hop = 0; at < this.#hops.length && this.#rushesLeft > 0; at++) {
        for (; hop < this.#hops[at]!; hop++) await null;
        isRushed = this.#rushes(hop);
        if (isRushed) break;
      }
      if (!isRushed) await this.#rest();
    }
    this.#world.finish?.();
    this.tape.end();
  }

  async #rest(): Promise<void> {
    await quiet();
    this.#gap = "";
    this.#world.check?.();
  }

  /** Whether the next step comes now. There is no choice where none is enabled. */
  #rushes(hop: number): boolean {
    if (this.#world.enabled().length === 0) return false;
    const gap = ` (${hop} ${hop === 1 ? "hop" : "hops"} later)`;
    if (this.tape.choose(["wait", gap]) === 0) return false;
    this.#gap = gap;
    this.#rushesLeft--;
    return true;
  }

  #take(enabled: readonly Step[]): void {
    if (this.schedule.length >= this.#stepsMax) {
      throw new Error(`Schedule does not end: it took ${this.#stepsMax} steps`);
    }
    const step = enabled[this.tape.choose(enabled.map(({ label }) => label))]!;
    this.schedule.push(step.label + this.#gap);
    step.run();
  }
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
 * Limits: `schedulesMax` schedules, `stepsMax` steps in each. Memory is that of one schedule.
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
  const { schedulesMax = 100_000 } = options;
  let schedules = 0;
  let steps = 0;
  let given: Choice[] | undefined = [];
  while (given !== undefined) {
    if (schedules === schedulesMax) return { schedules, steps, complete: false };
    const playback: Playback = new Playback(createWorld(), given, options);
    await played(playback);
    schedules++;
    steps += playback.schedule.length;
    given = following(playback.tape.taken);
  }
  return { schedules, steps, complete: true };
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
  tape: readonly number[],
  options: ReplayOptions = {},
): Promise<readonly string[]> {
  const given = tape.map((index) => ({ index, labels: undefined }));
  const playback = new Playback(createWorld(), given, options);
  let failure: unknown;
  await played(playback).catch((error) => failure = error);
  const { schedule } = playback;
  if (options.schedule !== undefined && !isSame(options.schedule, schedule)) {
    throw failed(playback, new DivergedError(`[${options.schedule}]`, `[${schedule}]`));
  }
  if (failure !== undefined) throw failure;
  return schedule;
}

async function played(playback: Playback): Promise<void> {
  try {
    await playback.play();
  } catch (cause) {
    throw failed(playback, cause);
  }
}

function failed({ schedule, tape }: Playback, cause: unknown): ScheduleError {
  return new ScheduleError(cause, schedule, tape.taken.map(({ index }) => index));
}

/** The choices of the next schedule, depth first: the last one that has a choice left takes it. */
function following(taken: readonly Choice[]): Choice[] | undefined {
  for (let at = taken.length - 1; at >= 0; at--) {
    const { index, labels } = taken[at]!;
    if (index + 1 < labels!.length) return [...taken.slice(0, at), { index: index + 1, labels }];
  }
  return undefined;
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((label, at) => label === others[at]);
}
