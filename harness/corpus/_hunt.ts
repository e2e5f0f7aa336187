import { promisedBy } from "../kit/promised.ts";
import { exhaustiveLane, randomLane, type Scope, type SearchLane } from "../kit/lanes.ts";
import { type Operation, operationsFor, parseOperation } from "../kit/operations.ts";
import { probeHost } from "../kit/probe.ts";
import { shrinkStory } from "../kit/shrink.ts";
import { playStory, type Story, type Subject } from "../kit/story.ts";
import type { Guarantee } from "../oracles/oracles.ts";
import { traceHashOf } from "../trace_hash.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** Makes the lanes in which a bug is hunted. */
type LanesOf = (subject: Subject, operations: readonly Operation[]) => readonly SearchLane[];

/** Options of {@linkcode huntByChance}. */
export interface ChanceOptions {
  readonly seed: number;
  /** `portfolio`, or one of its strategies. Default: `portfolio`. */
  readonly strategy?: string;
  /** What must tell of it. Default: anything that is expected. */
  readonly wanted?: Guarantee | undefined;
}

/** How a bug was found. */
export interface Kill {
  /** After so many schedules. */
  readonly schedules: number;
  /** The guarantee that tells of it. */
  readonly headline: Guarantee;
  /** What told of other schedules, before. */
  readonly before: ReadonlySet<Guarantee>;
  readonly subject: Subject;
  readonly story: Story;
}

/** A bug is hunted for so many schedules, unless its row says more. */
export const SCHEDULES_MAX = 1_000;
/** Lists have up to so many operations. */
const LENGTH_MAX = 4;

/**
 * The plainest schedule of each list; those at rest; those with a step in the middle of what another one
 * set off; those with any timer.
 */
export const SCOPES: readonly Pick<Scope, "bounds" | "lane">[] = [
  { bounds: { deviationsMax: 0 } },
  { bounds: { deviationsMax: 3 } },
  { bounds: { rushedMax: 1, hops: [0, 1, 2, 3, 4, 5, 6], deviationsMax: 2 } },
  { bounds: { deviationsMax: 3 }, lane: { racy: true } },
];

/** What random lists have, too: the clock, another sender, another session. */
const BEYOND = ["advance 60000", "send a by s2", "send b"].map(parseOperation);

/**
 * Hunts a bug in lists of operations. Nothing of it is told by the row: the lists are of all that can be
 * asked of its host, the plain kinds before those with words of their own, and the scopes take turns.
 */
export function huntInLists(row: CorpusRow): Promise<Kill | undefined> {
  return hunt(row, (subject, known) => {
    const [plain, worded] = [known.filter(isPlain), known.filter((one) => !isPlain(one))];
    const operations = [...plain, ...worded, ...BEYOND];
    return SCOPES.map((scope) =>
      exhaustiveLane(subject, { operations, lengthMax: LENGTH_MAX, cheapestFirst: true, ...scope })
    );
  });
}

/** Says what is asked of which session, and nothing else. */
function isPlain(operation: Operation): boolean {
  return Object.keys(operation).every((name) => name === "what" || name === "session");
}

/** Hunts a bug with one of the random strategies. */
export function huntByChance(
  row: CorpusRow,
  { seed, strategy = "portfolio", wanted }: ChanceOptions,
): Promise<Kill | undefined> {
  const lanesOf: LanesOf = (subject, operations) => [
    randomLane(subject, { operations, seed, runs: Infinity, strategy }),
  ];
  return hunt(row, lanesOf, wanted);
}

/**
 * Plays a schedule of each lane in turn until one breaks what is expected first, and what tells of it is
 * expected, too: is `wanted`, if that is given.
 */
async function hunt(
  { buggy, expected, schedulesMax = SCHEDULES_MAX }: CorpusRow,
  lanesOf: LanesOf,
  wanted?: Guarantee,
): Promise<Kill | undefined> {
  const subject = { adapter: buggy, judged: promisedBy(buggy) };
  const operations = operationsFor(await probeHost(buggy), buggy.features ?? []);
  const before = new Set<Guarantee>();
  let schedules = 0;
  const lanes = [...lanesOf(subject, operations)];
  for (let lane = lanes.shift(); lane !== undefined; lane = lanes.shift()) {
    const playback = lane.next();
    if (playback === undefined) continue;
    if (playback === "wait") throw new Error("One schedule at a time, and it waits for another");
    await playback.play();
    const error = lane.over(playback);
    if (error !== undefined) throw error;
    // What tells nothing new takes no turn.
    if (playback.isTwin) lanes.unshift(lane);
    else lanes.push(lane);
    if (playback.isTwin) continue;
    if (++schedules > schedulesMax) return undefined;
    const broken = playback.world.broken.map(({ guarantee }) => guarantee);
    const [headline] = broken;
    if (headline === undefined) continue;
    const isTold = wanted === undefined ? expected.includes(headline) : headline === wanted;
    if (isTold && broken.includes(expected[0])) {
      return { schedules, headline, before, subject, story: lane.storyOf(playback) };
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
