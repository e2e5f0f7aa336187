/** The right to handle one post, until it is known how that ended. */
export interface DedupeClaim {
  /** It was handled: another delivery within the horizon is a duplicate. */
  keep(): void;
  /** It was not handled: another delivery is welcome (`FAILURE_RETRYABLE`). */
  free(): void;
}

/** Options of {@linkcode Dedupe}. */
export interface DedupeOptions {
  /** How many handled posts are remembered. */
  readonly postsMax: number;
  /** For how long, in ms. */
  readonly horizonMs: number;
  now(): number;
}

/**
 * Which posts are being handled, and which were.
 *
 * - `DEDUPE_SOUND`: a post has at most one claim at a time, and none after one that was kept, within
 *   `horizonMs` and the last `postsMax` kept ones. Slack delivers again within minutes.
 * - `FAILURE_RETRYABLE`: one that was freed can be claimed again.
 * - `OWNER_ONLY_RELEASE`: only the first end of a claim counts.
 * - `BOUNDED_STATE`: what is being handled is as much as there are tasks; the rest has its limits.
 */
export class Dedupe {
  readonly #options: DedupeOptions;
  readonly #running = new Set<string>();
  /** In the order in which they were kept. */
  readonly #kept = new Map<string, number>();

  constructor(options: DedupeOptions) {
    this.#options = options;
  }

  /** How many handled posts are remembered. */
  get size(): number {
    return this.#kept.size;
  }

  /** How many are being handled. */
  get running(): number {
    return this.#running.size;
  }

  /** @returns `undefined` for a duplicate. */
  claim(key: string): DedupeClaim | undefined {
    this.#forget();
    if (this.#running.has(key) || this.#kept.has(key)) return undefined;
    this.#running.add(key);
    let isOpen = true;
    const end = (isKept: boolean) => {
      if (!isOpen) return;
      isOpen = false;
      this.#running.delete(key);
      if (!isKept) return;
      this.#kept.set(key, this.#options.now());
      this.#forget();
    };
    return { keep: () => end(true), free: () => end(false) };
  }

  #forget(): void {
    const { postsMax, horizonMs, now } = this.#options;
    const sinceMs = now() - horizonMs;
    for (const [key, keptAtMs] of this.#kept) {
      if (this.#kept.size <= postsMax && keptAtMs >= sinceMs) return;
      this.#kept.delete(key);
    }
  }
}
