import { GAP, Playback, type PlaybackOptions } from "./playback.ts";
import { DivergedError, ScheduleError } from "./schedule_error.ts";
import { alternativesTo, type IsIndependent, SleepStrategy, type StepName } from "./sleep_sets.ts";
import type { Strategy } from "./strategy.ts";
import { TapeStrategy, trimmed } from "./tape.ts";
import type { World } from "./world.ts";

/** Bounds of an exhaustive search. */
export interface FrontierOptions extends PlaybackOptions {
  /** After how many schedules to give up, with `complete: false`. Default: 100,000. */
  schedulesMax?: number;
  /**
   * How many steps of a schedule may be *rushed*: taken a few microtask hops after the step before,
   * and not at rest. Default: 0.
   */
  rushedMax?: number;
  /** After how many hops a rushed step may come; 0 is the same synchronous block. Default: 0, 1, 2. */
  hops?: readonly number[];
  /** How many choices of a schedule may differ from the plainest one. Default: all. */
  deviationsMax?: number;
  /**
   * Which steps make no difference to each other: of schedules that differ only in the order of such
   * steps one is played (a partial-order reduction). Only for schedules at rest, without a bound on
   * deviations; it is as true as what this says. Default: any step may make a difference to any other.
   */
  isIndependent?: IsIndependent;
}

/** A schedule that is still to be played: the choices of another up to one that is different. */
interface Branch<W> {
  readonly createWorld: () => W;
  readonly tape: readonly number[];
  readonly deviations: number;
  readonly rushed: number;
  /** The steps that it has in common with the one it branched from. */
  readonly labels: readonly string[];
  readonly labelCount: number;
  /** What the choices of that one were out of. */
  readonly arities: readonly number[];
  /** What need not come for now, as it has come in another schedule. */
  readonly asleep: readonly StepName[];
}

/**
 * What is still to be played so that all schedules within the bounds are, each once: depth first, one
 * world after the other. Schedules may be played side by side.
 */
export class Frontier<W extends World> {
  readonly #options: FrontierOptions;
  readonly #worlds: Iterator<() => W>;
  readonly #branches: Branch<W>[] = [];
  readonly #branchOf = new Map<Playback<W>, Branch<W>>();
  readonly #hops: readonly number[];
  #schedules = 0;
  #begun = 0;
  #isExhausted = false;
  #isCut = false;

  /** @throws {TypeError} if bounds are given that can not go together */
  constructor(worlds: Iterable<() => W>, options: FrontierOptions = {}) {
    const { isIndependent, rushedMax = 0, deviationsMax = Infinity } = options;
    if (isIndependent !== undefined && (rushedMax > 0 || deviationsMax !== Infinity)) {
      throw new TypeError(
        "Cannot reduce by independence: it goes with neither rushedMax nor deviationsMax",
      );
    }
    this.#worlds = worlds[Symbol.iterator]();
    this.#options = options;
    this.#hops = [...options.hops ?? [0, 1, 2]].sort((one, other) => other - one);
  }

  /** How many schedules are over, twins not counted. */
  get schedules(): number {
    return this.#schedules;
  }

  /** Whether nothing is left, and nothing was left out. */
  get isComplete(): boolean {
    return this.#isExhausted && !this.#isCut && this.#branches.length === 0 &&
      this.#branchOf.size === 0;
  }

  /** The next schedule; `"wait"` if one that is under way may bring others. */
  next(): Playback<W> | "wait" | undefined {
    const branch = this.#branches.pop() ?? this.#nextWorld();
    if (branch === undefined) return this.#branchOf.size > 0 ? "wait" : undefined;
    if (this.#begun >= (this.#options.schedulesMax ?? 100_000)) {
      this.#isCut = true;
      return undefined;
    }
    this.#begun++;
    const playback = new Playback(branch.createWorld(), this.#strategyOf(branch), this.#options);
    this.#branchOf.set(playback, branch);
    return playback;
  }

  #strategyOf({ tape, asleep }: Branch<W>): Strategy {
    const { isIndependent } = this.#options;
    if (isIndependent === undefined) return new TapeStrategy(tape);
    return new SleepStrategy(tape, { asleep, isIndependent });
  }

  /**
   * A schedule is over: what branches off from it is still to be played. Returns an error if it went
   * another way than the one it branched from, which is the world's fault.
   */
  over(playback: Playback<W>): ScheduleError | undefined {
    const branch = this.#branchOf.get(playback)!;
    this.#branchOf.delete(playback);
    const { strategy } = playback;
    if (playback.isTwin) {
      this.#begun--;
      // What was chosen before it was given up may have been chosen otherwise.
      if (strategy instanceof SleepStrategy) this.#wake(playback, branch, strategy);
      return undefined;
    }
    this.#schedules++;
    const labels = playback.schedule;
    const cause = divergenceOf(branch, { labels, arities: playback.arities });
    if (cause !== undefined) return new ScheduleError(cause, labels, trimmed(playback.tape));
    if (strategy instanceof SleepStrategy) this.#wake(playback, branch, strategy);
    else this.#branchOff(playback, branch, labels);
    return undefined;
  }

  #nextWorld(): Branch<W> | undefined {
    if (this.#isExhausted) return undefined;
    const next = this.#worlds.next();
    this.#isExhausted = next.done === true;
    if (next.done) return undefined;
    return { ...START, createWorld: next.value };
  }

  /** What branches off where only steps that are awake are chosen. */
  #wake(playback: Playback<W>, parent: Branch<W>, { choices }: SleepStrategy): void {
    const { tape, arities, stepsBefore, schedule } = playback;
    for (const choice of choices) {
      const { at } = choice;
      for (const { index, asleep } of alternativesTo(choice, this.#options.isIndependent!)) {
        this.#branches.push({
          ...parent,
          tape: [...tape.slice(0, at), index],
          labels: schedule,
          labelCount: stepsBefore[at]!,
          arities,
          asleep,
        });
      }
    }
  }

  #branchOff(playback: Playback<W>, parent: Branch<W>, labels: readonly string[]): void {
    const { deviationsMax = Infinity, rushedMax = 0 } = this.#options;
    const deviations = parent.deviations + 1;
    if (deviations > deviationsMax) return;
    const { tape, arities, stepsBefore } = playback;
    for (let at = parent.tape.length; at < tape.length; at++) {
      const branch = (choice: number, rushed: number) =>
        this.#branches.push({
          createWorld: parent.createWorld,
          tape: [...tape.slice(0, at), choice],
          deviations,
          rushed,
          labels,
          labelCount: stepsBefore[at]!,
          arities,
          asleep: [],
        });
      const arity = arities[at]!;
      if (arity !== GAP) {
        for (let index = arity - 1; index > 0; index--) branch(index, parent.rushed);
      } else if (parent.rushed < rushedMax) {
        for (const hop of this.#hops) branch(hop + 1, parent.rushed + 1);
      }
    }
  }
}

const START = {
  tape: [],
  deviations: 0,
  rushed: 0,
  labels: [],
  labelCount: 0,
  arities: [],
  asleep: [],
};

/** A schedule must do what the one did that it branched from, up to where it branched. */
function divergenceOf(
  { tape, labels, labelCount, arities }: Omit<Branch<World>, "createWorld">,
  found: { labels: readonly string[]; arities: readonly number[] },
): DivergedError | undefined {
  for (let at = 0; at < labelCount; at++) {
    if (labels[at] === found.labels[at]) continue;
    return new DivergedError(`step "${labels[at]}"`, `"${found.labels[at]}"`);
  }
  for (let at = 0; at < tape.length; at++) {
    if (arities[at] === found.arities[at]) continue;
    return new DivergedError(`choice ${at + 1} out of ${arities[at]}`, `${found.arities[at]}`);
  }
  return undefined;
}
