/** Options of {@linkcode SingleFlight.run}. */
export interface SingleFlightOptions {
  /** Takes this waiter alone out; the flight goes on. */
  signal?: AbortSignal | undefined;
}

/** One caller who waits for a flight. */
class Waiter<T> {
  readonly promise: Promise<T>;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: () => void;
  #resolve!: (value: T) => void;
  #reject!: (reason: unknown) => void;

  constructor(flight: Set<Waiter<T>>, signal: AbortSignal | undefined) {
    this.promise = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#signal = signal;
    this.#onAbort = () => {
      flight.delete(this);
      this.#reject(signal?.reason);
    };
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    flight.add(this);
  }

  resolve(value: T): void {
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#resolve(value);
  }

  reject(reason: unknown): void {
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#reject(reason);
  }
}

/**
 * Runs a function once for all who ask for the same key at the same time.
 *
 * When to use: when many callers may need the same thing at once and it must be done once ("resume
 * this session"), each of them being served by the same result. Not as a cache: nothing is kept
 * once the flight ends. Not when each caller's work is its own: that is a {@linkcode LockManager}.
 *
 * - `ATOMIC_CLAIM`: the function is called inside `run()`, in the same synchronous step that checks
 *   for a flight, so there is never a second starter.
 * - All who wait share one result or one failure; a failure makes nobody run again by itself, and
 *   whoever asks after it starts a new flight.
 * - `OWNER_ONLY_RELEASE`: an entry is removed by the flight that made it, before any waiter sees
 *   the result.
 * - `FUTURE_SETTLES`: each promise settles when its flight does, or when its signal aborts.
 * - `BOUNDED_STATE`: an entry exists only while its flight is under way; a waiter costs nothing
 *   once it was aborted.
 *
 * A function that awaits `run()` of its own key waits for itself.
 *
 * Cancel safety: a `signal` takes out the waiter it was given for, who rejects with
 * `signal.reason`. The flight goes on, with nobody waiting if it comes to that; a failure is then
 * dropped. With a signal that is aborted already nothing is started. The listener is removed on
 * every path.
 *
 * Where it comes from: A10 and the corpus rows lock-swap and create-race.
 *
 * @example Two callers, one resume
 * ```ts
 * import { SingleFlight } from "@lanekeeper/lock-scope";
 * import assert from "node:assert/strict";
 *
 * let resumed = 0;
 * const resumes = new SingleFlight<string, number>();
 * const resume = () => resumes.run("session-1", () => Promise.resolve(++resumed));
 * assert.deepEqual(await Promise.all([resume(), resume()]), [1, 1]);
 * ```
 *
 * @typeParam K The type of the key; compared as a `Map` does
 * @typeParam T The type of the result
 */
export class SingleFlight<K, T> {
  readonly #flights = new Map<K, Set<Waiter<T>>>();

  /**
   * Joins the flight of `key`, or starts it with `fn`.
   *
   * @param key What the callers have in common
   * @param fn Called before `run()` returns, and only if there is no flight of `key`
   * @param options See {@linkcode SingleFlightOptions}
   * @returns What the flight comes to. Rejects with what `fn` throws or rejects with, or with
   * `signal.reason`
   */
  run(key: K, fn: () => Promise<T> | T, options: SingleFlightOptions = {}): Promise<T> {
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    const flight = this.#flights.get(key);
    if (flight !== undefined) return new Waiter(flight, signal).promise;
    const started = new Set<Waiter<T>>();
    this.#flights.set(key, started);
    // It joins before it starts, so that an abort or a run() inside `fn` finds things in place.
    const { promise } = new Waiter(started, signal);
    void this.#fly(key, fn, started);
    return promise;
  }

  /** How many flights are under way. */
  get size(): number {
    return this.#flights.size;
  }

  /** Whether a flight of `key` is under way. */
  has(key: K): boolean {
    return this.#flights.has(key);
  }

  async #fly(key: K, fn: () => Promise<T> | T, waiters: Set<Waiter<T>>): Promise<void> {
    try {
      // Inside a promise, so that what `fn` throws at once is shared like any other failure.
      const value = await new Promise<T>((resolve) => resolve(fn()));
      this.#flights.delete(key);
      for (const waiter of waiters) waiter.resolve(value);
    } catch (error) {
      this.#flights.delete(key);
      for (const waiter of waiters) waiter.reject(error);
    }
  }
}
