import fc from "fast-check";
import { Frontier, type FrontierOptions } from "../sim/frontier.ts";
import { Random } from "../sim/random.ts";
import { strategyOf } from "../sim/strategy.ts";
import { TapeStrategy } from "../sim/tape.ts";
import type { HostWorld } from "./host_world.ts";
import { allLists, cheapestLists, type Operation, operationLists } from "./operations.ts";
import {
  type HostPlayback,
  type Lane,
  playbackOf,
  type Story,
  type Subject,
  worldOf,
} from "./story.ts";

/** A part of a search: gives schedules, one after the other. */
export interface SearchLane {
  readonly name: string;
  readonly bounds: string;
  /** The next schedule; `"wait"` if others must be over first; `undefined` if there is none left. */
  next(): HostPlayback | "wait" | undefined;
  /** A schedule is over. Returns an error if it did not do what the same choices did before. */
  over(playback: HostPlayback): unknown;
  /** Whether everything within the bounds was played; `undefined` where there is no such thing. */
  readonly isComplete: boolean | undefined;
  /** The story of a schedule of this lane. */
  storyOf(playback: HostPlayback): Story;
  /** The seed that makes it again. */
  readonly seed: number;
}

/** Which lists of operations an {@linkcode exhaustiveLane} goes through. */
export interface Scope {
  readonly operations: readonly Operation[];
  /** Lists of up to so many. */
  readonly lengthMax: number;
  /** Whether lists of operations that come early go before short lists; see `cheapestLists`. Default: `false`. */
  readonly cheapestFirst?: boolean;
  readonly lane?: Lane;
  readonly bounds?: FrontierOptions;
  /** Of all lists, number `at` of each `of`: for searches that share the work. Default: all. */
  readonly part?: { readonly at: number; readonly of: number };
}

/** All lists of operations up to a length, each in all schedules within the bounds. */
export function exhaustiveLane(subject: Subject, scope: Scope): SearchLane {
  const { lane = {}, bounds = {}, part = { at: 0, of: 1 } } = scope;
  const lists = new WeakMap<HostWorld, readonly Operation[]>();
  const frontier = new Frontier<HostWorld>(worlds(), { schedulesMax: Infinity, ...bounds });
  function* worlds(): Generator<() => HostWorld> {
    let count = 0;
    for (const operations of listsOf(scope)) {
      if (count++ % part.of !== part.at) continue;
      yield () => {
        const world = worldOf(subject, { operations, lane });
        lists.set(world, operations);
        return world;
      };
    }
  }
  return {
    name: "exhaustive",
    bounds: boundsOf(scope),
    seed: 0,
    next: () => frontier.next(),
    over: (playback) => frontier.over(playback),
    get isComplete() {
      return frontier.isComplete;
    },
    storyOf: ({ world, tape }) => ({ operations: lists.get(world)!, tape, lane }),
  };
}

function* listsOf(
  { operations, lengthMax, cheapestFirst = false }: Scope,
): Generator<readonly Operation[]> {
  if (cheapestFirst) return yield* cheapestLists(operations, lengthMax);
  for (let length = 1; length <= lengthMax; length++) yield* allLists(operations, length);
}

function boundsOf({ operations, lengthMax, lane, bounds = {} }: Scope): string {
  const { deviationsMax, rushedMax = 0, hops = [0, 1, 2], isIndependent } = bounds;
  const sessions = new Set(operations.flatMap(({ session }) => session === "" ? [] : [session]));
  const parts = [
    `all lists of up to ${lengthMax} of ${operations.length} operations on ${
      sessions.size > 1 ? `${sessions.size} sessions` : "one session"
    }`,
  ];
  parts.push(deviationsMax === undefined ? "all orders" : `up to ${deviationsMax} deviations`);
  if (rushedMax > 0) parts.push(`${rushedMax} of them ${hops.join(", ")} hops after another step`);
  if (isIndependent !== undefined) parts.push("the order of steps of different sessions left out");
  if (lane?.racy) parts.push("timers at any time");
  return parts.join(", ");
}

/** Options of {@linkcode randomLane}. */
export interface RandomLaneOptions {
  readonly operations: readonly Operation[];
  readonly seed: number;
  /** How many schedules. */
  readonly runs: number;
  /** `portfolio`, or one of its strategies. */
  readonly strategy?: string;
  readonly operationsMax?: number;
  readonly sessionsMax?: number;
  /** Steps of work in each run: the uncompressed lane. */
  readonly workSteps?: number;
  /** Whether half of the schedules have timers that may come at any time. Default: `true`. */
  readonly racy?: boolean;
}

/** Lists of operations are made so many at a time. */
const BATCH = 64;

/**
 * Random lists of operations, each in one random schedule: another list finds more than another order
 * of the same one.
 */
export function randomLane(subject: Subject, options: RandomLaneOptions): SearchLane {
  const { operations, seed, runs, strategy = "portfolio", workSteps, racy = true } = options;
  const arbitrary = operationLists(operations, options);
  const random = new Random(seed);
  const stories = new WeakMap<HostWorld, Omit<Story, "tape">>();
  let lists: Operation[][] = [];
  let begun = 0;
  return {
    name: workSteps === undefined ? strategy : "uncompressed",
    bounds: `random lists of up to ${options.operationsMax ?? 8} operations on up to ${
      options.sessionsMax ?? 3
    } sessions${workSteps === undefined ? "" : `, ${workSteps} steps of work in each turn`}`,
    seed,
    isComplete: undefined,
    next: () => {
      if (begun >= runs) return undefined;
      const at = begun++;
      if (at % BATCH === 0) {
        lists = fc.sample(arbitrary, { numRuns: BATCH, seed: (seed + at) | 0 });
      }
      const list = lists[at % BATCH]!;
      // Half of the lists have timers that may come at any time.
      const lane = {
        racy: racy && at % 2 === 1,
        ...(workSteps === undefined ? {} : { workSteps }),
      };
      const playback = playbackOf(subject, {
        operations: list,
        lane,
        strategy: strategyOf(strategy, random.fork(), { at, steps: list.length * 4 }),
      });
      stories.set(playback.world, { operations: list, lane });
      return playback;
    },
    over: isNoTwin,
    storyOf: ({ world, tape }) => ({ ...stories.get(world)!, tape }),
  };
}

/** Stories that were found before. */
export function tapesLane(subject: Subject, stories: readonly Story[]): SearchLane {
  const storyOfWorld = new WeakMap<HostWorld, Story>();
  let begun = 0;
  return {
    name: "regression tapes",
    bounds: `${stories.length} ${stories.length === 1 ? "story" : "stories"} found before`,
    seed: 0,
    // They are no bounds within which anything is searched.
    isComplete: undefined,
    next: () => {
      const story = stories[begun++];
      if (story === undefined) return undefined;
      // A tape of an older host may not fit: the nearest schedule is as good a test.
      const strategy = new TapeStrategy(story.tape, { lenient: true });
      const playback = playbackOf(subject, { ...story, strategy });
      storyOfWorld.set(playback.world, story);
      return playback;
    },
    over: isNoTwin,
    storyOf: ({ world, tape }) => ({ ...storyOfWorld.get(world)!, tape }),
  };
}

/**
 * Where schedules do not branch off from each other none is the twin of another: a step that was to come
 * in the middle of something, and found nothing to do, came at rest.
 */
function isNoTwin(playback: HostPlayback): undefined {
  playback.isTwin = false;
}
