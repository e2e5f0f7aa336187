import { type HoldLimit, HoldWatch } from "./hold_watch.ts";

/**
 * The exclusive right to a key. It stays the same object while it moves from token to token, so
 * two guards are the same right exactly when they are `===` (`GUARD_IDENTITY_CHAIN`).
 */
export interface Guard<K> {
  /** What the right is for. */
  readonly key: K;
  /** Grows with every new guard of the same {@linkcode Claims}; with the key, a fencing token. */
  readonly generation: number;
}

/** One held key, as {@linkcode Claims.snapshot} shows it. */
export interface ClaimSnapshot<K> {
  /** The key that is held. */
  readonly key: K;
  /** The generation of its guard. */
  readonly generation: number;
}

/** Options of {@linkcode Claims}. */
export interface ClaimsOptions<K> {
  /** Reports a token that owns its guard for too long. Default: no watch, and no timer. */
  holdLimit?: HoldLimit<K> | undefined;
}

/** Thrown by {@linkcode Claims.critical} when the key is held, be it by the caller itself. */
export class ClaimHeldError extends Error {
  /** The key that is held. */
  readonly key: unknown;

  /** @ignore */
  constructor(key: unknown) {
    super(`Cannot enter critical section: key ${named(key)} is held`);
    this.name = "ClaimHeldError";
    this.key = key;
  }
}

/** Thrown by {@linkcode Claim.transfer} when this token does not own its guard (any more). */
export class ClaimLostError extends Error {
  /** The key of the guard. */
  readonly key: unknown;

  /** @ignore */
  constructor(key: unknown) {
    super(`Cannot transfer claim: this token does not hold key ${named(key)}`);
    this.name = "ClaimLostError";
    this.key = key;
  }
}

/** What all holds of one `Claims` share. */
class Book<K> {
  readonly holds = new Map<K, Hold<K>>();
  readonly watch: HoldWatch<K> | undefined;
  generation = 0;

  constructor(watch: HoldWatch<K> | undefined) {
    this.watch = watch;
  }
}

/** A guard and who owns it: `owner` is the only place that says so. */
class Hold<K> {
  readonly book: Book<K>;
  readonly guard: Guard<K>;
  owner: Claim<K> | undefined = undefined;

  constructor(book: Book<K>, guard: Guard<K>) {
    this.book = book;
    this.guard = guard;
  }
}

/** Makes `hold` owned by a new token; whoever owned it before is fenced by that. */
let issue: <K>(hold: Hold<K>) => Claim<K>;

/**
 * An owner's token for a {@linkcode Guard}.
 *
 * When to use: you get one from {@linkcode Claims.tryClaim} or {@linkcode Claims.steal}, keep it
 * for as long as the work runs, and release it after the work *settled*. Not to be shared: who has
 * the token can release.
 *
 * - `OWNER_ONLY_RELEASE`: only the token that owns the guard releases it; a second release, or one
 *   by a token that was transferred or stolen from, does nothing and returns `false`.
 * - `GUARD_IDENTITY_CHAIN`: {@linkcode Claim.transfer} moves the same guard object, and there is no
 *   instant at which the key is free.
 *
 * @typeParam K The type of the key
 */
export class Claim<K> {
  readonly #hold: Hold<K>;

  static {
    issue = (hold) => {
      const claim = new Claim(hold);
      hold.owner = claim;
      const { watch } = hold.book;
      if (watch !== undefined) watch.begin(claim, hold.guard.key, hold.guard.generation);
      return claim;
    };
  }

  private constructor(hold: Hold<K>) {
    this.#hold = hold;
  }

  /** The right this token is for. */
  get guard(): Guard<K> {
    return this.#hold.guard;
  }

  /** The key of the guard. */
  get key(): K {
    return this.#hold.guard.key;
  }

  /** The generation of the guard. */
  get generation(): number {
    return this.#hold.guard.generation;
  }

  /** Whether this very token owns the guard now. */
  get held(): boolean {
    return this.#hold.owner === this;
  }

  /**
   * Gives the guard up: the key is free.
   *
   * @returns `true` for the one call that released, `false` for every other
   */
  release(): boolean {
    const hold = this.#hold;
    if (hold.owner !== this) return false;
    const { book, guard } = hold;
    hold.owner = undefined;
    book.holds.delete(guard.key);
    if (book.watch !== undefined) book.watch.end(this, guard.key, guard.generation);
    return true;
  }

  /**
   * Moves the guard to a new token in one synchronous step: same guard, same generation. This token
   * is dead from then on.
   *
   * @returns The new owner's token
   * @throws {ClaimLostError} If this token does not own the guard
   */
  transfer(): Claim<K> {
    const hold = this.#hold;
    if (hold.owner !== this) throw new ClaimLostError(hold.guard.key);
    const { book, guard } = hold;
    const heir = issue(hold);
    if (book.watch !== undefined) book.watch.end(this, guard.key, guard.generation);
    return heir;
  }

  /** The same as {@linkcode Claim.release}, for `using`. */
  [Symbol.dispose](): void {
    this.release();
  }
}

/**
 * Keyed claims: for each key at most one owner, who is known by a token.
 *
 * When to use: to decide in one synchronous step who may go on ("is a turn running on this
 * session?"), and to keep that right until the work has settled. Not for waiting in line: nothing
 * waits here. Take a {@linkcode LockManager} for that, and a {@linkcode SingleFlight} when all who
 * come should share one result.
 *
 * - `ATOMIC_CLAIM`: {@linkcode Claims.tryClaim} checks and claims with no suspension between.
 * - `OWNER_ONLY_RELEASE`: see {@linkcode Claim}.
 * - `STALE_EFFECT_FENCED`: generations only grow, so what an older one does can be told apart.
 * - `BOUNDED_STATE`: an entry exists only while its key is held; no timer unless `holdLimit` is
 *   given, then one per held key.
 *
 * Cancel safety: nothing here waits, so there is nothing to cancel.
 *
 * Where it comes from: A9, B3.
 *
 * @example A session that is busy takes no second turn
 * ```ts
 * import { Claims } from "@lanekeeper/lock-scope";
 * import assert from "node:assert/strict";
 *
 * const claims = new Claims();
 * const claim = claims.tryClaim("session-1");
 * assert.equal(claims.tryClaim("session-1"), undefined);
 * assert.equal(claim?.release(), true);
 * assert.equal(claim?.release(), false);
 * ```
 *
 * @typeParam K The type of the key; compared as a `Map` does
 */
export class Claims<K = string> {
  readonly #book: Book<K>;

  /**
   * Makes a set of claims of its own; no two share anything.
   *
   * @param options See {@linkcode ClaimsOptions}
   * @throws {RangeError} If `holdLimit.ms` is not a limit that a timer can hold
   */
  constructor(options: ClaimsOptions<K> = {}) {
    const { holdLimit } = options;
    this.#book = new Book(holdLimit === undefined ? undefined : new HoldWatch(holdLimit));
  }

  /**
   * Claims `key` if nobody holds it: check and claim in one synchronous step (`ATOMIC_CLAIM`).
   *
   * @returns The token, or `undefined` if the key is held
   */
  tryClaim(key: K): Claim<K> | undefined {
    if (this.#book.holds.has(key)) return undefined;
    return this.#open(key);
  }

  /**
   * Claims `key`, from whoever holds it: a new guard with a new generation. The old token is fenced
   * (`held` is `false`, `release()` does nothing); the old owner's work is *not* stopped, so use this
   * only where its late effects are fenced by the generation.
   */
  steal(key: K): Claim<K> {
    const { holds, watch } = this.#book;
    const old = holds.get(key);
    const fenced = old?.owner;
    if (old !== undefined) old.owner = undefined;
    const claim = this.#open(key);
    if (fenced !== undefined) watch?.end(fenced, key, fenced.generation);
    return claim;
  }

  /** The guard of `key`, or `undefined` if nobody holds it. */
  guardOf(key: K): Guard<K> | undefined {
    return this.#book.holds.get(key)?.guard;
  }

  /**
   * Claims `key`, runs `fn`, and releases, also when `fn` throws. Only a synchronous function can
   * be passed, so that no claim is held across I/O (`LOCK_NARROW` by construction): an async one is
   * an error in the types, and one that returns a thenable is a `TypeError` at run time. What such a
   * function had started goes on, outside of the claim; its rejection is not reported as unhandled.
   *
   * @param key What to hold meanwhile
   * @param fn A synchronous function
   * @returns What `fn` returns
   * @throws {ClaimHeldError} If the key is held, re-entry included
   * @throws {TypeError} If `fn` returns a thenable
   */
  critical<T>(key: K, fn: () => T extends PromiseLike<unknown> ? never : T): T {
    const claim = this.tryClaim(key);
    if (claim === undefined) throw new ClaimHeldError(key);
    try {
      const result = fn();
      if (isThenable(result)) throw refused(result, key);
      return result;
    } finally {
      claim.release();
    }
  }

  /** How many keys are held. */
  get size(): number {
    return this.#book.holds.size;
  }

  /** What is held now, the oldest guard first. */
  snapshot(): ClaimSnapshot<K>[] {
    return Array.from(
      this.#book.holds.values(),
      ({ guard }) => ({ key: guard.key, generation: guard.generation }),
    );
  }

  #open(key: K): Claim<K> {
    const book = this.#book;
    const hold = new Hold(book, { key, generation: ++book.generation });
    book.holds.set(key, hold);
    return issue(hold);
  }
}

function isThenable(value: unknown): boolean {
  return value !== null && (typeof value === "object" || typeof value === "function") &&
    typeof (value as { then?: unknown }).then === "function";
}

function refused(result: unknown, key: unknown): TypeError {
  // Only a native promise reports a rejection that nobody handles; other thenables may start their
  // work when `then` is called, so they are left alone.
  if (result instanceof Promise) Promise.prototype.then.call(result, undefined, () => {});
  return new TypeError(
    `Cannot hold key ${named(key)} across a wait: the critical section returned a thenable`,
  );
}

function named(key: unknown): string {
  if (typeof key === "string") return JSON.stringify(key);
  return key !== null && typeof key === "object" ? "(an object)" : String(key);
}
