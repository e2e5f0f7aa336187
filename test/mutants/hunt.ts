import { formatOperation, type Guarantee, type HostAdapter } from "@lanekeeper/harness";
import { exhaustiveLane, randomLane, type SearchLane } from "../../harness/kit/lanes.ts";
import { operationsFor, parseOperation } from "../../harness/kit/operations.ts";
import { probeHost } from "../../harness/kit/probe.ts";
import { promisedBy } from "../../harness/kit/promised.ts";
import { shrinkStory } from "../../harness/kit/shrink.ts";
import type { Story, Subject } from "../../harness/kit/story.ts";
import { replayLineOf } from "../../harness/kit/violation.ts";
import type { SearchKill } from "./mutant.ts";

const SEED = 1;
const SCHEDULES_MAX = 1_000;
const HOPS = [0, 1, 2, 3, 4, 5, 6];

/** What a hunt came to. */
export interface Hunted {
  /** How many schedules were played. */
  readonly schedules: number;
  /** What told of the schedules that broke anything, the first schedule of each: in order. */
  readonly told: readonly Guarantee[];
  /** The first schedule that `wanted` told of. */
  readonly found: Found | undefined;
}

/** A schedule that was found. */
export interface Found {
  readonly subject: Subject;
  readonly guarantee: Guarantee;
  readonly story: Story;
}

/** Plays the schedules of a row until its guarantee tells of one, or, without `wanted`, all of them. */
export async function hunt(
  adapter: HostAdapter,
  search: SearchKill,
  wanted?: Guarantee,
): Promise<Hunted> {
  const { schedulesMax = SCHEDULES_MAX } = search;
  const subject = { adapter, judged: promisedBy(adapter) };
  const lane = await laneOf(subject, search);
  const told = new Set<Guarantee>();
  let schedules = 0;
  while (schedules < schedulesMax) {
    const playback = lane.next();
    if (playback === undefined) break;
    if (playback === "wait") throw new Error("One schedule at a time, and it waits for another");
    await playback.play().finally(() => playback.world.release());
    const error = lane.over(playback);
    if (error !== undefined) throw error;
    if (playback.isTwin) continue;
    schedules++;
    const headline = playback.world.broken[0]?.guarantee;
    if (headline === undefined) continue;
    told.add(headline);
    if (headline !== wanted) continue;
    const found = { subject, guarantee: headline, story: lane.storyOf(playback) };
    return { schedules, told: [...told], found };
  }
  return { schedules, told: [...told], found: undefined };
}

/** What was found, made as small as it gets. */
export async function shrunk(
  { subject, story, guarantee }: Found,
): Promise<{ operations: readonly string[]; replayLine(file: string): string }> {
  const small = await shrinkStory(subject, { story, guarantee }, { sideBySide: true });
  return {
    operations: small.operations.map(formatOperation),
    replayLine: (file) => replayLineOf(file, small),
  };
}

/** Which schedules are played, for a report. */
export function nameOf({ adapter, export: exported, lane = "portfolio" }: SearchKill): string {
  const where = exported === undefined ? adapter : `${adapter} (${exported})`;
  return `${where}, ${lane === "portfolio" ? lane : "lists"}`;
}

async function laneOf(subject: Subject, { lane = "portfolio", operationsMax }: SearchKill) {
  const { adapter } = subject;
  if (lane === "portfolio") {
    const operations = operationsFor(await probeHost(adapter), adapter.features ?? []);
    return randomLane(subject, { operations, seed: SEED, runs: Infinity });
  }
  const { operations, deviationsMax = 3, rushedMax = 0, racy = false } = lane;
  const found: SearchLane = exhaustiveLane(subject, {
    operations: operations.map(parseOperation),
    lengthMax: operationsMax,
    lane: racy ? { racy } : {},
    bounds: { deviationsMax, ...(rushedMax === 0 ? {} : { rushedMax, hops: HOPS }) },
  });
  return found;
}
