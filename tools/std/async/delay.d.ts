/** Options of {@linkcode delay}. */
export interface DelayOptions {
  /** Ends the wait early: it rejects with the signal's reason. */
  signal?: AbortSignal;
  /** `false` lets the process end while the timer is set. Deno only. */
  persistent?: boolean;
}

/** Resolves after `ms` milliseconds of the machine's clock, or rejects when the signal aborts. */
export function delay(ms: number, options?: DelayOptions): Promise<void>;
