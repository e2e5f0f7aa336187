// Each module that imports nothing has a clock of its own. They have the same shape, so one fits all.
/**
 * Time as this module needs it: injected, so that a test or a simulator owns it.
 *
 * When to use: give your own to {@linkcode TaskTrackerOptions.clock} where time must stand still
 * until you say so. Not needed in production: {@linkcode systemClock} is the default.
 *
 * @example A clock whose timers never fire
 * ```ts
 * import { type Clock, TaskTracker } from "@lanekeeper/task-tracker";
 * import assert from "node:assert/strict";
 *
 * const stopped: Clock = { now: () => 0, setTimeout: () => 0, clearTimeout: () => {} };
 * const report = await new TaskTracker({ clock: stopped }).drain();
 * assert.equal(report.durationMs, 0);
 * ```
 */
export interface Clock {
  /** Milliseconds from a fixed point; never goes back. */
  now(): number;
  /** Calls `fn` once, `ms` milliseconds from now. Returns what `clearTimeout` takes. */
  setTimeout(fn: () => void, ms: number): unknown;
  /** Takes a timer back. */
  clearTimeout(handle: unknown): void;
}

/**
 * The clock of the runtime.
 *
 * When to use: it is the default; name it only to build a clock of your own on top of it.
 *
 * @example A clock that counts the timers it has set
 * ```ts
 * import { type Clock, systemClock, TaskTracker } from "@lanekeeper/task-tracker";
 * import assert from "node:assert/strict";
 *
 * let timers = 0;
 * const setTimeout: Clock["setTimeout"] = (fn, ms) => {
 *   timers += 1;
 *   return systemClock.setTimeout(fn, ms);
 * };
 * const tracker = new TaskTracker({ clock: { ...systemClock, setTimeout } });
 * tracker.spawn("greet", () => "hello");
 * await tracker.drain();
 * assert.equal(timers, 1);
 * ```
 */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: (handle) => clearTimeout(handle as number),
};
