import { quiet } from "./quiet.ts";
import { ScheduleError } from "./schedule_error.ts";
import { Options, type Strategy } from "./strategy.ts";
import { trimmed } from "./tape.ts";
import type { Step, World } from "./world.ts";

/** Options of a {@linkcode Playback}. */
export interface PlaybackOptions {
  /** More steps than this in one schedule are a failure: it does not end. Default: 1,000. */
  stepsMax?: number;
}

/** One step of a schedule, as it was taken. */
export interface TakenStep {
  readonly step: Step;
  /** The microtask hops after the step before; -1 at rest. */
  readonly hops: number;
  /** Whether it was chosen, and not the plainest. */
  readonly isDeviation: boolean;
}

/** A gap on the tape, which has as many alternatives as whoever explores it wants. */
export const GAP = 0;

/** One schedule of one world: plays it, and remembers what was chosen. */
export class Playback<W extends World = World> {
  readonly world: W;
  readonly taken: TakenStep[] = [];
  /** What was chosen, a number for each choice; see `Tape`. */
  readonly tape: number[] = [];
  /** What each choice was out of: so many steps, or {@linkcode GAP}. */
  readonly arities: number[] = [];
  /** How many steps were taken before each choice. */
  readonly stepsBefore: number[] = [];
  /** It was to go on so many hops later, and there was nothing to do: it is another schedule's twin. */
  isTwin = false;
  readonly strategy: Strategy;
  readonly #stepsMax: number;
  readonly #options = new Options();
  #actor: string | undefined;

  constructor(world: W, strategy: Strategy, options: PlaybackOptions = {}) {
    this.world = world;
    this.strategy = strategy;
    this.#stepsMax = options.stepsMax ?? 1_000;
  }

  /** The schedule as lines of text. */
  get schedule(): string[] {
    return this.taken.map(({ step, hops }) => {
      if (hops < 0) return step.label;
      return `${step.label} (${hops} ${hops === 1 ? "hop" : "hops"} later)`;
    });
  }

  /**
   * Plays it to its end, once. Bounded by `stepsMax`.
   *
   * @throws {ScheduleError} if a step, a check or the end throws
   */
  async play(): Promise<void> {
    try {
      await this.#play();
    } catch (cause) {
      throw new ScheduleError(cause, this.schedule, trimmed(this.tape));
    }
  }

  async #play(): Promise<void> {
    const { world } = this;
    let hops = -1;
    for (;;) {
      if (hops < 0) {
        await quiet();
        world.check?.();
      }
      const enabled = world.enabled();
      if (enabled.length > 0) {
        if (!this.#take(enabled, hops)) return this.#giveUp();
        const gap = this.#chose(this.strategy.gap(), GAP);
        // Not an await too many from here on: a rush is counted in microtask hops.
        for (let hop = 1; hop < gap; hop++) await null;
        hops = gap - 1;
      } else if (hops >= 0) {
        this.isTwin = true;
        hops = -1;
      } else if (world.isMoving === undefined || !await world.isMoving()) {
        break;
      }
    }
    world.finish?.();
  }

  /** It would only tell again what another schedule told. */
  #giveUp(): void {
    this.isTwin = true;
    this.world.release?.();
  }

  /** Takes a step, unless the schedule is given up. */
  #take(enabled: readonly Step[], hops: number): boolean {
    if (this.taken.length >= this.#stepsMax) {
      throw new Error(`Schedule does not end: it took ${this.#stepsMax} steps`);
    }
    const index = this.#pick(enabled);
    if (index < 0) return false;
    const step = this.#options.at(index);
    this.taken.push({ step, hops, isDeviation: index > 0 || hops >= 0 });
    this.#actor = step.actor;
    this.strategy.taking?.(step);
    this.world.taking?.(step, this.taken.length);
    step.run();
    return true;
  }

  #pick(enabled: readonly Step[]): number {
    const options = this.#options.set(enabled, this.#actor);
    if (options.length > 1) return this.#chose(this.strategy.pick(options), options.length);
    return this.strategy.admits?.(options.at(0)) ?? true ? 0 : -1;
  }

  #chose(choice: number, arity: number): number {
    this.tape.push(choice);
    this.arities.push(arity);
    this.stepsBefore.push(this.taken.length);
    return choice;
  }
}
