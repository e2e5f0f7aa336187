import { Playback } from "../sim/playback.ts";
import { Random } from "../sim/random.ts";
import type { Strategy } from "../sim/strategy.ts";
import { type Tape, TapeStrategy } from "../sim/tape.ts";
import type { Guarantee } from "../oracles/oracles.ts";
import type { HostAdapter } from "./adapter.ts";
import type { EscapeWatch } from "./escape_watch.ts";
import { HostWorld } from "./host_world.ts";
import type { Operation } from "./operations.ts";

/** How a world is set up beside its operations. */
export interface Lane {
  /** Timers may come before other things that are ready. */
  readonly racy?: boolean;
  /** Steps of work in each run. */
  readonly workSteps?: number;
}

/** What is asked of a host, and in which order it comes: enough to see it again. */
export interface Story {
  readonly operations: readonly Operation[];
  readonly tape: Tape;
  readonly lane: Lane;
}

/** A host that is judged, and on what. */
export interface Subject {
  readonly adapter: HostAdapter;
  readonly judged: readonly Guarantee[];
  readonly watch?: EscapeWatch;
}

/** One schedule of a host. */
export type HostPlayback = Playback<HostWorld>;

/** More steps than this and a schedule does not end. */
export const STEPS_MAX = 2_000;

/** A fresh world of these operations. */
export function worldOf(
  { adapter, judged, watch }: Subject,
  { operations, lane }: { operations: readonly Operation[]; lane: Lane },
): HostWorld {
  // What a host draws is the same in each schedule: chance is not a choice.
  return new HostWorld({ adapter, judged, operations, random: new Random(1), watch, ...lane });
}

/** A schedule of these operations that is still to be played. */
export function playbackOf(
  subject: Subject,
  story: { operations: readonly Operation[]; lane: Lane; strategy: Strategy },
): HostPlayback {
  return new Playback(worldOf(subject, story), story.strategy, { stepsMax: STEPS_MAX });
}

/**
 * Plays a story again.
 *
 * @throws {ScheduleError} if the adapter fails, or if the tape does not fit (its `cause` is a
 * `DivergedError`), unless `lenient`
 */
export async function playStory(
  subject: Subject,
  story: Story,
  options: { lenient?: boolean } = {},
): Promise<HostPlayback> {
  const strategy = new TapeStrategy(story.tape, options);
  const playback = playbackOf(subject, { ...story, strategy });
  try {
    await playback.play();
  } finally {
    playback.world.release();
  }
  strategy.end();
  return playback;
}
