import type { Guarantee } from "../oracles/oracles.ts";
import { Frontier } from "../sim/frontier.ts";
import { lockstep } from "../sim/lockstep.ts";
import { deviationsOf, trimmed } from "../sim/tape.ts";
import type { HostWorld } from "./host_world.ts";
import type { Operation } from "./operations.ts";
import {
  type HostPlayback,
  type Lane,
  playStory,
  type Story,
  type Subject,
  worldOf,
} from "./story.ts";

/** Schedules that are tried for one smaller list of operations. */
const TRIED_MAX = 400;
/** How many schedules are under way at a time. */
const CONCURRENCY = 16;
/** Deviations that are tried for a smaller list. */
const DEVIATIONS_MAX = 3;
/** The hops that are tried. */
const HOPS = [0, 1, 2, 3, 4, 5, 6];

/** Options of {@linkcode shrinkStory}. */
export interface ShrinkOptions {
  /** Schedules that are played at most. Default: 20,000. */
  schedulesMax?: number;
  /** Whether worlds may be under way side by side. Default: one at a time. */
  sideBySide?: boolean;
  /** Asked before each schedule: whether what was found so far must do. */
  isOver?(): boolean;
}

/**
 * The smallest story that breaks the same guarantee: fewest operations first, then the plainest
 * operations, then the fewest deviations of the schedule, then the plainest deviations.
 */
export async function shrinkStory(
  subject: Subject,
  found: { story: Story; guarantee: Guarantee },
  options: ShrinkOptions = {},
): Promise<Story> {
  const shrinking = new Shrinking(subject, found.guarantee, options);
  let { story } = found;
  // What costs few schedules first: most of what has nothing to do with it is gone by then.
  for (let deviations = 0; deviations <= DEVIATIONS_MAX;) {
    shrinking.deviations = deviations;
    const smaller = await shrinking.plainer(await shrinking.fewer(story));
    deviations = smaller === story ? deviations + 1 : 0;
    story = smaller;
  }
  const { operations, lane, tape } = await shrinking.straighter(story);
  return { operations, lane, tape: trimmed(tape) };
}

class Shrinking {
  /** How many deviations are tried for a smaller list; fewer have been tried before. */
  deviations = 0;
  readonly #subject: Subject;
  readonly #guarantee: Guarantee;
  readonly #concurrency: number;
  readonly #isOver: () => boolean;
  #left: number;

  constructor(subject: Subject, guarantee: Guarantee, options: ShrinkOptions) {
    this.#subject = subject;
    this.#guarantee = guarantee;
    this.#isOver = () => options.isOver?.() ?? false;
    this.#concurrency = options.sideBySide ? CONCURRENCY : 1;
    this.#left = options.schedulesMax ?? 20_000;
  }

  /** Takes operations out, from large chunks to single ones, until none can go. */
  async fewer(story: Story): Promise<Story> {
    let best = story;
    for (let size = Math.max(1, best.operations.length >> 1); size > 0;) {
      const smaller = await this.#without(best, size);
      if (smaller === undefined) size >>= 1;
      else best = smaller;
      if (size > best.operations.length) size = Math.max(1, best.operations.length >> 1);
    }
    return best;
  }

  async #without(story: Story, size: number): Promise<Story | undefined> {
    const { operations } = story;
    // The last ones first: they are the most likely to have nothing to do with it.
    for (let at = operations.length - size; at >= 0; at--) {
      const rest = [...operations.slice(0, at), ...operations.slice(at + size)];
      if (rest.length === 0) continue;
      const smaller = await this.#find(rest, story);
      if (smaller !== undefined) return smaller;
    }
    return undefined;
  }

  /** Takes what is special about the operations and about the lane away, one after the other. */
  async plainer(story: Story): Promise<Story> {
    let best = story;
    for (const lane of plainerLanes(best.lane)) {
      const plain = await this.#find(best.operations, { ...best, lane });
      if (plain === undefined) continue;
      best = plain;
      break;
    }
    const names = renamed(best.operations);
    const isNamed = names.every((operation, at) => operation === best.operations[at]);
    if (!isNamed) best = await this.#find(names, best) ?? best;
    for (let at = 0; at < best.operations.length; at++) {
      for (const plain of plainerThan(best.operations[at]!)) {
        const operations = best.operations.with(at, plain);
        const smaller = await this.#find(operations, best);
        if (smaller === undefined) continue;
        best = smaller;
        break;
      }
    }
    return await this.#inLine(best);
  }

  /** A message for the end of a turn may be overtaken: it is sent at its place in the list, if it can. */
  async #inLine(story: Story): Promise<Story> {
    const { operations } = story;
    for (let at = 0; at < operations.length - 1; at++) {
      const { cleanupHops, ...plain } = operations[at]!;
      if (cleanupHops === undefined) continue;
      for (let place = at + 1; place < operations.length; place++) {
        const moved = operations.toSpliced(at, 1).toSpliced(place, 0, plain);
        const found = await this.#find(moved, story);
        if (found !== undefined) return found;
      }
    }
    return story;
  }

  /** The fewest deviations: tries all schedules with none, with one, and so on. */
  async straighter(story: Story): Promise<Story> {
    const { operations, lane } = story;
    const deviations = deviationsOf(story.tape);
    for (let bound = 0; bound < Math.min(deviations, 4); bound++) {
      for (const rushed of bound === 0 ? [0] : [0, 1]) {
        const bounds = { deviations: bound, rushed, tried: 4_000 };
        const straight = await this.#search(operations, lane, bounds);
        if (straight !== undefined) return straight;
      }
    }
    return await this.#plainTape(story);
  }

  /** Makes each choice as plain as it can be, from the last to the first. */
  async #plainTape(story: Story): Promise<Story> {
    let best = story;
    for (let at = best.tape.length - 1; at >= 0; at--) {
      for (let choice = 0; choice < (best.tape[at] ?? 0); choice++) {
        const tape = trimmed(best.tape.with(at, choice));
        const plain = await this.#again({ ...best, tape });
        if (plain === undefined) continue;
        best = plain;
        break;
      }
    }
    return best;
  }

  /** A story of these operations: the old schedule as far as it fits, or one with few deviations. */
  async #find(operations: readonly Operation[], old: Story): Promise<Story | undefined> {
    const { deviations } = this;
    if (deviations === 0) {
      const again = await this.#again({ operations, tape: old.tape, lane: old.lane });
      if (again !== undefined) return again;
    }
    // At rest first: there are few such schedules, and they are the easiest to follow.
    for (const rushed of deviations === 0 ? [0] : [0, 1]) {
      const bounds = { deviations, rushed, tried: TRIED_MAX };
      const found = await this.#search(operations, old.lane, bounds);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async #again(story: Story): Promise<Story | undefined> {
    if (this.#left-- <= 0 || this.#isOver()) return undefined;
    const playback = await playStory(this.#subject, story, { lenient: true });
    return this.#isIt(playback) ? storyOf(playback, story) : undefined;
  }

  async #search(
    operations: readonly Operation[],
    lane: Lane,
    bounds: { deviations: number; rushed: number; tried: number },
  ): Promise<Story | undefined> {
    const frontier = new Frontier<HostWorld>([() => worldOf(this.#subject, { operations, lane })], {
      schedulesMax: Math.min(bounds.tried, this.#left),
      deviationsMax: bounds.deviations,
      rushedMax: bounds.rushed,
      hops: HOPS,
    });
    let best: HostPlayback | undefined;
    await lockstep<HostWorld>({
      next: () => best === undefined && !this.#isOver() ? frontier.next() : undefined,
      over: (playback, error) => {
        frontier.over(playback);
        playback.world.release();
        if (error !== undefined || !this.#isIt(playback)) return;
        if (best === undefined || isPlainer(playback.tape, best.tape)) best = playback;
      },
      concurrency: this.#concurrency,
    });
    this.#left -= frontier.schedules;
    return best === undefined ? undefined : storyOf(best, { operations, lane });
  }

  #isIt({ world }: HostPlayback): boolean {
    return world.broken[0]?.guarantee === this.#guarantee;
  }
}

function storyOf(
  playback: HostPlayback,
  of: { operations: readonly Operation[]; lane: Lane },
): Story {
  return { operations: of.operations, lane: of.lane, tape: trimmed(playback.tape) };
}

function isPlainer(one: readonly number[], other: readonly number[]): boolean {
  for (let at = 0; at < Math.max(one.length, other.length); at++) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** The lanes that have less that is special, the plainest first. */
function plainerLanes({ racy, workSteps }: Lane): Lane[] {
  if (racy && workSteps) return [{}, { racy }, { workSteps }];
  return racy || workSteps ? [{}] : [];
}

/** The sessions by their first letters, in the order in which they come up. */
function renamed(operations: readonly Operation[]): Operation[] {
  const names = new Map<string, string>();
  return operations.map((operation) => {
    const { session } = operation;
    if (session === "") return operation;
    if (!names.has(session)) names.set(session, String.fromCharCode(97 + names.size));
    const name = names.get(session)!;
    return name === session ? operation : { ...operation, session: name };
  });
}

/** What an operation could be instead, the plainest first. */
function plainerThan(operation: Operation): Operation[] {
  const { what, session, ms } = operation;
  const kept = { what, session, ...(ms === undefined ? {} : { ms }) };
  const first = session === "" ? kept : { ...kept, session: "a" };
  const candidates: Operation[] = [first, kept];
  for (const name of Object.keys(operation) as (keyof Operation)[]) {
    if (name in kept) continue;
    const { [name]: _gone, ...rest } = operation;
    candidates.push(rest as Operation);
  }
  const own = JSON.stringify(operation);
  return candidates.filter((candidate) => JSON.stringify(candidate) !== own);
}
