import type { Clock } from "@lanekeeper/session-queue";

/** Options of `sleep()`. */
export interface SleepOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Waits on the injected clock. Rejects with `signal.reason` as soon as the signal aborts; neither
 * the timer nor the listener outlives the wait. (A `delay()` on the global timer would escape a
 * test's clock.)
 */
export function sleep(ms: number, { clock, signal }: SleepOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const onAbort = () => {
      clock.clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = clock.setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
