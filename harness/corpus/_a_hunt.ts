import { promisedBy } from "../kit/promised.ts";
import type { SearchLane } from "../kit/lanes.ts";
import { type Operation, operationsFor } from "../kit/operations.ts";
import { probeHost } from "../kit/probe.ts";
import { shrinkStory } from "../kit/shrink.ts";
import { playStory, type Story, type Subject } from "../kit/story.ts";
import type { Guarantee } from "../oracles/oracles.ts";
import { traceHashOf } from "../trace_hash.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** Makes the lane in which a bug is hunted. */
export type LaneOf = (subject: Subject, operations: readonly Operation[]) => SearchLane;

/** How a bug was found. */
export interface Kill {
  /** After so many schedules. */
  readonly schedules: number;
  /** The guarantee that tells of it, and all that the schedule broke. */
  readonly headline: Guarantee;
  readonly broken: readonly Guarantee[];
  /** What told of other schedules, before. */
  readonly before: ReadonlySet<Guarantee>;
  readonly subject: Subject;
  readonly story: Story;
}

/**
 * Plays a lane until a schedule breaks what is expected first, and what tells of it is expected, too: is
 * `wanted`, if that is given.
 */
export async function hunt(
  { buggy, expected, schedulesMax = 1_000 }: CorpusRow,
  laneOf: LaneOf,
  wanted?: Guarantee,
): Promise<Kill | undefined> {
  const subject = { adapter: buggy, judged: promisedBy(buggy) };
  const lane = laneOf(subject, operationsFor(await probeHost(buggy), buggy.features ?? []));
  const before = new Set<Guarantee>();
  let schedules = 0;
  for (let playback = lane.next(); playback !== undefined; playback = lane.next()) {
    if (playback === "wait") throw new Error("One schedule at a time, and it waits for another");
    await playback.play();
    const error = lane.over(playback);
    if (error !== undefined) throw error;
    if (playback.isTwin) continue;
    if (++schedules > schedulesMax) return undefined;
    const broken = playback.world.broken.map(({ guarantee }) => guarantee);
    const [headline] = broken;
    if (headline === undefined) continue;
    const isTold = wanted === undefined ? expected.includes(headline) : headline === wanted;
    if (isTold && broken.includes(expected[0])) {
      return { schedules, headline, broken, before, subject, story: lane.storyOf(playback) };
    }
    before.add(headline);
  }
  return undefined;
}

/** The smallest story of a kill, and the hash of its record. */
export async function shrunk(
  { subject, story, headline }: Kill,
): Promise<{ story: Story; hash: number }> {
  const small = await shrinkStory(subject, { story, guarantee: headline }, { sideBySide: true });
  const { world } = await playStory(subject, small);
  if (world.broken[0]?.guarantee !== headline) throw new Error("What was shrunk is another story");
  return { story: small, hash: traceHashOf(world.ledger) };
}
