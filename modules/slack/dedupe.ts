/** The right to handle one post, until it is known how that ended. */
export interface DedupeClaim {
  /** It was handled: another delivery within the horizon is a duplicate. */
  keep(): void;
  /** It was not handled: another delivery of the same event is welcome (`FAILURE_RETRYABLE`). */
  free(): void;
}

/** Options of {@linkcode Dedupe}. */
export interface DedupeOptions {
  /** How many handled posts are remembered, and as many that were not handled. */
  readonly postsMax: number;
  /** For how long, in ms. */
  readonly horizonMs: number;
  now(): number;
}

/**
 * Which posts are being handled, and which were. Slack tells of one post in several events, as `message`
 * and as `app_mention`, and delivers each of them again under its own id.
 *
 * - `DEDUPE_SOUND`: a post has at most one claim at a time, and none after one that was kept, within
 *   `horizonMs` and the last `postsMax` kept ones. Slack delivers again within minutes. Of one that was
 *   freed another event is a duplicate all the same, within the same limits: the person was told.
 * - `FAILURE_RETRYABLE`: one that was freed can be claimed again by the event that had the claim.
 * - `OWNER_ONLY_RELEASE`: only the first end of a claim counts.
 * - `BOUNDED_STATE`: what is being handled is as much as there are tasks; the rest has its limits.
 */
export class Dedupe {
  readonly #options: DedupeOptions;
  readonly #running = new Set<string>();
  /** In the order in which they were kept. */
  readonly #kept = new Map<string, number>();
  /** In the order in which they were freed, with the event whose claim it was. */
  readonly #freed = new Map<
    string,
    { readonly event: string | undefined; readonly atMs: number }
  >();

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

  /**
   * Claims a post for one of its events.
   *
   * @param event The id of the event; the same for each of its deliveries
   * @returns `undefined` for a duplicate
   */
  claim(key: string, event: string | undefined): DedupeClaim | undefined {
    this.#forget();
    if (this.#running.has(key) || this.#kept.has(key)) return undefined;
    const freed = this.#freed.get(key);
    if (freed !== undefined && freed.event !== event) return undefined;
    this.#freed.delete(key);
    this.#running.add(key);
    let isOpen = true;
    const end = (isKept: boolean) => {
      if (!isOpen) return;
      isOpen = false;
      this.#running.delete(key);
      const atMs = this.#options.now();
      if (isKept) this.#kept.set(key, atMs);
      else this.#freed.set(key, { event, atMs });
      this.#forget();
    };
    return { keep: () => end(true), free: () => end(false) };
  }

  #forget(): void {
    this.#forgetOf(this.#kept, (atMs) => atMs);
    this.#forgetOf(this.#freed, ({ atMs }) => atMs);
  }

  #forgetOf<T>(posts: Map<string, T>, atMsOf: (post: T) => number): void {
    const { postsMax, horizonMs, now } = this.#options;
    const sinceMs = now() - horizonMs;
    for (const [key, post] of posts) {
      if (posts.size <= postsMax && atMsOf(post) >= sinceMs) return;
      posts.delete(key);
    }
  }
}
