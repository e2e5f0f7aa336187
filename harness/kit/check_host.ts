import type { CheckReport, StrategyReport, Verdict, Violation } from "../report/check_report.ts";
import { type Guarantee, GUARANTEES, ORACLES } from "../oracles/oracles.ts";
import type { Evidence } from "../ledger_record.ts";
import { lockstep } from "../sim/lockstep.ts";
import { traceHashOf } from "../trace_hash.ts";
import { checkAdapter, type HostAdapter } from "./adapter.ts";
import { EscapeWatch } from "./escape_watch.ts";
import type { SearchLane } from "./lanes.ts";
import { skipReasonOf } from "./skip_reasons.ts";
import { shrinkStory } from "./shrink.ts";
import { SituationCounts, warningsOf } from "./situations.ts";
import { promisedBy } from "./promised.ts";
import { type HostPlayback, playStory, type Story, type Subject } from "./story.ts";
import { violationOf } from "./violation.ts";

/** How many worlds are under way at a time, where they share nothing. */
const SIDE_BY_SIDE = 4;
/** One of so many schedules is played again, and must tell the same story. */
const GUARDED_ONE_IN = 100;

/** How a search goes on. */
export interface SearchProgress {
  readonly strategy: string;
  readonly schedules: number;
  readonly situationsSeen: number;
  readonly situationsAll: number;
  readonly violations: number;
}

/** Options of {@linkcode Search}. */
export interface SearchOptions {
  readonly adapter: HostAdapter;
  /** As it was given, for the replay command. */
  readonly file: string;
  readonly seed: number;
  readonly situations: SituationCounts;
  /** Told now and then how it goes on. */
  progress?(progress: SearchProgress): void;
  /** Asked before each schedule: whether the time is up. */
  isOver?(): boolean;
  /** How many ms it may take to shrink what was found; asked all the while. Default: no limit. */
  shrinkMs?(): number;
  now(): number;
}

/** Goes through lanes of schedules, judges each, and shrinks what it finds. */
export class Search {
  readonly #options: SearchOptions;
  readonly #subject: Subject;
  readonly #concurrency: number;
  readonly #strategies: StrategyReport[] = [];
  readonly #violations = new Map<Guarantee, Violation>();
  readonly #judged = new Map<Guarantee, number>();
  /** What was broken behind another guarantee, of which such a schedule tells: which one that was. */
  readonly #behind = new Map<Guarantee, Guarantee>();
  /** What a guarantee needs that has not come up in any schedule. */
  readonly #unseen = new Set<Evidence>(GUARANTEES.flatMap((one) => ORACLES[one].needs));
  readonly #watch = new EscapeWatch();
  #isDeterministic = true;
  #schedules = 0;
  #steps = 0;
  #beganMs: number;

  constructor(options: SearchOptions) {
    checkAdapter(options.adapter);
    const { adapter } = options;
    const { level = 0, globalTimers = false } = adapter;
    this.#options = options;
    this.#subject = { adapter, judged: promisedBy(adapter), watch: this.#watch };
    // Only a host that has nothing to do with the world outside can share its turns with others.
    this.#concurrency = level === 2 && !globalTimers ? SIDE_BY_SIDE : 1;
    this.#beganMs = options.now();
  }

  get subject(): Subject {
    return this.#subject;
  }

  get schedules(): number {
    return this.#schedules;
  }

  get violations(): readonly Violation[] {
    return [...this.#violations.values()];
  }

  /** Plays a lane to its end, or until the time is up. */
  async run(lane: SearchLane): Promise<void> {
    // A host that reads the runtime's own timers gets the world's instead: nothing to name there.
    const { globalTimers = false } = this.#options.adapter;
    const restore = globalTimers ? undefined : this.#watch.install();
    try {
      await this.#run(lane);
    } finally {
      restore?.();
    }
  }

  async #run(lane: SearchLane): Promise<void> {
    const beganMs = this.#options.now();
    const found: HostPlayback[] = [];
    const again: HostPlayback[] = [];
    let schedules = 0;
    let failure: unknown;
    let isDiverged = false;
    for (let isOver = false; !isOver;) {
      await lockstep({
        // What was found is shrunk before the search goes on: then nothing is under way beside it.
        next: () => {
          if (failure !== undefined || isDiverged) return undefined;
          if (found.length > 0 || again.length > 0) return undefined;
          if (this.#options.isOver?.()) return undefined;
          const next = lane.next();
          isOver = next === undefined;
          return next;
        },
        over: (playback, error) => {
          playback.world.release();
          if (error !== undefined) failure ??= error;
          else if (lane.over(playback) !== undefined) isDiverged = true;
          if (error !== undefined || playback.isTwin) return;
          schedules++;
          this.#count(playback);
          if (this.#isNew(playback)) found.push(playback);
          else if (this.#schedules % GUARDED_ONE_IN === 0) again.push(playback);
        },
        concurrency: this.#concurrency,
      });
      if (failure !== undefined) throw failure;
      for (const playback of again.splice(0)) await this.#guard(lane.storyOf(playback), playback);
      for (const playback of found.splice(0)) await this.#found(lane, playback);
      // What can not be told from its choices can not be gone through.
      if (isDiverged) this.#isDeterministic = false;
      if (isDiverged || this.#options.isOver?.()) isOver = true;
      this.#tell(lane.name);
    }
    this.#strategies.push({
      name: lane.name,
      schedules,
      ms: this.#options.now() - beganMs,
      complete: isDiverged ? false : lane.isComplete,
      bounds: lane.bounds,
    });
  }

  /** What came of it. */
  report(): CheckReport {
    const { adapter, file, seed, situations, now } = this.#options;
    const { level = 0 } = adapter;
    const isBounded = this.#strategies.some(({ complete }) => complete === true);
    const escapes = this.#watch.escapes;
    if (!this.#isDeterministic) {
      escapes.push("the same choices told two different stories: something escapes control");
    }
    const claim = level < 2 || escapes.length > 0
      ? "stochastic"
      : isBounded
      ? "exhaustive to bound"
      : "required";
    const counts = situations.toObject();
    return {
      adapter: adapter.name,
      file,
      level,
      claim,
      seed,
      schedules: this.#schedules,
      steps: this.#steps,
      ms: now() - this.#beganMs,
      strategies: this.#strategies,
      situations: counts,
      verdicts: GUARANTEES.map((guarantee) => this.#verdictOf(guarantee)),
      violations: this.violations,
      escapes,
      warnings: warningsOf(counts),
    };
  }

  #count({ world, taken }: HostPlayback): void {
    this.#schedules++;
    this.#steps += taken.length;
    this.#options.situations.add(world.situations);
    for (const need of this.#unseen) if (world.ledger.has(need)) this.#unseen.delete(need);
    for (const guarantee of world.judgedOn) {
      this.#judged.set(guarantee, (this.#judged.get(guarantee) ?? 0) + 1);
    }
    const [first, ...others] = world.broken;
    for (const { guarantee } of others) {
      if (!this.#behind.has(guarantee)) this.#behind.set(guarantee, first!.guarantee);
    }
    if (this.#schedules % 1_000 === 0) this.#tell("");
  }

  #isNew({ world }: HostPlayback): boolean {
    const [first] = world.broken;
    return first !== undefined && !this.#violations.has(first.guarantee);
  }

  async #found(lane: SearchLane, playback: HostPlayback): Promise<void> {
    const broken = playback.world.broken[0]!;
    const { guarantee } = broken;
    if (this.#violations.has(guarantee)) return;
    const { now, file } = this.#options;
    const foundAfter = this.#schedules;
    const story = lane.storyOf(playback);
    await this.#guard(story, playback);
    const beganMs = now();
    const sideBySide = this.#concurrency > 1;
    const shrunk = await shrinkStory(this.#subject, { story, guarantee }, {
      sideBySide,
      isOver: () => now() - beganMs >= (this.#options.shrinkMs?.() ?? Infinity),
    });
    const shrinkMs = now() - beganMs;
    const played = await playStory(this.#subject, shrunk, { lenient: true });
    await this.#guard(shrunk, played);
    const shown = played.world.broken[0]?.guarantee === guarantee;
    const last = shown ? { story: shrunk, playback: played } : { story, playback };
    this.#violations.set(
      guarantee,
      violationOf({ ...last, broken: last.playback.world.broken[0]! }, {
        file,
        finding: {
          strategy: lane.name,
          seed: lane.seed,
          foundAfter,
          unshrunk: { operations: story.operations.length, steps: playback.taken.length },
          shrinkMs,
        },
      }),
    );
  }

  /** Plays it again, alone: the same choices must tell the same story. */
  async #guard(story: Story, playback: HostPlayback): Promise<void> {
    const again = await playStory(this.#subject, story, { lenient: true });
    if (traceHashOf(again.world.ledger) === traceHashOf(playback.world.ledger)) return;
    this.#isDeterministic = false;
  }

  #tell(strategy: string): void {
    const { count, of } = this.#options.situations.seen;
    this.#options.progress?.({
      strategy,
      schedules: this.#schedules,
      situationsSeen: count,
      situationsAll: of,
      violations: this.#violations.size,
    });
  }

  #verdictOf(guarantee: Guarantee): Verdict {
    const schedules = this.#judged.get(guarantee) ?? 0;
    if (this.#violations.has(guarantee)) return { guarantee, verdict: "broken", schedules };
    const behind = this.#behind.get(guarantee);
    if (behind !== undefined) return { guarantee, verdict: "broken", schedules, behind };
    if (schedules > 0) return { guarantee, verdict: "kept", schedules };
    const reason = this.#subject.judged.includes(guarantee)
      ? skipReasonOf(ORACLES[guarantee], this.#unseen)
      : "the adapter does not promise it";
    return { guarantee, verdict: "skipped", reason };
  }
}
