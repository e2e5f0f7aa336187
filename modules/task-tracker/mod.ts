export { type Clock, systemClock } from "./clock.ts";
export type { DrainOptions, DrainReport } from "./drain.ts";
export { TaskCancelledError, TaskFailedError, TrackerFullError } from "./errors.ts";
export type {
  AckThenRunOptions,
  SpawnOptions,
  TaskObserver,
  TaskTrackerOptions,
} from "./options.ts";
export type { Task, TaskInfo, TaskResult, TaskState } from "./task.ts";
export { TaskTracker } from "./task_tracker.ts";
