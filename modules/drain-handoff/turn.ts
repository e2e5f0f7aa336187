import type { Claim, Guard } from "@lanekeeper/lock-scope";

/** How the work of a turn settled. */
export type WorkEnd =
  /** It returned. */
  | { readonly status: "completed"; readonly value: unknown }
  /** It threw. */
  | { readonly status: "failed"; readonly error: unknown };

/** How a turn ended. Exactly one for each turn (`EXACTLY_ONE_OUTCOME`). */
export type TurnEnd =
  | WorkEnd
  /** The turn was interrupted. Its work has settled, as `work` tells, or never began. */
  | { readonly status: "cancelled"; readonly reason: unknown; readonly work?: WorkEnd }
  /** The turn was interrupted and its work did not settle within `abandonAfterMs`. */
  | { readonly status: "abandoned"; readonly reason: unknown };

/** Where a turn is: it has the guard, its work runs, its work settled, or it was given up. */
export type TurnState = "ready" | "running" | "settled" | "abandoned";

/**
 * One run of the work, and the owner of the guard while it lasts.
 *
 * Guarantees
 * - `GUARD_WHILE_RUNNING`: while the work runs this turn owns the guard of its key, unless it was
 *   abandoned under `onAbandon: "proceed"`.
 * - `STALE_EFFECT_FENCED`: {@linkcode live} turns false in the same synchronous step in which the
 *   turn is interrupted, abandoned or settled, and never turns true again.
 */
export interface Turn<K, T> {
  /** The key whose guard this turn holds. */
  readonly key: K;
  /** What `next()` gave for this turn. */
  readonly item: T;
  /** The guard: the same object for every turn of a chain (`GUARD_IDENTITY_CHAIN`, B3). */
  readonly guard: Guard<K>;
  /** The guard's number; with the key it is the fencing token. */
  readonly generation: number;
  readonly state: TurnState;
  /** Aborts when the turn is interrupted. Made on first use. */
  readonly signal: AbortSignal;
  readonly interrupted: boolean;
  /** Whether effects of this turn still count: it owns the guard and was not interrupted. */
  readonly live: boolean;
  /** Fulfils with the end of the turn; never rejects. */
  readonly ended: Promise<TurnEnd>;
  /**
   * Asks the work to stop. The guard stays where it is until the work has settled (`SINGLE_TURN`);
   * a turn that has not begun yet never begins (B6).
   *
   * @returns `false` when the turn was interrupted before or is over: nothing was done.
   */
  interrupt(reason?: unknown): boolean;
  /** @throws {StaleTurnError} if the turn is no longer {@linkcode live}. */
  throwIfStale(): void;
}

/** An effect of a turn that no longer counts (`STALE_EFFECT_FENCED`, B7). */
export class StaleTurnError extends Error {
  override readonly name = "StaleTurnError";
  /** Stable code for callers that cross a realm or a wire. */
  readonly code = "stale_turn";

  constructor(turn: { readonly generation: number; readonly state: TurnState }) {
    super(
      `Cannot act for generation ${turn.generation}: the turn was interrupted or is ${turn.state}`,
    );
  }
}

/** What a turn tells the chain that runs it. */
export interface TurnOwner<K, T> {
  interrupted(turn: TurnTask<K, T>): void;
}

/** The turn as the chain sees it. Users see {@linkcode Turn}. */
export class TurnTask<K, T> implements Turn<K, T> {
  readonly item: T;
  readonly claim: Claim<K>;
  state: TurnState = "ready";
  interrupted = false;
  reason: unknown = undefined;
  /** The timer that gives the turn up. */
  timer: unknown = undefined;
  readonly #owner: TurnOwner<K, T>;
  #controller: AbortController | undefined = undefined;
  #end: TurnEnd | undefined = undefined;
  #ended: Promise<TurnEnd> | undefined = undefined;
  #resolve: ((end: TurnEnd) => void) | undefined = undefined;

  constructor(owner: TurnOwner<K, T>, claim: Claim<K>, item: T) {
    this.#owner = owner;
    this.claim = claim;
    this.item = item;
  }

  get key(): K {
    return this.claim.guard.key;
  }

  get guard(): Guard<K> {
    return this.claim.guard;
  }

  get generation(): number {
    return this.claim.guard.generation;
  }

  get live(): boolean {
    return !this.interrupted && (this.state === "running" || this.state === "ready") &&
      this.claim.held;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.interrupted) this.#abort(this.#controller);
    }
    return this.#controller.signal;
  }

  get ended(): Promise<TurnEnd> {
    this.#ended ??= this.#end !== undefined
      ? Promise.resolve(this.#end)
      : new Promise((resolve) => this.#resolve = resolve);
    return this.#ended;
  }

  interrupt(reason?: unknown): boolean {
    if (this.interrupted || this.state === "settled" || this.state === "abandoned") return false;
    this.interrupted = true;
    this.reason = reason;
    this.#owner.interrupted(this);
    // Last, because listeners are foreign code: whatever they call finds the state already changed.
    if (this.#controller !== undefined) this.#abort(this.#controller);
    return true;
  }

  throwIfStale(): void {
    if (!this.live) throw new StaleTurnError(this);
  }

  /** Writes the end down, once, and tells who waits for it. */
  finish(state: "settled" | "abandoned", end: TurnEnd): void {
    this.state = state;
    this.#end = end;
    this.#resolve?.(end);
  }

  #abort(controller: AbortController): void {
    if (this.reason === undefined) controller.abort();
    else controller.abort(this.reason);
  }
}
