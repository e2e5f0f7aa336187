import { TaskCancelledError } from "./errors.ts";

/**
 * How a task ended: exactly one of these for each task (`EXACTLY_ONE_OUTCOME`).
 *
 * - `completed`: its function returned, be it after it was asked to stop.
 * - `failed`: its function threw. The error also went to `onError`.
 * - `cancelled`: it was cancelled before its first step, or it threw its cancel: the reason itself
 *   or an error named `AbortError`, after its signal was aborted.
 * - `abandoned`: it ignored its cancel for longer than the drain's `cancelGraceMs`. Its function
 *   may still be running; what it returns is dropped, what it throws still goes to `onError`.
 *
 * @example Reading a result
 * ```ts
 * import { type TaskResult, TaskTracker } from "@lanekeeper/task-tracker";
 * import assert from "node:assert/strict";
 *
 * const tracker = new TaskTracker();
 * const result: TaskResult<number> = await tracker.spawn("answer", () => 42).settled;
 * assert.deepEqual(result, { status: "completed", value: 42 });
 * await tracker.drain();
 * ```
 */
export type TaskResult<T> =
  | { readonly status: "completed"; readonly value: T }
  | { readonly status: "failed"; readonly error: unknown }
  | { readonly status: "cancelled"; readonly reason: unknown }
  | { readonly status: "abandoned" };

/**
 * Where a task is: its acknowledgement is under way, it waits for its first step, it runs, it was
 * asked to stop and has not ended yet; or how it ended.
 */
export type TaskState =
  | "acknowledging"
  | "starting"
  | "running"
  | "cancelling"
  | TaskResult<unknown>["status"];

/** One task as `snapshot()`, `onError` and an observer see it: a copy, taken at that moment. */
export interface TaskInfo<C = unknown> {
  /** Unique in the tracker and all its children. */
  readonly id: number;
  readonly name: string;
  /** The name of the tracker it was spawned on. */
  readonly tracker: string;
  /** What the caller of `spawn` or `ackThenRun` gave with it. */
  readonly context: C | undefined;
  readonly state: TaskState;
  /** When it came, on the tracker's clock. */
  readonly spawnedAtMs: number;
}

/**
 * A handle on one tracked task.
 *
 * When to use: keep it to await the result or to cancel; drop it freely otherwise, the tracker
 * looks after the task and its error. Not a promise: `await task` does not wait.
 *
 * - `FUTURE_SETTLES`: `settled` never rejects, and settles at the latest when a drain abandons it.
 * - `EXACTLY_ONE_OUTCOME`: the first end counts; a later one changes nothing.
 *
 * @example Cancelling a task
 * ```ts
 * import { type Task, TaskTracker } from "@lanekeeper/task-tracker";
 * import assert from "node:assert/strict";
 *
 * const tracker = new TaskTracker();
 * const task: Task<string> = tracker.spawn("reply", () => "never");
 * task.cancel("changed my mind"); // before its first step: the function is never called
 * assert.deepEqual(await task.settled, { status: "cancelled", reason: "changed my mind" });
 * await tracker.drain();
 * ```
 */
export interface Task<T> {
  readonly name: string;
  /** Unique in the tracker and all its children. */
  readonly id: number;
  /** Fulfils with how the task ended. Never rejects. */
  readonly settled: Promise<TaskResult<T>>;
  /**
   * Asks the task to stop, by aborting its signal. Does nothing after the first time and after the
   * end. A task that has not made its first step never makes it.
   *
   * Cancel safety: the task stays tracked until it really ended; a cancel frees nothing early.
   *
   * @param reason What `signal.reason` becomes. Default: a {@linkcode TaskCancelledError}
   */
  cancel(reason?: unknown): void;
}

/** What {@linkcode TrackedTask} is made from. */
export interface TrackedTaskParts<C> {
  readonly id: number;
  readonly name: string;
  readonly tracker: string;
  readonly context: C | undefined;
  readonly spawnedAtMs: number;
  readonly state: "acknowledging" | "starting";
}

type Result = TaskResult<unknown>;

/** The state machine of one task; it knows nothing of the tracker. Users see it as {@linkcode Task}. */
export class TrackedTask<C> implements Task<unknown> {
  readonly settled: Promise<Result>;
  readonly #parts: TrackedTaskParts<C>;
  #resolve!: (result: Result) => void;
  #state: TaskState;
  #isSettled = false;
  /** Foreign code of this task is under way: its acknowledgement or its function. */
  #isBusy: boolean;
  #reason: unknown = undefined;
  #controller: AbortController | undefined = undefined;

  constructor(parts: TrackedTaskParts<C>) {
    this.#parts = parts;
    this.#state = parts.state;
    this.#isBusy = parts.state === "acknowledging";
    this.settled = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  get id(): number {
    return this.#parts.id;
  }

  get name(): string {
    return this.#parts.name;
  }

  get tracker(): string {
    return this.#parts.tracker;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  info(): TaskInfo<C> {
    return { ...this.#parts, state: this.#state };
  }

  cancel(reason?: unknown): void {
    if (this.#isSettled || this.#state === "cancelling") return;
    this.#state = "cancelling";
    this.#reason = reason === undefined
      ? new TaskCancelledError(`Task "${this.name}" was cancelled`)
      : reason;
    this.#controller?.abort(this.#reason);
  }

  /** The acknowledgement went through: the task may make its first step. */
  acknowledged(): void {
    this.#isBusy = false;
    if (this.#state === "acknowledging") this.#state = "starting";
  }

  /**
   * Calls `run`, unless the task was cancelled before this, its first step, and tells how it ended.
   * `onStart` is called right before `run`.
   */
  async execute(
    run: (signal: AbortSignal) => unknown,
    onStart: () => void,
  ): Promise<Result> {
    if (this.#state !== "starting") return { status: "cancelled", reason: this.#reason };
    this.#controller = new AbortController();
    this.#state = "running";
    this.#isBusy = true;
    onStart();
    try {
      return { status: "completed", value: await run(this.#controller.signal) };
    } catch (error) {
      return this.#isOwnCancel(error)
        ? { status: "cancelled", reason: this.#reason }
        : { status: "failed", error };
    }
  }

  /** The end of a task that a drain waits for no longer: one that never ran is just cancelled. */
  givenUp(): Result {
    return this.#isBusy ? { status: "abandoned" } : { status: "cancelled", reason: this.#reason };
  }

  /** Ends the task. Returns `false`, and changes nothing, when it had ended before. */
  settle(result: Result): boolean {
    if (this.#isSettled) return false;
    this.#isSettled = true;
    this.#state = result.status;
    this.#resolve(result);
    return true;
  }

  #isOwnCancel(error: unknown): boolean {
    if (this.#controller?.signal.aborted !== true) return false;
    return error === this.#reason ||
      (error as { name?: unknown } | null | undefined)?.name === "AbortError";
  }
}
