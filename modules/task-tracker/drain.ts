import type { Clock } from "./clock.ts";
import { TaskCancelledError } from "./errors.ts";
import type { TaskResult } from "./task.ts";

/** Longer times overflow the runtimes' timers, which then fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Options of {@linkcode TaskTracker.drain}. */
export interface DrainOptions {
  /**
   * After this many milliseconds what still runs is cancelled. Default: 30,000. Has to be finite:
   * a drain always ends (`STOP_TERMINATES`).
   */
  deadlineMs?: number;
  /** How long a cancelled task has to end before it is abandoned. Default: 5,000. */
  cancelGraceMs?: number;
  /** Its abort cancels what still runs, with `signal.reason`, as the deadline does. */
  signal?: AbortSignal;
}

/**
 * What a drain saw: the tasks that ended while it ran, by how they ended. The counts are exact.
 *
 * When to use: log it at shutdown; `abandoned > 0` means that something ignores its signal.
 *
 * @example Reading a report
 * ```ts
 * import { type DrainReport, TaskTracker } from "@lanekeeper/task-tracker";
 * import assert from "node:assert/strict";
 *
 * const tracker = new TaskTracker({ name: "slack" });
 * tracker.spawn("reply", () => {});
 * const report: DrainReport = await tracker.drain({ deadlineMs: 1_000 });
 * assert.equal(report.completed, 1);
 * assert.deepEqual(report.names, { failed: [], cancelled: [], abandoned: [] });
 * ```
 */
export interface DrainReport {
  /** The name of the tracker. */
  readonly tracker: string;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly abandoned: number;
  /** Names of tasks in the order of their ends, the first `namesMax` of each kind. */
  readonly names: {
    readonly failed: readonly string[];
    readonly cancelled: readonly string[];
    readonly abandoned: readonly string[];
  };
  /** From the first call of `drain` to its end. */
  readonly durationMs: number;
}

/** Checked {@linkcode DrainOptions}, defaults filled in. */
export interface DrainLimits {
  readonly deadlineMs: number;
  readonly cancelGraceMs: number;
  readonly signal: AbortSignal | undefined;
}

/** What a {@linkcode Drain} needs of the tracker it drains. */
export interface DrainParts {
  readonly tracker: string;
  readonly clock: Clock;
  readonly namesMax: number;
  /** Nothing starts any more, and what runs is asked to stop. */
  cancelRest(reason: unknown): void;
  /** Whatever has still not ended counts as ended. */
  abandonRest(): void;
}

/** @throws {RangeError} If a time is not a number of milliseconds that a timer can wait. */
export function checkedLimits(options: DrainOptions): DrainLimits {
  const { deadlineMs = 30_000, cancelGraceMs = 5_000, signal } = options;
  for (const [name, ms] of Object.entries({ deadlineMs, cancelGraceMs })) {
    if (!(ms >= 0 && ms <= TIMER_MS_MAX)) {
      throw new RangeError(`Cannot drain: ${name} is ${ms}, not between 0 and ${TIMER_MS_MAX}`);
    }
  }
  return { deadlineMs, cancelGraceMs, signal };
}

/** One drain: its one timer, its signals and its counts. The tracker owns the loop to quiet. */
export class Drain {
  readonly #parts: DrainParts;
  readonly #beganAtMs: number;
  readonly #counts = { completed: 0, failed: 0, cancelled: 0, abandoned: 0 };
  readonly #names = {
    failed: [] as string[],
    cancelled: [] as string[],
    abandoned: [] as string[],
  };
  readonly #signals = new Map<AbortSignal, () => void>();
  #deadlineAtMs = Infinity;
  #cancelGraceMs = Infinity;
  #cancelledAtMs: number | undefined = undefined;
  /** When the timer is due; `Infinity` while there is none. */
  #timerAtMs = Infinity;
  #timer: unknown = undefined;
  #wake: () => void = () => {};
  #hasEnded = false;

  constructor(parts: DrainParts) {
    this.#parts = parts;
    this.#beganAtMs = parts.clock.now();
  }

  /** One more caller: the earliest deadline and the shortest grace win, every signal counts. */
  tighten({ deadlineMs, cancelGraceMs, signal }: DrainLimits): void {
    if (this.#hasEnded) return;
    this.#deadlineAtMs = Math.min(this.#deadlineAtMs, this.#parts.clock.now() + deadlineMs);
    this.#cancelGraceMs = Math.min(this.#cancelGraceMs, cancelGraceMs);
    this.#arm();
    if (signal) this.#follow(signal);
  }

  /** Counts a task that ended. */
  count(name: string, status: TaskResult<unknown>["status"]): void {
    if (this.#hasEnded) return;
    this.#counts[status] += 1;
    if (status === "completed") return;
    const names = this.#names[status];
    if (names.length < this.#parts.namesMax) names.push(name);
  }

  /** Fulfils at the next {@linkcode wake}. */
  woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** The last task has ended: the loop looks again. */
  wake(): void {
    this.#wake();
  }

  /** Leaves no timer and no listener behind. */
  end(): DrainReport {
    this.#hasEnded = true;
    this.#disarm();
    for (const [signal, listener] of this.#signals) signal.removeEventListener("abort", listener);
    this.#signals.clear();
    const durationMs = this.#parts.clock.now() - this.#beganAtMs;
    return { tracker: this.#parts.tracker, ...this.#counts, names: this.#names, durationMs };
  }

  #follow(signal: AbortSignal): void {
    if (signal.aborted) return this.#cancel(signal.reason);
    if (this.#signals.has(signal)) return;
    const listener = () => this.#cancel(signal.reason);
    this.#signals.set(signal, listener);
    signal.addEventListener("abort", listener, { once: true });
  }

  #arm(): void {
    const atMs = this.#cancelledAtMs === undefined
      ? this.#deadlineAtMs
      : this.#cancelledAtMs + this.#cancelGraceMs;
    this.#disarm();
    this.#timerAtMs = atMs;
    const { clock } = this.#parts;
    this.#timer = clock.setTimeout(() => this.#onTimer(), Math.max(0, atMs - clock.now()));
  }

  #disarm(): void {
    if (this.#timerAtMs === Infinity) return;
    this.#timerAtMs = Infinity;
    this.#parts.clock.clearTimeout(this.#timer);
  }

  #onTimer(): void {
    this.#timerAtMs = Infinity;
    if (this.#cancelledAtMs !== undefined) return this.#parts.abandonRest();
    const { tracker } = this.#parts;
    const message = `Cannot wait longer: drain of tracker "${tracker}" met its deadline`;
    this.#cancel(new TaskCancelledError(message));
  }

  #cancel(reason: unknown): void {
    if (this.#hasEnded || this.#cancelledAtMs !== undefined) return;
    this.#cancelledAtMs = this.#parts.clock.now();
    this.#arm(); // before foreign abort listeners get to run
    this.#parts.cancelRest(reason);
  }
}
