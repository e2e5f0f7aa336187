import type { Random } from "./random.ts";
import type { Step } from "./world.ts";

/** Decides one schedule. Made anew for each. */
export interface Strategy {
  /** Its name in a report. */
  readonly name: string;
  /**
   * Which of these comes now. The actor of the step before comes first, if it has a step; the others
   * follow, the oldest first. Only asked where there are several. -1 gives the schedule up.
   */
  pick(options: Options): number;
  /** Whether the only step that there is may come. If not, the schedule is given up. */
  admits?(step: Step): boolean;
  /** Told of each step that is taken. */
  taking?(step: Step): void;
  /** 0: the next step comes at rest. `h + 1`: it comes `h` microtask hops after the last. */
  gap(): number;
}

/** The steps to choose from, in the order in which a tape counts them. */
export class Options {
  #steps: readonly Step[] = [];
  /** Where the step of the current actor is among the steps; 0 also if it has none. */
  #current = 0;

  /** The steps that are enabled now, and whose the last one was. Nothing is copied. */
  set(steps: readonly Step[], actor: string | undefined): this {
    this.#steps = steps;
    this.#current = 0;
    if (actor !== undefined && steps.length > 1) {
      for (let at = 0; at < steps.length; at++) {
        if (steps[at]!.actor !== actor) continue;
        this.#current = at;
        break;
      }
    }
    return this;
  }

  get length(): number {
    return this.#steps.length;
  }

  /** Option number `index`. */
  at(index: number): Step {
    if (index === 0) return this.#steps[this.#current]!;
    return this.#steps[index <= this.#current ? index - 1 : index]!;
  }
}

/** How often, in random schedules, a step comes in the middle of what the one before set off. */
const RUSHED_OF_8 = 4;
/** The hops after which it may come then, from 0. */
const RANDOM_HOPS = 6;

function randomGap(random: Random): number {
  return random.below(8) < RUSHED_OF_8 ? 1 + random.below(RANDOM_HOPS) : 0;
}

/** Any step with the same chance. What `fc.scheduler` does, plus steps that are not taken at rest. */
export class UniformStrategy implements Strategy {
  readonly name = "uniform";
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  pick(options: Options): number {
    return this.#random.below(options.length);
  }

  gap(): number {
    return randomGap(this.#random);
  }
}

/**
 * Stays with one actor for a while, then commits to another: long stretches of one actor are what
 * uniform picks nearly never give, and what a late release needs.
 */
export class CommitStrategy implements Strategy {
  readonly name = "commit";
  readonly #random: Random;
  #actor: string | undefined;

  constructor(random: Random) {
    this.#random = random;
  }

  pick(options: Options): number {
    const isLoyal = this.#random.below(4) > 0;
    if (isLoyal) {
      for (let at = 0; at < options.length; at++) {
        if (options.at(at).actor === this.#actor) return at;
      }
    }
    const index = this.#random.below(options.length);
    this.#actor = options.at(index).actor;
    return index;
  }

  gap(): number {
    return randomGap(this.#random);
  }
}

/**
 * Probabilistic concurrency testing: each actor gets a random priority, the highest that can move
 * moves, and at `depth - 1` random steps the one that would move falls to the bottom. A bug that needs
 * `depth` ordered steps is found with a probability that has a lower bound.
 */
export class PctStrategy implements Strategy {
  readonly name: string;
  readonly #random: Random;
  readonly #priorities = new Map<string, number>();
  readonly #changes: readonly number[];
  #picks = 0;
  #lowest = 0;

  /** `steps` is how many choices a schedule is expected to have. */
  constructor(random: Random, options: { depth: number; steps: number }) {
    const { depth, steps } = options;
    this.#random = random;
    this.name = `pct d=${depth}`;
    this.#changes = Array.from({ length: depth - 1 }, () => random.below(Math.max(1, steps)));
  }

  pick(options: Options): number {
    let best = this.#best(options);
    if (this.#changes.includes(this.#picks++)) {
      this.#priorities.set(actorOf(options.at(best)), --this.#lowest);
      best = this.#best(options);
    }
    return best;
  }

  gap(): number {
    return randomGap(this.#random);
  }

  #best(options: Options): number {
    let best = 0;
    let highest = -Infinity;
    for (let at = 0; at < options.length; at++) {
      const priority = this.#priorityOf(actorOf(options.at(at)));
      if (priority <= highest) continue;
      highest = priority;
      best = at;
    }
    return best;
  }

  #priorityOf(actor: string): number {
    let priority = this.#priorities.get(actor);
    if (priority === undefined) this.#priorities.set(actor, priority = this.#random.fraction());
    return priority;
  }
}

function actorOf(step: Step): string {
  return step.actor ?? step.label;
}

/** The random strategies, one after the other. */
export const PORTFOLIO: readonly string[] = [
  "commit",
  "pct d=2",
  "uniform",
  "pct d=3",
  "commit",
  "pct d=5",
  "uniform",
];

/** The strategy of this name; of the portfolio's, if the name is `portfolio`, number `at`. */
export function strategyOf(name: string, random: Random, options: StrategyOptions): Strategy {
  const { at = 0, steps = 12 } = options;
  if (name === "portfolio") {
    return strategyOf(PORTFOLIO[at % PORTFOLIO.length]!, random, options);
  }
  if (name === "uniform") return new UniformStrategy(random);
  if (name === "commit") return new CommitStrategy(random);
  const depth = /^pct d=(\d+)$/.exec(name)?.[1];
  if (depth !== undefined) return new PctStrategy(random, { depth: Number(depth), steps });
  throw new TypeError(
    `Cannot use strategy "${name}": it must be one of ${["portfolio", ...new Set(PORTFOLIO)]}`,
  );
}

/** Options of {@linkcode strategyOf}. */
export interface StrategyOptions {
  /** Which schedule this is, from 0. */
  at?: number;
  /** How many choices a schedule is expected to have. Default: 12. */
  steps?: number;
}
