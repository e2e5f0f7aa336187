import type { Clock } from "@lanekeeper/drain-handoff";

/** The longest time that a timer of the runtimes can hold, in ms. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Sets a timer that may fire early when `ms` is longer than a timer can be. */
export function setTimer(clock: Clock, fn: () => void, ms: number): unknown {
  return clock.setTimeout(fn, Math.min(Math.max(ms, 0), TIMER_MS_MAX));
}

/**
 * Waits for `promise`, but no longer than `ms`. What it settles with is of no interest here.
 *
 * @returns whether it settled in time.
 */
export function within(clock: Clock, promise: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = ms === Infinity ? undefined : setTimer(clock, () => resolve(false), ms);
    const settle = () => {
      if (timer !== undefined) clock.clearTimeout(timer);
      resolve(true);
    };
    promise.then(settle, settle);
  });
}

/** `promise`, or the rejection with `signal.reason` if that aborts first. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  if (signal.aborted) {
    promise.catch(() => {});
    return Promise.reject(signal.reason);
  }
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    const leave = () => signal.removeEventListener("abort", abort);
    promise.then(resolve, reject).then(leave);
  });
}
