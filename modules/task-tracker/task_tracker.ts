import { type Clock, systemClock } from "./clock.ts";
import { checkedLimits, Drain, type DrainOptions, type DrainReport } from "./drain.ts";
import { TaskCancelledError, TrackerFullError } from "./errors.ts";
import type { AckThenRunOptions, SpawnOptions, TaskTrackerOptions } from "./options.ts";
import { Reporter } from "./_reporter.ts";
import { type Task, type TaskInfo, type TaskResult, TrackedTask } from "./task.ts";

/** What a tracker and all its children have in common. */
interface Family<C> {
  readonly reporter: Reporter<C>;
  readonly clock: Clock;
  readonly namesMax: number;
  lastId: number;
}

/** A tracker only ever moves on to a higher phase. */
const OPEN = 0;
/** Waiting for quiet; tasks still start. */
const DRAINING = 1;
/** Nothing starts any more. */
const CANCELLING = 2;
const CLOSED = 3;

/**
 * Keeps track of background tasks, so that none is forgotten, none fails in silence, and all of
 * them have ended, or are named, when you stop.
 *
 * When to use: whenever you start work that nobody awaits: an event handler, a reply, a turn. Not to
 * limit how many run at once, nor to order them: every task starts at once.
 *
 * - `QUIESCENT_AFTER_STOP`: once a drain has cancelled or closed, no function is called any more;
 *   a `spawn` then settles `cancelled` at once and throws nothing out of somebody's `finally`.
 * - `STOP_TERMINATES`: `drain` ends by its deadline and its grace, and names what ignored it.
 * - `FUTURE_SETTLES`, `EXACTLY_ONE_OUTCOME`: every `settled` settles, once, and never rejects.
 * - `ACK_BEFORE_DEADLINE`: `ackThenRun` acknowledges first and never waits for the work.
 * - `BOUNDED_STATE`: at most `tasksMax` tasks; nothing is kept of one that ended.
 * - Every error is reported exactly once, with the task's name and context.
 *
 * Source: A6, A8, A14, A15. The faults it answers are tokio #6759 (a closed tracker goes on taking
 * tasks), cpython #116048 (a task is dropped without a word), hickory-dns #1818 (finished tasks pile
 * up) and p-queue #239 (a cleared task never settles).
 *
 * @typeParam C What goes with a task as its context
 *
 * @example Starting tasks and draining them
 * ```ts
 * import { TaskTracker } from "@lanekeeper/task-tracker";
 * import assert from "node:assert/strict";
 *
 * const failed: string[] = [];
 * const tracker = new TaskTracker({
 *   name: "slack",
 *   onError: (_error, task) => failed.push(task.name),
 * });
 * tracker.spawn("reply", () => "sent");
 * tracker.spawn("react", () => Promise.reject(new Error("no such emoji")));
 * const report = await tracker.drain({ deadlineMs: 30_000 });
 * assert.equal(report.completed, 1);
 * assert.deepEqual(failed, ["react"]);
 * ```
 */
export class TaskTracker<C = unknown> {
  /** For errors, reports and logs; a child's begins with its parent's. */
  readonly name: string;
  /** Own tasks and all descendants', each with the tracker it was spawned on. */
  readonly #tasks = new Map<TrackedTask<C>, TaskTracker<C>>();
  /**
   * This tracker and its ancestors. A child knows them; they know only its tasks, so that an idle
   * child costs them nothing.
   */
  #lineage: readonly TaskTracker<C>[] = [this];
  #family: Family<C>;
  #tasksMax: number;
  #phase = OPEN;
  #drain: Drain | undefined = undefined;
  #report: Promise<DrainReport> | undefined = undefined;

  /** @throws {RangeError} If a limit is not a whole number that makes sense */
  constructor(options: TaskTrackerOptions<C> = {}) {
    const { name = "tasks", tasksMax = 100_000, namesMax = 100, clock = systemClock } = options;
    if (!(Number.isSafeInteger(tasksMax) && tasksMax >= 1)) {
      throw new RangeError(`Cannot make tracker "${name}": tasksMax is ${tasksMax}`);
    }
    if (!(Number.isSafeInteger(namesMax) && namesMax >= 0)) {
      throw new RangeError(`Cannot make tracker "${name}": namesMax is ${namesMax}`);
    }
    this.name = name;
    this.#tasksMax = tasksMax;
    this.#family = { reporter: new Reporter(options), clock, namesMax, lastId: 0 };
  }

  /** How many tasks have not ended, children's included. */
  get size(): number {
    return this.#tasks.size;
  }

  /** `draining` from the call of `drain` to its end, then `closed`; a child follows its parent. */
  get state(): "open" | "draining" | "closed" {
    const phase = this.#lineagePhase();
    if (phase === CLOSED) return "closed";
    return phase === OPEN ? "open" : "draining";
  }

  /** The tasks that have not ended, children's included, oldest first. */
  snapshot(): TaskInfo<C>[] {
    return Array.from(this.#tasks.keys(), (task) => task.info());
  }

  /**
   * Starts `run` as a tracked task.
   *
   * When to use: for work that you do not await here. Use {@linkcode ackThenRun} when a sender waits
   * for an acknowledgement.
   *
   * - `run` is called in a fresh microtask, never in the caller's frame.
   * - `QUIESCENT_AFTER_STOP`: after a drain has cancelled or closed, `run` is never called: the task
   *   is `cancelled` at once, and counts in the report of a drain that is still running.
   *
   * Cancel safety: a task cancelled before its first step never makes it; one that runs is asked to
   * stop by its signal and stays tracked until it ended. Source: A6, A8.
   *
   * @param name For reports and logs
   * @param run The work; `signal` is its own, aborted by its cancel and by a drain's
   * @throws {TrackerFullError} If this tracker or an ancestor has as many tasks as it may have
   *
   * @example A task that stops when asked to
   * ```ts
   * import { TaskTracker } from "@lanekeeper/task-tracker";
   * import assert from "node:assert/strict";
   *
   * const tracker = new TaskTracker();
   * const task = tracker.spawn("poll", (signal) =>
   *   new Promise((_resolve, reject) => {
   *     signal.addEventListener("abort", () => reject(signal.reason));
   *   }));
   * const report = await tracker.drain({ deadlineMs: 0 });
   * assert.equal((await task.settled).status, "cancelled");
   * assert.deepEqual(report.names.cancelled, ["poll"]);
   * ```
   */
  spawn<T>(
    name: string,
    run: (signal: AbortSignal) => Promise<T> | T,
    options: SpawnOptions<C> = {},
  ): Task<T> {
    const task = this.#admit(name, "starting", options.context);
    void this.#run(task, run);
    return task as Task<unknown> as Task<T>; // `run` alone makes its value
  }

  /**
   * Acknowledges, then starts `run` as a tracked task.
   *
   * When to use: for an event whose sender gives you seconds to say "taken" and redelivers it
   * otherwise (Slack: 3 s). Not for a request whose answer is the result of the work.
   *
   * - `ACK_BEFORE_DEADLINE`: `ack` is called at once, in the caller's frame; `run` starts after it
   *   fulfilled; the returned promise waits for `ack` alone, never for `run`.
   * - A pending `ack` is tracked: a drain waits for it. An `ack` that fails rejects with its error,
   *   the task never starts and no drain counts it.
   * - `ACK_TRUTH`: with no room, and after a drain has cancelled or closed, `ack` is not called.
   *
   * Cancel safety: cancelled while `ack` is pending, the task never starts; an `ack` that outlasts a
   * drain's grace leaves the task `abandoned`, and the promise settles all the same. Source: A6, A8.
   *
   * @returns The task, as soon as it was acknowledged or turned away
   * @throws {TrackerFullError} If this tracker or an ancestor has as many tasks as it may have
   *
   * @example Acknowledging an event before its handler runs
   * ```ts
   * import { TaskTracker } from "@lanekeeper/task-tracker";
   * import assert from "node:assert/strict";
   *
   * const log: string[] = [];
   * const tracker = new TaskTracker();
   * await tracker.ackThenRun({
   *   name: "event",
   *   ack: () => void log.push("acknowledged"),
   *   run: () => void log.push("handled"),
   * });
   * await tracker.drain();
   * assert.deepEqual(log, ["acknowledged", "handled"]);
   * ```
   */
  ackThenRun<T>(options: AckThenRunOptions<T, C>): Promise<Task<T>> {
    return new Promise((resolve, reject) => {
      const task = this.#admit(options.name, "acknowledging", options.context);
      const handle = task as Task<unknown> as Task<T>; // `run` alone makes its value
      if (task.isSettled) return resolve(handle);
      void task.settled.then(() => resolve(handle)); // abandoned before `ack` ended
      acknowledge(options).then(
        () => {
          resolve(handle);
          task.acknowledged();
          void this.#run(task, (signal) => options.run(signal));
        },
        (error) => this.#withdraw(task, error) ? reject(error) : resolve(handle),
      );
    });
  }

  /**
   * Takes no more after this: waits for quiet, cancels what is left at the deadline, and reports.
   *
   * When to use: once, at the end, then throw the tracker away: a drained tracker stays closed. To
   * wait for part of the tasks, spawn them on a {@linkcode child} and drain that.
   *
   * - Tasks that start while it waits, by whomever, are drained too. It ends when there is no task
   *   left, in the microtask after the last one settled: code that awaited that one's `settled`
   *   directly can still follow it up.
   * - At `deadlineMs`, or when `signal` aborts, nothing starts any more and the rest is cancelled.
   *   `STOP_TERMINATES`: what has not ended `cancelGraceMs` later is reported as `abandoned`.
   * - Calls share one drain and one report: the earliest deadline and the shortest grace win, and
   *   each signal cancels; so `drain({ deadlineMs: 0, cancelGraceMs: 0 })` forces a running one. A
   *   later call returns the report there was.
   * - Children are drained too. A child's drain leaves its parent alone.
   * - A drain awaited inside a task of the same tracker waits for itself: at the deadline that task
   *   is cancelled, after the grace it is abandoned, and the drain ends.
   *
   * Cancel safety: it never rejects over a task or a signal; abort `signal` to hurry it. It leaves
   * no timer and no listener behind. Source: A8, A14.
   *
   * @throws {RangeError} If a time is negative, not a number or more than a timer can wait
   *
   * @example Naming what ignored its cancel
   * ```ts
   * import { TaskTracker } from "@lanekeeper/task-tracker";
   * import assert from "node:assert/strict";
   *
   * const tracker = new TaskTracker({ name: "slack" });
   * tracker.spawn("deaf", () => new Promise(() => {}));
   * const report = await tracker.drain({ deadlineMs: 0, cancelGraceMs: 0 });
   * assert.deepEqual(report.names.abandoned, ["deaf"]);
   * ```
   */
  async drain(options: DrainOptions = {}): Promise<DrainReport> {
    const limits = checkedLimits(options);
    const drain = this.#drain ??= this.#newDrain();
    drain.tighten(limits);
    this.#report ??= this.#untilQuiet(drain);
    return await this.#report;
  }

  /**
   * A tracker whose tasks are also this one's.
   *
   * When to use: for a part that ends before the whole does, a session or a connection.
   *
   * - Its tasks count in this tracker's `size`, `snapshot`, `tasksMax` and drain; it has the same
   *   `onError`, clock and observer. Draining it drains its own tasks only.
   * - `BOUNDED_STATE`: this tracker keeps no reference to it, only to tasks that have not ended.
   *
   * @param name Added to this tracker's name, after a `/`
   *
   * @example Draining one session only
   * ```ts
   * import { TaskTracker } from "@lanekeeper/task-tracker";
   * import assert from "node:assert/strict";
   *
   * const tracker = new TaskTracker({ name: "host" });
   * const session = tracker.child("s1");
   * session.spawn("turn", () => {});
   * assert.equal(tracker.size, 1);
   * assert.equal((await session.drain()).completed, 1);
   * assert.equal(tracker.state, "open");
   * ```
   */
  child(name: string): TaskTracker<C> {
    const child = new TaskTracker<C>({ name: `${this.name}/${name}` });
    child.#family = this.#family;
    child.#tasksMax = Infinity; // its tasks meet this tracker's limit
    child.#lineage = [child, ...this.#lineage];
    return child;
  }

  /** Joins the drain there is, or drains with the default deadline and grace. */
  async [Symbol.asyncDispose](): Promise<void> {
    await (this.#report ?? this.drain());
  }

  #lineagePhase(): number {
    let phase = OPEN;
    for (const tracker of this.#lineage) phase = Math.max(phase, tracker.#phase);
    return phase;
  }

  /** A new task: tracked, or turned away and settled. Checks and changes in one block. */
  #admit(
    name: string,
    state: "acknowledging" | "starting",
    context: C | undefined,
  ): TrackedTask<C> {
    const isStopped = this.#lineagePhase() >= CANCELLING;
    if (!isStopped) this.#checkRoom(name);
    const family = this.#family;
    const spawnedAtMs = family.clock.now();
    const id = ++family.lastId;
    const task = new TrackedTask<C>({
      id,
      name,
      tracker: this.name,
      context,
      spawnedAtMs,
      state,
    });
    if (isStopped) this.#turnAway(task);
    else for (const tracker of this.#lineage) tracker.#tasks.set(task, this);
    return task;
  }

  #checkRoom(name: string): void {
    for (const tracker of this.#lineage) {
      if (tracker.#tasks.size < tracker.#tasksMax) continue;
      throw new TrackerFullError(name, tracker.name, tracker.#tasksMax);
    }
  }

  /** Never tracked, so that whoever keeps spawning into a stopped tracker can not hold up its end. */
  #turnAway(task: TrackedTask<C>): void {
    const message = `Cannot start task "${task.name}": tracker "${this.name}" is ${this.state}`;
    const result = { status: "cancelled", reason: new TaskCancelledError(message) } as const;
    task.settle(result);
    for (const tracker of this.#lineage) tracker.#drain?.count(task.name, result.status);
    // The observer is foreign code: not in the frame of the caller of `spawn`.
    void task.settled.then(() => this.#family.reporter.settled(task, result));
  }

  async #run(task: TrackedTask<C>, run: (signal: AbortSignal) => unknown): Promise<void> {
    await null; // a fresh microtask: foreign code never runs in the caller's frame
    this.#end(task, await task.execute(run, () => this.#family.reporter.started(task)));
  }

  #end(task: TrackedTask<C>, result: TaskResult<unknown>): void {
    if (task.settle(result)) {
      this.#forget(task, result.status);
      this.#family.reporter.settled(task, result);
    }
    // Also the late error of an abandoned task: nobody else would ever see it.
    if (result.status === "failed") this.#family.reporter.failed(task, result.error);
  }

  /**
   * An acknowledgement failed. Its error is the caller's (`true`), and no drain counts it; one that
   * fails after it was abandoned is an error like any late one.
   */
  #withdraw(task: TrackedTask<C>, error: unknown): boolean {
    const isCallers = task.settle({ status: "failed", error });
    if (isCallers) this.#forget(task);
    else this.#family.reporter.failed(task, error);
    return isCallers;
  }

  /** After the task's `settled`, so that what awaits that comes before the drains look again. */
  #forget(task: TrackedTask<C>, status?: TaskResult<unknown>["status"]): void {
    for (const tracker of this.#lineage) {
      tracker.#tasks.delete(task);
      if (status) tracker.#drain?.count(task.name, status);
      if (tracker.#tasks.size === 0) tracker.#drain?.wake();
    }
  }

  #newDrain(): Drain {
    this.#phase = DRAINING;
    return new Drain({
      tracker: this.name,
      clock: this.#family.clock,
      namesMax: this.#family.namesMax,
      cancelRest: (reason) => {
        this.#phase = CANCELLING;
        for (const task of this.#tasks.keys()) task.cancel(reason);
      },
      abandonRest: () => {
        for (const [task, owner] of this.#tasks) owner.#end(task, task.givenUp());
      },
    });
  }

  /** Bounded by the drain's deadline and grace: after them there is no task left. */
  async #untilQuiet(drain: Drain): Promise<DrainReport> {
    while (this.#tasks.size > 0) await drain.woken();
    this.#phase = CLOSED;
    const report = drain.end();
    await null; // the observer is foreign code: not in the frame of the caller of `drain`
    this.#family.reporter.drained(report);
    return report;
  }
}

/** An `ack` that throws becomes one that rejects. */
async function acknowledge(options: { ack(): void | Promise<void> }): Promise<void> {
  await options.ack();
}
