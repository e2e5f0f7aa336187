import { type HoldLimit, HoldWatch, takenHere } from "./hold_watch.ts";
import {
  type Lock,
  type LockGrantedCallback,
  type LockMode,
  type LockOptions,
  type LockRequest,
  readLockRequest,
} from "./lock_request.ts";

/** One lock or request, as {@linkcode LockManager.query} shows it. */
export interface LockInfo {
  /** The name that is held or awaited. */
  name: string;
  /** The mode that was asked for. */
  mode: LockMode;
  /** The `clientId` of the manager. */
  clientId: string;
}

/** What {@linkcode LockManager.query} resolves with. */
export interface LockManagerSnapshot {
  /** The locks that are held. */
  held: LockInfo[];
  /** The requests that wait; those for one name in the order in which they came. */
  pending: LockInfo[];
}

/** Options of {@linkcode LockManager}. */
export interface LockManagerOptions {
  /** How many requests may wait for one name. Default: 1000. */
  waitersMax?: number | undefined;
  /** What snapshots show as `clientId`. Default: `"local"`. */
  clientId?: string | undefined;
  /** Reports an exclusive lock that is held for too long. Default: no watch, and no timer. */
  holdLimit?: HoldLimit<string> | undefined;
}

/** The rejection of a request that would have to wait where there is no more room to. */
export class LockQueueFullError extends Error {
  /** The name of the lock. */
  readonly lockName: string;
  /** How many requests may wait for it. */
  readonly waitersMax: number;

  /** @ignore */
  constructor(lockName: string, waitersMax: number) {
    super(`Cannot request lock: ${waitersMax} requests wait for ${JSON.stringify(lockName)}`);
    this.name = "LockQueueFullError";
    this.lockName = lockName;
    this.waitersMax = waitersMax;
  }
}

/** A request with its promise. */
interface Ticket extends LockRequest {
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
  /** Where it was made, if somebody watches. */
  readonly taken: Error | undefined;
  onAbort: (() => void) | undefined;
  lock: GrantedLock | undefined;
}

/** All that is known of one name; it exists only while the name is held or awaited. */
class Entry {
  readonly name: string;
  readonly held = new Map<GrantedLock, Ticket>();
  /** In the order of arrival. */
  readonly waiting = new Set<Ticket>();
  #mode: LockMode = "shared";

  constructor(name: string) {
    this.name = name;
  }

  admits(mode: LockMode): boolean {
    return this.held.size === 0 || (mode === "shared" && this.#mode === "shared");
  }

  hold(lock: GrantedLock, ticket: Ticket): void {
    this.#mode = lock.mode;
    this.held.set(lock, ticket);
  }
}

class GrantedLock implements Lock {
  readonly name: string;
  readonly mode: LockMode;
  readonly generation: number;
  readonly #entry: Entry;

  constructor(entry: Entry, mode: LockMode, generation: number) {
    this.name = entry.name;
    this.mode = mode;
    this.generation = generation;
    this.#entry = entry;
  }

  get held(): boolean {
    return this.#entry.held.has(this);
  }
}

/**
 * The Web Locks API for one thread, where the runtime has no `navigator.locks`, or one that differs
 * from the API (the README lists what was seen).
 *
 * When to use: when work on a name has to wait in line for its turn, alone or together with other
 * readers. Not to decide whether work may start at all ({@linkcode Claims} does that in one
 * synchronous step), not to share one result ({@linkcode SingleFlight}), and not between threads,
 * processes or tabs: what this manager grants is known in this thread only. Do not hold a lock
 * across I/O that can hang: whoever waits behind hangs with it.
 *
 * - `request()` and `query()` behave as the Web Locks API says, including its errors and `steal`.
 *   The callback runs in a later microtask, never inside `request()`.
 * - `FIFO`: requests for one name are granted in the order in which they came; a shared one waits
 *   behind an exclusive one that waits. `steal` is the one exception.
 * - `OWNER_ONLY_RELEASE`: a lock is released when its own callback settles, and by nothing else.
 * - `LOCK_STABLE`: what is known of a name is never replaced while it is held or awaited.
 * - `BOUNDED_STATE`: a name that is neither held nor awaited costs nothing; at most `waitersMax`
 *   requests wait for one name. No timer unless `holdLimit` is given, then one per exclusive lock.
 *
 * Additions to the Web Locks API: `lock.held` and `lock.generation`, by which a holder that was
 * stolen from can tell (`STALE_EFFECT_FENCED`; its callback goes on, as the API says),
 * {@linkcode LockManager.snapshot}, {@linkcode LockManager.size} and the constructor's options.
 *
 * Cancel safety: a `signal` that aborts while the request waits takes it out of the line and
 * rejects with `signal.reason`; nobody else loses a place. Once the callback is called, the signal
 * has no effect: pass it to the work itself. The listener is removed on every path.
 *
 * Where it comes from: A1, A10 and the corpus rows lock-swap and wide-lock.
 *
 * @example Work on one name runs one at a time, in order
 * ```ts
 * import { LockManager } from "@lanekeeper/lock-scope";
 * import assert from "node:assert/strict";
 *
 * const locks = new LockManager();
 * const order: number[] = [];
 * await Promise.all([
 *   locks.request("transcript", () => order.push(1)),
 *   locks.request("transcript", () => order.push(2)),
 * ]);
 * assert.deepEqual(order, [1, 2]);
 * ```
 */
export class LockManager {
  readonly #entries = new Map<string, Entry>();
  readonly #waitersMax: number;
  readonly #clientId: string;
  readonly #watch: HoldWatch<string> | undefined;
  #generation = 0;

  /**
   * Makes a manager of its own; no two share a lock.
   *
   * @param options See {@linkcode LockManagerOptions}
   * @throws {RangeError} If `waitersMax` is not a whole number from 0, or `holdLimit.ms` not a
   * limit that a timer can hold
   */
  constructor(options: LockManagerOptions = {}) {
    const { waitersMax = 1000, clientId = "local", holdLimit } = options;
    if (!Number.isSafeInteger(waitersMax) || waitersMax < 0) {
      throw new RangeError(`Cannot make LockManager: ${waitersMax} is not a number of waiters`);
    }
    this.#waitersMax = waitersMax;
    this.#clientId = clientId;
    this.#watch = holdLimit === undefined ? undefined : new HoldWatch(holdLimit);
  }

  /**
   * Asks for the lock `name`, and runs `callback` while it is held.
   *
   * @param name Any string that does not start with `-`
   * @param callback What to run; the lock is released when what it returns settles, or it throws
   * @returns What `callback` returns or throws, after the lock was released. Rejects with
   * - `signal.reason`, if the signal aborts before the callback is called;
   * - a `DOMException` named `AbortError`, if the lock is stolen meanwhile;
   * - a `DOMException` named `NotSupportedError`, if the name is reserved or the options exclude
   *   each other, and a `TypeError`, if an argument is of the wrong type;
   * - a {@linkcode LockQueueFullError}, if `waitersMax` requests wait already.
   */
  request<T>(name: string, callback: (lock: Lock) => T): Promise<Awaited<T>>;
  /** The same with options; the callback gets `null` if `ifAvailable` finds the lock taken. */
  request<T>(
    name: string,
    options: LockOptions,
    callback: LockGrantedCallback<T>,
  ): Promise<Awaited<T>>;
  request(...args: unknown[]): Promise<unknown> {
    const taken = this.#watch && takenHere();
    // What the executor throws rejects the promise: no error leaves request() synchronously.
    return new Promise((resolve, reject) => {
      const request = readLockRequest(args);
      this.#admit({ ...request, resolve, reject, taken, onAbort: undefined, lock: undefined });
    });
  }

  /** What is held and what waits, as a promise, as the Web Locks API has it. */
  query(): Promise<LockManagerSnapshot> {
    return Promise.resolve(this.snapshot());
  }

  /** What is held and what waits. */
  snapshot(): LockManagerSnapshot {
    const snapshot: LockManagerSnapshot = { held: [], pending: [] };
    const clientId = this.#clientId;
    for (const { name, held, waiting } of this.#entries.values()) {
      for (const { mode } of held.keys()) snapshot.held.push({ name, mode, clientId });
      for (const { mode } of waiting) snapshot.pending.push({ name, mode, clientId });
    }
    return snapshot;
  }

  /** How many names are held or awaited. */
  get size(): number {
    return this.#entries.size;
  }

  #admit(ticket: Ticket): void {
    const entry = this.#entries.get(ticket.name) ?? new Entry(ticket.name);
    if (ticket.steal) this.#fenceHolders(entry);
    if (ticket.steal || (entry.waiting.size === 0 && entry.admits(ticket.mode))) {
      this.#entries.set(ticket.name, entry);
      this.#grant(entry, ticket);
    } else if (ticket.ifAvailable) {
      void Promise.resolve(null).then(ticket.callback).then(ticket.resolve, ticket.reject);
      return;
    } else if (entry.waiting.size >= this.#waitersMax) {
      throw new LockQueueFullError(ticket.name, this.#waitersMax);
    } else {
      entry.waiting.add(ticket);
    }
    if (ticket.signal === undefined) return;
    ticket.onAbort = () => this.#abort(entry, ticket);
    ticket.signal.addEventListener("abort", ticket.onAbort, { once: true });
  }

  #grant(entry: Entry, ticket: Ticket): void {
    const lock = new GrantedLock(entry, ticket.mode, ++this.#generation);
    ticket.lock = lock;
    entry.hold(lock, ticket);
    if (lock.mode === "exclusive") {
      this.#watch?.begin(lock, lock.name, lock.generation, ticket.taken);
    }
    void this.#run(entry, ticket, lock);
  }

  async #run(entry: Entry, ticket: Ticket, lock: GrantedLock): Promise<void> {
    await undefined;
    const { signal, onAbort } = ticket;
    if (signal?.aborted) return this.#abort(entry, ticket);
    if (onAbort !== undefined) signal?.removeEventListener("abort", onAbort);
    try {
      const value = await ticket.callback(lock);
      this.#release(entry, lock);
      ticket.resolve(value);
    } catch (error) {
      this.#release(entry, lock);
      ticket.reject(error);
    }
  }

  /** Does nothing for a lock that is no longer held: it was stolen. */
  #release(entry: Entry, lock: GrantedLock): void {
    if (!entry.held.delete(lock)) return;
    this.#watch?.end(lock, lock.name, lock.generation);
    this.#advance(entry);
  }

  #abort(entry: Entry, ticket: Ticket): void {
    ticket.reject(ticket.signal?.reason);
    if (ticket.lock !== undefined) return this.#release(entry, ticket.lock);
    entry.waiting.delete(ticket);
    this.#advance(entry);
  }

  #fenceHolders(entry: Entry): void {
    for (const [lock, ticket] of entry.held) {
      entry.held.delete(lock);
      this.#watch?.end(lock, lock.name, lock.generation);
      ticket.reject(new DOMException(`Lock ${JSON.stringify(lock.name)} was stolen`, "AbortError"));
    }
  }

  #advance(entry: Entry): void {
    for (const ticket of entry.waiting) {
      if (!entry.admits(ticket.mode)) break;
      entry.waiting.delete(ticket);
      this.#grant(entry, ticket);
    }
    if (entry.held.size === 0) this.#entries.delete(entry.name);
  }
}
