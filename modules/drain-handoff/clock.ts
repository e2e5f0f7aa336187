// Each module that imports nothing has a clock of its own. They have the same shape, so one fits all.
/** Time as this module needs it: injected, so that a test or a simulator owns it. */
export interface Clock {
  /** Milliseconds from a fixed point that never goes back. */
  now(): number;
  /** Calls `fn` once, `ms` milliseconds from now. Returns what `clearTimeout` takes. */
  setTimeout(fn: () => void, ms: number): unknown;
  /** Takes a timer back. */
  clearTimeout(handle: unknown): void;
}

/** The clock of the runtime, used where none is injected. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: (handle) => clearTimeout(handle as number),
};
