/**
 * Thrown when a tracker has as many tasks as it may have (`BOUNDED_STATE`).
 *
 * When to use: catch it where work comes in and refuse that work; nothing was started and nothing
 * was acknowledged. Not a reason to wait and retry in a loop: the limit is there to push back.
 *
 * @example Refusing work when the tracker is full
 * ```ts
 * import { TaskTracker, TrackerFullError } from "@lanekeeper/task-tracker";
 * import assert from "node:assert/strict";
 *
 * const tracker = new TaskTracker({ name: "slack", tasksMax: 1 });
 * tracker.spawn("first", () => {});
 * assert.throws(() => tracker.spawn("second", () => {}), TrackerFullError);
 * await tracker.drain();
 * ```
 */
export class TrackerFullError extends Error {
  /** The name of the tracker whose limit was met; for a child it may be an ancestor. */
  readonly tracker: string;
  /** That limit. */
  readonly tasksMax: number;

  constructor(task: string, tracker: string, tasksMax: number) {
    super(`Cannot start task "${task}": tracker "${tracker}" is full`);
    this.name = "TrackerFullError";
    this.tracker = tracker;
    this.tasksMax = tasksMax;
  }
}

/**
 * The reason of a cancel for which nobody gave one: a bare {@linkcode Task.cancel}, a drain that
 * met its deadline, a task that came too late to start.
 *
 * When to use: look for it in `signal.reason` and in a `cancelled` result. Its `name` is
 * `"AbortError"`, so code that tells cancels from failures by that name needs no change.
 *
 * @example Telling why a task was cancelled
 * ```ts
 * import { TaskCancelledError, TaskTracker } from "@lanekeeper/task-tracker";
 * import assert from "node:assert/strict";
 *
 * const tracker = new TaskTracker({ name: "slack" });
 * await tracker.drain();
 * const result = await tracker.spawn("late", () => {}).settled;
 * assert.ok(result.status === "cancelled" && result.reason instanceof TaskCancelledError);
 * assert.equal(result.reason.message, 'Cannot start task "late": tracker "slack" is closed');
 * ```
 */
export class TaskCancelledError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "AbortError";
  }
}

/**
 * What surfaces as an uncaught error when a task fails and the tracker has no `onError`: the task's
 * name, with the error itself as `cause`.
 *
 * When to use: you do not make one; you meet it in a crash log, or in a handler of uncaught errors.
 * Better: give the tracker an `onError`.
 *
 * @example Reading one in a handler of uncaught errors
 * ```ts
 * import { TaskFailedError } from "@lanekeeper/task-tracker";
 * import assert from "node:assert/strict";
 *
 * function describe(uncaught: unknown): string {
 *   return uncaught instanceof TaskFailedError ? uncaught.task : "not a task";
 * }
 * assert.equal(describe(new TaskFailedError("reply", "slack", new Error("socket"))), "reply");
 * ```
 */
export class TaskFailedError extends Error {
  /** The name of the task. */
  readonly task: string;

  constructor(task: string, tracker: string, cause: unknown) {
    super(`Task "${task}" of tracker "${tracker}" failed`, { cause });
    this.name = "TaskFailedError";
    this.task = task;
  }
}
