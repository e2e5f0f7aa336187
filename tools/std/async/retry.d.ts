/** Thrown by {@linkcode retry} after the last attempt; its `cause` is what that attempt threw. */
export class RetryError extends Error {
  constructor(cause: unknown, attempts: number);
}

/** Options of {@linkcode retry}. Times are milliseconds of the machine's clock. */
export interface RetryOptions {
  /** How much the wait grows from one attempt to the next. Default 2. */
  multiplier?: number;
  /** The longest wait between two attempts. Default 60,000. */
  maxTimeout?: number;
  /** How many times the function is called at most. Default 5. */
  maxAttempts?: number;
  /** The wait after the first failure. Default 1,000. */
  minTimeout?: number;
  /** The random part of a wait: 0 is none of it, 1 is all of it. Default 1. */
  jitter?: number;
}

/** Calls `fn` until it succeeds, waiting longer and longer in between, up to `maxAttempts` times. */
export function retry<T>(fn: (() => Promise<T>) | (() => T), options?: RetryOptions): Promise<T>;
