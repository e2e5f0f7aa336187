// Each module that imports nothing has a clock of its own. They have the same shape, so one fits all.
/**
 * Time as this module needs it. A test passes one that moves only when it says so.
 */
export interface Clock {
  /** Milliseconds on a scale that never goes back. */
  now(): number;
  /** Calls `fn` once, `ms` milliseconds from now; returns what `clearTimeout` takes. */
  setTimeout(fn: () => void, ms: number): unknown;
  /** Takes back a call that has not been made yet. */
  clearTimeout(handle: unknown): void;
}

/** The clock of the runtime, used where none is injected. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: (handle) => clearTimeout(handle as number),
};
