/**
 * The exclusive right to run turns on a key. It stays the same object while it moves from turn to
 * turn of a chain (`GUARD_IDENTITY_CHAIN`, B3).
 */
export interface Guard<K> {
  readonly key: K;
  /** Grows with every new guard; with the key it is the fencing token of a turn. */
  readonly generation: number;
}

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
  /** The turn was interrupted and its work had not settled after `abandonAfterMs`. */
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
  /** The key whose guard this turn has. */
  readonly key: K;
  /** What `next()` gave for this turn. */
  readonly item: T;
  readonly guard: Guard<K>;
  /** The guard's number. */
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
   * a turn that has not begun yet never begins (B6). What waits behind it is not touched.
   *
   * @param reason The signal's reason and the end's. Default: an `AbortError`.
   * @returns `false` when the turn was interrupted before or is over: nothing was done.
   */
  interrupt(reason?: unknown): boolean;
  /**
   * Makes `promise` a part of the turn's work: the guard does not move before it has settled too,
   * with whatever. When the turn was interrupted and only parts are left after `abandonAfterMs`, they
   * are given up and not the turn. Each part is kept until the turn is over, so add few; one that
   * waits for the turn itself never settles.
   *
   * @returns `false` when the turn is over: nothing waits.
   */
  waitUntil(promise: Promise<unknown>): boolean;
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
      `Cannot act for generation ${turn.generation}: the turn ${
        turn.state === "settled" || turn.state === "abandoned"
          ? `is ${turn.state}`
          : "was interrupted"
      }`,
    );
  }
}
