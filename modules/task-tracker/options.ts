import type { Clock } from "./clock.ts";
import type { DrainReport } from "./drain.ts";
import type { TaskInfo, TaskResult } from "./task.ts";

/**
 * Watches a tracker and its children. Callbacks that are absent cost nothing; what one throws
 * surfaces as an uncaught error and disturbs no task.
 */
export interface TaskObserver<C = unknown> {
  /** A task makes its first step. Not called for one that was cancelled before. */
  started?(task: TaskInfo<C>): void;
  /** A task ended: called exactly once for each. */
  settled?(task: TaskInfo<C>, result: TaskResult<unknown>): void;
  /** A drain ended. */
  drained?(report: DrainReport): void;
}

/** Options of {@linkcode TaskTracker}. */
export interface TaskTrackerOptions<C = unknown> {
  /** For errors, reports and logs. Default: `"tasks"`. */
  name?: string;
  /**
   * Gets each task's error, exactly once. Default: the error surfaces as an uncaught
   * {@linkcode TaskFailedError}, which ends most processes; it is never lost.
   */
  onError?(error: unknown, task: TaskInfo<C>): void;
  /** How many tasks there may be at a time, children's included. Default: 100,000. */
  tasksMax?: number;
  /** How many names of each kind a report lists; its counts are exact all the same. Default: 100. */
  namesMax?: number;
  /** Default: the runtime's. */
  clock?: Clock;
  observer?: TaskObserver<C>;
}

/** Options of {@linkcode TaskTracker.spawn}. */
export interface SpawnOptions<C = unknown> {
  /** Goes to `onError` and the observer with the task: channel, user, what a log line needs. */
  context?: C;
}

/** Options of {@linkcode TaskTracker.ackThenRun}. */
export interface AckThenRunOptions<T, C = unknown> extends SpawnOptions<C> {
  readonly name: string;
  /** Tells the sender that its message was taken. Called at once. */
  ack(): void | Promise<void>;
  /** The work, started after `ack` went through. */
  run(signal: AbortSignal): Promise<T> | T;
}
