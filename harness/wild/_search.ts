import { EscapeWatch } from "../kit/escape_watch.ts";
import { exhaustiveLane, randomLane, type SearchLane } from "../kit/lanes.ts";
import { allLists, type Operation, operationsFor, parseOperation } from "../kit/operations.ts";
import { probeHost } from "../kit/probe.ts";
import { shrinkStory } from "../kit/shrink.ts";
import { type HostPlayback, type Lane, playStory, type Story, type Subject } from "../kit/story.ts";
import { violationOf } from "../kit/violation.ts";
import type { Guarantee } from "../oracles/oracles.ts";
import type { Violation } from "../report/check_report.ts";
import { plural } from "../report/format.ts";
import type { FrontierOptions } from "../sim/frontier.ts";
import { lockstep } from "../sim/lockstep.ts";
import { traceHashOf } from "../trace_hash.ts";
import { fileOf, type FoundStory, storyOf, type WildRow } from "./wild_row.ts";

/** What came of a row. */
export interface Searched {
  readonly schedules: number;
  /** In how many of them each guarantee was judged. */
  readonly judged: ReadonlyMap<Guarantee, number>;
  /** What is broken: for each guarantee its smallest story, and the plainest one if that is another. */
  readonly told: readonly Told[];
  /** What was gone through, in words. */
  readonly bounds: readonly string[];
  /** Whether nothing escaped control, so that each schedule can be played again. */
  readonly isControlled: boolean;
}

/** A broken guarantee, and the story that shows it. */
export interface Told {
  readonly violation: Violation;
  readonly story: Story;
}

/** How much is searched: nothing here depends on how fast it goes. */
export interface SearchLimits {
  /** Random schedules. Default: 1,000. */
  readonly runs?: number;
  /** Of the lists of which all are played; a row may say less. Default: 3. */
  readonly operationsMax?: number;
}

const DEVIATIONS_MAX = 3;
/** With a rushed step each list has many times the schedules. */
const RUSHED = { rushedMax: 1, hops: [0, 1, 2, 3, 4, 5, 6, 8, 10] };
const SHORT_LISTS = 2;
const SHORT_DEVIATIONS_MAX = 2;
/** Of one kind of lists: what is left of them then is told. */
const SCHEDULES_MAX = 12_000;
const WORK_STEPS = 3;
/** Schedules that are tried for a smaller story. */
const SHRINK_MAX = 10_000;
const SIDE_BY_SIDE = 4;
/** Lists that are tried for the plainest story. */
const PLAIN_MAX = 3;

/**
 * Searches a row for a story of each guarantee that it breaks.
 *
 * Other than a check it does not stop at the headline of a schedule: of each guarantee the first breach
 * is kept, and shrunk for itself, so that one which is never promised does not hide another.
 */
export async function searchRow(row: WildRow, limits: SearchLimits = {}): Promise<Searched> {
  const search = new RowSearch(row);
  await search.run(limits);
  return await search.report();
}

class RowSearch {
  readonly #row: WildRow;
  readonly #subject: Subject;
  readonly #watch = new EscapeWatch();
  readonly #judged = new Map<Guarantee, number>();
  readonly #found = new Map<Guarantee, { story: Story; strategy: string; foundAfter: number }>();
  readonly #bounds: string[] = [];
  #operations: readonly Operation[] = [];
  #schedules = 0;

  constructor(row: WildRow) {
    const { adapter } = row;
    this.#row = row;
    this.#subject = { adapter, judged: adapter.guarantees ?? [], watch: this.#watch };
  }

  async run({ runs = 1_000, operationsMax = 3 }: SearchLimits): Promise<void> {
    const { adapter, asked = [], foundBefore = [], isRacy = adapter.level === 2 } = this.#row;
    const { features = [] } = adapter;
    this.#operations = [
      ...operationsFor(await probeHost(adapter), features).filter((one) => this.#isFor(one)),
      ...asked.map(parseOperation),
    ];
    if (foundBefore.length > 0) await this.#playAgain(foundBefore);
    const lengthMax = Math.min(operationsMax, this.#row.operationsMax ?? 3);
    await this.#exhaust(lengthMax, { deviationsMax: DEVIATIONS_MAX });
    // What an agent does with a message changes nothing about the instant in which it comes.
    const operations = this.#operations.filter(({ agent, ms }) =>
      agent === undefined && ms === undefined
    );
    await this.#exhaust(lengthMax, { ...RUSHED, deviationsMax: SHORT_DEVIATIONS_MAX }, {
      operations,
    });
    if (isRacy) {
      const racy = { lane: { racy: true } };
      await this.#exhaust(SHORT_LISTS, { deviationsMax: SHORT_DEVIATIONS_MAX }, racy);
    }
    const random = { operations: this.#operations, seed: 1, racy: isRacy };
    await this.#play(randomLane(this.#subject, { ...random, runs }));
    const workSteps = WORK_STEPS;
    await this.#play(randomLane(this.#subject, { ...random, runs: runs >> 3, workSteps }));
  }

  async report(): Promise<Searched> {
    const told: Told[] = [];
    const restore = this.#install();
    try {
      for (const guarantee of this.#subject.judged) {
        if (this.#found.has(guarantee)) told.push(...await this.#told(guarantee));
      }
    } finally {
      restore();
    }
    return {
      schedules: this.#schedules,
      judged: this.#judged,
      told,
      bounds: this.#bounds,
      isControlled: this.#watch.escapes.length === 0,
    };
  }

  /** Whether a host of one level of stop, with one way to do it, can tell this from another operation. */
  #isFor({ agent, level, queued }: Operation): boolean {
    const { features = [] } = this.#row.adapter;
    if (agent === "deaf" && !features.includes("withdraw")) return false;
    return level !== "graceful" && queued === undefined;
  }

  #exhaust(
    lengthMax: number,
    bounds: FrontierOptions,
    scope: { lane?: Lane; operations?: readonly Operation[] } = {},
  ): Promise<void> {
    return this.#play(exhaustiveLane(this.#subject, {
      operations: this.#operations,
      lengthMax,
      ...scope,
      bounds: { schedulesMax: SCHEDULES_MAX, ...bounds },
    }));
  }

  /** Plays stories as they are written. @throws {Error} if one does not break what it is kept for */
  async #playAgain(stories: readonly FoundStory[]): Promise<void> {
    const restore = this.#install();
    try {
      for (const found of stories) {
        const story = storyOf(found);
        const playback = await playStory(this.#subject, story);
        this.#count(playback, { strategy: "found before", storyOf: () => story });
        if (playback.world.broken.some(({ guarantee }) => guarantee === found.breaks)) continue;
        const { operations, tape, breaks } = found;
        throw new Error(
          `"${operations}" with tape ${tape} does not break ${breaks} of ${this.#row.id}: ` +
            "take it out of foundBefore",
        );
      }
    } finally {
      restore();
    }
    const what = stories.length === 1 ? "1 story" : `${stories.length} stories`;
    this.#bounds.push(`${plural(stories.length, "schedule")}: ${what} found before`);
  }

  async #play(lane: SearchLane): Promise<void> {
    let schedules = 0;
    let failure: unknown;
    const restore = this.#install();
    try {
      await lockstep({
        concurrency: this.#sideBySide ? SIDE_BY_SIDE : 1,
        next: () => failure === undefined ? lane.next() : undefined,
        over: (playback, error) => {
          playback.world.release();
          failure ??= error ?? lane.over(playback);
          if (error !== undefined || playback.isTwin) return;
          schedules++;
          this.#count(playback, { strategy: lane.name, storyOf: lane.storyOf });
        },
      });
    } finally {
      restore();
    }
    if (failure !== undefined) throw failure;
    const how = lane.isComplete === false ? ", cut short" : "";
    this.#bounds.push(`${plural(schedules, "schedule")}: ${lane.bounds}${how}`);
  }

  #count(
    playback: HostPlayback,
    { strategy, storyOf }: { strategy: string; storyOf(playback: HostPlayback): Story },
  ): void {
    this.#schedules++;
    const { world } = playback;
    for (const guarantee of world.judgedOn) {
      this.#judged.set(guarantee, (this.#judged.get(guarantee) ?? 0) + 1);
    }
    for (const { guarantee } of world.broken) {
      if (this.#found.has(guarantee)) continue;
      const story = storyOf(playback);
      this.#found.set(guarantee, { story, strategy, foundAfter: this.#schedules });
    }
  }

  /** Its smallest story; and the smallest that needs no unlucky order, if the first one does. */
  async #told(guarantee: Guarantee): Promise<Told[]> {
    const subject = { ...this.#subject, judged: [guarantee] };
    const found = this.#found.get(guarantee)!;
    const { foundBefore = [] } = this.#row;
    const whole = foundBefore.find(({ breaks, isWhole }) => breaks === guarantee && isWhole);
    if (whole !== undefined) {
      return [await this.#tell(subject, { ...found, story: storyOf(whole) })];
    }
    const smallest = await shrinkStory(subject, { ...found, guarantee }, {
      sideBySide: this.#sideBySide,
      schedulesMax: SHRINK_MAX,
    });
    const told = [await this.#tell(subject, { ...found, story: smallest })];
    if (smallest.tape.length === 0 && !smallest.lane.racy) return told;
    const story = await this.#plainest(subject);
    return story === undefined ? told : [...told, await this.#tell(subject, { ...found, story })];
  }

  async #plainest(subject: Subject): Promise<Story | undefined> {
    for (let length = 1; length <= PLAIN_MAX; length++) {
      for (const operations of allLists(this.#operations, length)) {
        const story: Story = { operations, tape: [], lane: {} };
        const { world } = await playStory(subject, story);
        if (world.broken.length > 0) return story;
      }
    }
    return undefined;
  }

  /** @throws {Error} if the same choices do not tell the same story */
  async #tell(
    subject: Subject,
    { story, strategy, foundAfter }: { story: Story; strategy: string; foundAfter: number },
  ): Promise<Told> {
    const playback = await playStory(subject, story);
    const again = await playStory(subject, story);
    if (traceHashOf(playback.world.ledger) !== traceHashOf(again.world.ledger)) {
      throw new Error(`The same choices told two stories of ${this.#row.id}`);
    }
    const unshrunk = { operations: story.operations.length, steps: playback.taken.length };
    const violation = violationOf({ story, playback, broken: playback.world.broken[0]! }, {
      file: fileOf(this.#row),
      finding: { strategy, seed: 1, foundAfter, unshrunk, shrinkMs: 0 },
    });
    return { violation, story };
  }

  /** Only worlds that share nothing may be under way at a time. */
  get #sideBySide(): boolean {
    const { level, globalTimers = false } = this.#row.adapter;
    return level === 2 && !globalTimers;
  }

  #install(): () => void {
    return this.#row.adapter.globalTimers ? () => {} : this.#watch.install();
  }
}
