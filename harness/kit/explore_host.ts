import type { Guarantee } from "../oracles/oracles.ts";
import type { CheckReport, Violation } from "../report/check_report.ts";
import { Random } from "../sim/random.ts";
import { traceHashOf } from "../trace_hash.ts";
import type { HostAdapter } from "./adapter.ts";
import { judgedOn } from "./check.ts";
import { Search } from "./check_host.ts";
import { LaneWatch } from "./lane_watch.ts";
import { randomLane, type SearchLane } from "./lanes.ts";
import { mergeStrategies } from "./merge_reports.ts";
import { type Operation, operationsFor } from "./operations.ts";
import { planOf } from "./plan.ts";
import { probeHost } from "./probe.ts";
import { SituationCounts } from "./situations.ts";
import { checkStack, type StackFinding, withStack } from "./stack_lane.ts";

/** One in so many random slices is uncompressed. */
const UNCOMPRESSED_ONE_IN = 8;
const WORK_STEPS = 3;
/** So long it may take to shrink what was found. */
const SHRINK_MS = 5_000;
/** Longer lists than those of a check: there is time. */
const OPERATIONS_MAX = 12;

/** Options of {@linkcode HostExploration}. */
export interface HostExplorationOptions {
  /** The file of the adapter, for the commands in the report. */
  readonly file: string;
  readonly seed: number;
  /** How long the lists of operations are of which all are played. */
  readonly operationsMax: number;
  /** Which of these lists: number `at` of each `of`. */
  readonly part: { readonly at: number; readonly of: number };
  readonly guarantees?: readonly Guarantee[] | undefined;
  /** Told the trace hash of each schedule. */
  seen(hash: number): void;
  /** Asked before each schedule: whether this slice is over. */
  isOver(): boolean;
  /** Whether nothing more is wanted, not even that what was found is shrunk. */
  isStopped(): boolean;
  now(): number;
}

/** A search of one host that goes on for as long as it is given slices of time. */
export class HostExploration {
  readonly #options: HostExplorationOptions;
  readonly #search: Search;
  readonly #situations: SituationCounts;
  readonly #watch: LaneWatch;
  readonly #operations: readonly Operation[];
  readonly #exhaustive: SearchLane[];
  readonly #seeds: Random;
  #stack: StackFinding | undefined;
  #randomSlices = 0;
  #workMs = 0;

  /** @throws {TypeError} if the adapter can not be used */
  static async of(adapter: HostAdapter, options: HostExplorationOptions) {
    const { guarantees } = options;
    const judged = guarantees === undefined ? adapter : judgedOn(adapter, guarantees);
    const { features = [] } = judged;
    const host = await probeHost(judged);
    const situations = new SituationCounts(host, features);
    return new HostExploration(
      judged,
      { situations, operations: operationsFor(host, features) },
      options,
    );
  }

  private constructor(
    adapter: HostAdapter,
    host: { situations: SituationCounts; operations: readonly Operation[] },
    options: HostExplorationOptions,
  ) {
    const { file, seed, operationsMax, part, seen, isOver, now } = options;
    const { situations, operations } = host;
    this.#options = options;
    this.#situations = situations;
    this.#operations = operations;
    // Each job has its own random schedules.
    this.#seeds = new Random(seed + part.at * 0x9e37_79b9);
    const shrinkMs = () => options.isStopped() ? 0 : SHRINK_MS;
    this.#search = new Search({ adapter, file, seed, situations, isOver, shrinkMs, now });
    this.#watch = new LaneWatch({ file, over: ({ world }) => seen(traceHashOf(world.ledger)) });
    const plan = { runs: 0, seed, strategy: "exhaustive", operationsMax, part, tapes: [] };
    this.#exhaustive = planOf(this.#search.subject, operations, plan).map(({ lane }) => lane);
  }

  get schedules(): number {
    return this.#search.schedules;
  }

  get violations(): readonly Violation[] {
    const { violation } = this.#stack ?? {};
    const { violations } = this.#search;
    return violation === undefined ? violations : [...violations, violation];
  }

  get situationsSeen(): { readonly count: number; readonly of: number } {
    return this.#situations.seen;
  }

  /**
   * Goes on with the lists, until the slice is over; at once if they are all done.
   *
   * @throws {AdapterError}
   */
  async exhaust(): Promise<void> {
    const [lane] = this.#exhaustive;
    if (lane === undefined) return;
    await this.#run(lane);
    // It stopped although there was time: it is at its end, or can not go on.
    if (!this.#options.isOver()) this.#exhaustive.shift();
  }

  /** Plays random schedules, other ones each time, until the slice is over. @throws {AdapterError} */
  async sample(): Promise<void> {
    const isLong = ++this.#randomSlices % UNCOMPRESSED_ONE_IN === 0;
    await this.#run(randomLane(this.#search.subject, {
      operations: this.#operations,
      seed: this.#seeds.below(2 ** 31),
      runs: Infinity,
      operationsMax: OPERATIONS_MAX,
      ...(isLong ? { workSteps: WORK_STEPS } : {}),
    }));
  }

  /** Measures the host over long chains, once. */
  async measure(): Promise<void> {
    const { file, isOver, now } = this.#options;
    const { adapter, judged } = this.#search.subject;
    if (!judged.includes("BOUNDED_STACK")) return;
    this.#stack = await checkStack(adapter, { file, isOver, now });
  }

  /** What came of it so far. */
  report(): CheckReport {
    const report = withStack(this.#search.report(), this.#stack);
    return { ...report, ms: this.#workMs, strategies: mergeStrategies([report.strategies]) };
  }

  async #run(lane: SearchLane): Promise<void> {
    const beganMs = this.#options.now();
    try {
      await this.#search.run(this.#watch.watch(lane));
    } catch (error) {
      throw this.#watch.errorOf(error);
    } finally {
      this.#workMs += this.#options.now() - beganMs;
    }
  }
}
