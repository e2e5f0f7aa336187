import type { DrainReport } from "./drain.ts";
import { TaskFailedError } from "./errors.ts";
import type { TaskTrackerOptions } from "./options.ts";
import type { TaskResult, TrackedTask } from "./task.ts";

/** Calls what the user gave to be told, such that nothing it does disturbs a task. */
export class Reporter<C> {
  readonly #options: TaskTrackerOptions<C>;

  constructor(options: TaskTrackerOptions<C>) {
    this.#options = options;
  }

  started(task: TrackedTask<C>): void {
    const { observer } = this.#options;
    if (observer?.started) guarded(() => observer.started?.(task.info()));
  }

  settled(task: TrackedTask<C>, result: TaskResult<unknown>): void {
    const { observer } = this.#options;
    if (observer?.settled) guarded(() => observer.settled?.(task.info(), result));
  }

  drained(report: DrainReport): void {
    const { observer } = this.#options;
    if (observer?.drained) guarded(() => observer.drained?.(report));
  }

  /** A task's error goes to `onError`, or surfaces: it is never lost. */
  failed(task: TrackedTask<C>, error: unknown): void {
    const options = this.#options;
    if (options.onError) guarded(() => options.onError?.(error, task.info()));
    else surface(new TaskFailedError(task.name, task.tracker, error));
  }
}

function guarded(callback: () => void): void {
  try {
    callback();
  } catch (error) {
    surface(error);
  }
}

/** Makes an error uncaught, outside of every frame that could swallow it. */
function surface(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
