import { GAP, Playback, type PlaybackOptions } from "./playback.ts";
import { DivergedError, ScheduleError } from "./schedule_error.ts";
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

  constructor(worlds: Iterable<() => W>, options: FrontierOptions = {}) {
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
    const strategy = new TapeStrategy(branch.tape);
    const playback = new Playback(branch.createWorld(), strategy, this.#options);
    this.#branchOf.set(playback, branch);
    return playback;
  }

  /**
   * A schedule is over: what branches off from it is still to be played. Returns an error if it went
   * another way than the one it branched from, which is the world's fault.
   */
  over(playback: Playback<W>): ScheduleError | undefined {
    const branch = this.#branchOf.get(playback)!;
    this.#branchOf.delete(playback);
    if (playback.isTwin) {
      this.#begun--;
      return undefined;
    }
    this.#schedules++;
    const labels = playback.schedule;
    const cause = divergenceOf(branch, { labels, arities: playback.arities });
    if (cause !== undefined) return new ScheduleError(cause, labels, trimmed(playback.tape));
    this.#branchOff(playback, branch, labels);
    return undefined;
  }

  #nextWorld(): Branch<W> | undefined {
    if (this.#isExhausted) return undefined;
    const next = this.#worlds.next();
    this.#isExhausted = next.done === true;
    if (next.done) return undefined;
    return { ...START, createWorld: next.value };
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

const START = { tape: [], deviations: 0, rushed: 0, labels: [], labelCount: 0, arities: [] };

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
