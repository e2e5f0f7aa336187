import type { Guarantee } from "../oracles/oracles.ts";
import type { CheckReport, Verdict } from "../report/check_report.ts";
import type { StackOptions } from "../stack/bounded_stack.ts";
import type { HostAdapter } from "./adapter.ts";
import { AdapterError } from "./adapter_error.ts";
import { Search } from "./check_host.ts";
import { LaneWatch } from "./lane_watch.ts";
import type { SearchLane } from "./lanes.ts";
import { operationsFor } from "./operations.ts";
import { isStrategy, type PlannedLane, planOf, STRATEGIES } from "./plan.ts";
import { probeHost } from "./probe.ts";
import { promisedBy } from "./promised.ts";
import { SituationCounts } from "./situations.ts";
import { checkStack, STACK, type StackFinding, withStack } from "./stack_lane.ts";
import type { Story } from "./story.ts";
import { checkSupported } from "./supported.ts";

// Taken when this module loads: a host may have its own time put in the place of the runtime's.
const nativeNow = performance.now.bind(performance);

/** How a check goes on. */
export interface CheckProgress {
  /** The strategy that is at work. */
  readonly strategy: string;
  readonly schedules: number;
  readonly situationsSeen: number;
  readonly situationsAll: number;
  readonly violations: number;
  readonly elapsedMs: number;
  readonly budgetMs: number;
}

/** Options of {@linkcode checkHost}. */
export interface CheckOptions {
  /** The file of the adapter, for the commands in the report. Default: `ADAPTER.ts`. */
  readonly file?: string;
  /** How many random schedules. Default: 20,000. */
  readonly runs?: number;
  /** The limit of time over all, in ms. Default: 30,000. */
  readonly budgetMs?: number;
  /** For what is random. Default: 1. */
  readonly seed?: number;
  /**
   * `all` (default), `exhaustive`, `portfolio`, `commit`, `uniform`, or `pct d=` with a number. Stories
   * of `tapes` are played with each of them.
   */
  readonly strategy?: string;
  /** How long the lists of operations are of which all are played. Default: 3. */
  readonly operationsMax?: number;
  /** Which guarantees to judge. Default: all that the adapter gives. */
  readonly guarantees?: readonly Guarantee[];
  /** Stories that were found before: they are played first. */
  readonly tapes?: readonly Story[];
  /** How `BOUNDED_STACK` is measured. */
  readonly stack?: StackOptions;
  /** Told how it goes on, often. */
  progress?(progress: CheckProgress): void;
  /** Stops the check after the schedule that is under way; what was found is reported. */
  readonly signal?: AbortSignal;
  /** The time, in ms from any beginning. Default: the runtime's. */
  now?(): number;
}

/**
 * Searches the schedules of a host for one that breaks a guarantee, and reports what was searched.
 *
 * When to use: to judge a host as far as a budget goes: it is what the command `check:host` does. Use
 * `exhaustHost` for a proof whose size a test asserts, and `hostProperty` for a test of fast-check.
 *
 * In this order:
 * 1. `tapes`, the stories that were found before;
 * 2. all lists of up to 2 operations with one rushed step, all up to `operationsMax` with up to 3
 *    deviations, and for a host of level 2 all up to 2 with timers at any time. They get at most half
 *    of the time; the report says of each whether it came to its end;
 * 3. `runs` random schedules, an eighth of which have steps of work in each turn.
 *
 * And `BOUNDED_STACK` is measured over long chains, outside of the schedules.
 *
 * @throws {TypeError} if the adapter or an option can not be used
 * @throws {AdapterError} if the adapter breaks, or if nothing of what it does could be judged
 */
export async function checkHost(
  adapter: HostAdapter,
  options: CheckOptions = {},
): Promise<CheckReport> {
  const check = new Check(adapter, options);
  return await check.run();
}

class Check {
  readonly #options: CheckOptions;
  readonly #adapter: HostAdapter;
  readonly #file: string;
  readonly #now: () => number;
  readonly #budgetMs: number;
  readonly #beganMs: number;
  #untilMs: number;

  constructor(adapter: HostAdapter, options: CheckOptions) {
    const { strategy = "all", file = "ADAPTER.ts", budgetMs = 30_000, now = nativeNow } = options;
    promisedBy({ ...adapter, guarantees: options.guarantees ?? [] });
    if (!isStrategy(strategy)) {
      throw new TypeError(
        `Cannot use strategy "${strategy}": it must be one of ${STRATEGIES.join(", ")}`,
      );
    }
    this.#options = options;
    this.#adapter = options.guarantees === undefined
      ? adapter
      : judgedOn(adapter, options.guarantees);
    this.#file = file;
    this.#now = now;
    this.#budgetMs = budgetMs;
    this.#beganMs = now();
    this.#untilMs = this.#beganMs + budgetMs;
  }

  async run(): Promise<CheckReport> {
    const adapter = this.#adapter;
    const { features = [] } = adapter;
    const host = await probeHost(adapter);
    const situations = new SituationCounts(host, features);
    const search = new Search({
      adapter,
      file: this.#file,
      seed: this.#options.seed ?? 1,
      situations,
      isOver: () => this.#isOver(),
      shrinkMs: () => this.#shrinkMs(),
      now: this.#now,
    });
    const watch = new LaneWatch({
      file: this.#file,
      begins: (lane) => this.#tell(lane, search, situations),
    });
    const operations = operationsFor(host, features);
    const { tapes = [] } = this.#options;
    for (const { operations } of tapes) checkSupported(operations, { host, features });
    const plan = planOf(search.subject, operations, {
      runs: this.#options.runs ?? 20_000,
      seed: this.#options.seed ?? 1,
      strategy: this.#options.strategy ?? "all",
      operationsMax: this.#options.operationsMax ?? 3,
      tapes,
    });
    const needsSchedules = search.subject.judged.some((guarantee) => guarantee !== STACK);
    const stack = await this.#checkStack();
    try {
      if (needsSchedules) await this.#search(search, watch, plan);
    } catch (error) {
      const told = watch.errorOf(error);
      if (!(told instanceof AdapterError)) throw told;
      throw new AdapterError(told.cause, told.broken, this.#report(search, { plan, stack }));
    }
    const report = this.#report(search, { plan, stack });
    const worthless = needsSchedules ? this.#worthlessness(report, watch) : undefined;
    if (worthless === undefined || report.violations.length > 0 || this.#isStopped) return report;
    throw new AdapterError(new Error(worthless), undefined, report);
  }

  get #isStopped(): boolean {
    return this.#options.signal?.aborted ?? false;
  }

  #isOver(): boolean {
    return this.#isStopped || this.#now() >= this.#untilMs;
  }

  /** However much is found, all of it is shrunk in about the time that is left. */
  #shrinkMs(): number {
    if (this.#isStopped) return 0;
    const leftMs = this.#beganMs + this.#budgetMs - this.#now();
    return Math.max(SHRINK_MIN_MS, leftMs / SHRINK_ONE_IN);
  }

  /** Plays the lanes, each in its share of the time that is left for its kind. */
  async #search(search: Search, watch: LaneWatch, plan: readonly PlannedLane[]): Promise<void> {
    const endMs = this.#beganMs + this.#budgetMs;
    const hasRandom = plan.some(({ kind }) => kind === "random");
    for (const [at, { lane, kind, weight }] of plan.entries()) {
      const isHalf = kind === "exhaustive" && hasRandom;
      const untilMs = isHalf ? endMs - this.#budgetMs / 2 : endMs;
      const left = plan.slice(at).filter((other) => other.kind === kind);
      const share = weight / left.reduce((sum, other) => sum + other.weight, 0);
      const nowMs = this.#now();
      this.#untilMs = nowMs + Math.max(0, untilMs - nowMs) * share;
      await search.run(watch.watch(lane));
    }
  }

  async #checkStack(): Promise<StackFinding | undefined> {
    const { strategy = "all", stack } = this.#options;
    const promised = promisedBy(this.#adapter);
    if (strategy !== "all" || !promised.includes(STACK)) return undefined;
    this.#untilMs = this.#beganMs + this.#budgetMs / STACK_ONE_IN;
    return await checkStack(this.#adapter, {
      file: this.#file,
      isOver: () => this.#isOver(),
      now: this.#now,
      ...(stack === undefined ? {} : { stack }),
    });
  }

  #tell(lane: SearchLane, search: Search, situations: SituationCounts): void {
    const { progress } = this.#options;
    if (progress === undefined) return;
    const { count, of } = situations.seen;
    progress.call(this.#options, {
      strategy: lane.name,
      schedules: search.schedules,
      situationsSeen: count,
      situationsAll: of,
      violations: search.violations.length,
      elapsedMs: this.#now() - this.#beganMs,
      budgetMs: this.#budgetMs,
    });
  }

  #report(
    search: Search,
    { plan, stack }: { plan: readonly PlannedLane[]; stack: StackFinding | undefined },
  ): CheckReport {
    const searched = search.report();
    const report = withStack(searched, stack);
    return {
      ...report,
      ms: this.#now() - this.#beganMs,
      verdicts: report.verdicts.map((verdict) => this.#verdictOf(verdict)),
      warnings: [...this.#cutShort(searched, plan), ...report.warnings],
    };
  }

  #verdictOf(verdict: Verdict): Verdict {
    const { guarantee } = verdict;
    const { guarantees, strategy = "all" } = this.#options;
    if (guarantees !== undefined && !guarantees.includes(guarantee)) {
      return { guarantee, verdict: "skipped", reason: "this check was not asked for it" };
    }
    const isLeftOut = guarantee === STACK && strategy !== "all" && verdict.verdict === "skipped" &&
      promisedBy(this.#adapter).includes(STACK);
    if (!isLeftOut) return verdict;
    return { guarantee, verdict: "skipped", reason: `strategy ${strategy} does not measure it` };
  }

  /** Why a run says nothing at all, if it does. */
  #worthlessness({ schedules, verdicts }: CheckReport, watch: LaneWatch): string | undefined {
    if (schedules === 0) {
      const isLate = this.#now() - this.#beganMs >= this.#budgetMs;
      return `no schedule was played: ${
        isLate ? "there was no time for any" : "none was asked for"
      }`;
    }
    if (watch.withRun === 0) {
      const failed = watch.failure === undefined ? "" : `; it failed with “${watch.failure}”`;
      return `the agent was not called in any of ${schedules} schedules: send() must come to env.agent()${failed}`;
    }
    if (verdicts.every(({ verdict }) => verdict === "skipped")) {
      return `nothing could be judged in any of ${schedules} schedules`;
    }
    return undefined;
  }

  /** What was not played of what was to be. */
  #cutShort({ strategies }: CheckReport, plan: readonly PlannedLane[]): string[] {
    if (this.#isStopped) return ["It was stopped before its end"];
    const wanted = plan.filter(({ kind }) => kind === "random")
      .reduce((sum, { weight }) => sum + weight, 0);
    const played = strategies.slice(plan.findIndex(({ kind }) => kind === "random"))
      .reduce((sum, { schedules }) => sum + schedules, 0);
    if (wanted === 0 || played >= wanted) return [];
    return [`The time was up after ${played} of ${wanted} random schedules`];
  }
}

/** One part of so many of the time may go by before the chains are given up. */
const STACK_ONE_IN = 4;
/** One part of so many of the time that is left may go by until a finding is as small as it gets. */
const SHRINK_ONE_IN = 8;
const SHRINK_MIN_MS = 250;

/** The same adapter, judged on other guarantees. */
export function judgedOn(adapter: HostAdapter, guarantees: readonly Guarantee[]): HostAdapter {
  const { name, level, features, policies, globalTimers, without } = adapter;
  return {
    name,
    ...(level === undefined ? {} : { level }),
    ...(features === undefined ? {} : { features }),
    ...(policies === undefined ? {} : { policies }),
    ...(globalTimers === undefined ? {} : { globalTimers }),
    guarantees: without === undefined
      ? guarantees
      : guarantees.filter((guarantee) => !without.includes(guarantee)),
    create: (env) => adapter.create(env),
  };
}
