import { type Claim, Claims, type Guard } from "@lanekeeper/lock-scope";
import { type Clock, systemClock } from "./clock.ts";
import {
  type Turn,
  type TurnEnd,
  type TurnOwner,
  type TurnState,
  TurnTask,
  type WorkEnd,
} from "./turn.ts";

/** What to do with the guard of a turn that ignored its interrupt. */
export type OnAbandon = "block" | "proceed";

/** Options of {@linkcode DrainHandoff}. */
export interface DrainHandoffOptions<K, T> {
  /**
   * Takes the next item of a key out of wherever it waits; `undefined` when nothing waits. Called in
   * the synchronous step in which the guard is claimed, handed off or released. It must not suspend.
   */
  next(key: K): T | undefined;
  /**
   * The work of one turn. The guard is kept until what it returns has settled, so it includes all
   * that belongs to the turn: the agent's run, the delivery of the reply, the clean-up.
   */
  run(turn: Turn<K, T>): unknown;
  /** Told of the end of each turn, exactly once, before the guard moves on. */
  ended?(turn: Turn<K, T>, end: TurnEnd): void;
  /** How long an interrupted turn may go on before it is given up, in ms. Default 5,000. */
  abandonAfterMs?: number;
  /**
   * `"block"` (default): the key takes no further turn until the abandoned work settles.
   * `"proceed"`: the guard is taken from it, under a new generation. Only for work that is isolated
   * from what comes after it: two turns of one key then overlap.
   */
  onAbandon?: OnAbandon;
  /** Told of each event; costs one check when absent. */
  observer?: DrainHandoffObserver<K, T>;
  clock?: Clock;
}

/** Plain callbacks. They run inside a synchronous step: they may look, not throw and not wait. */
export interface DrainHandoffObserver<K, T> {
  /** The work of a turn is about to be called. */
  started?(turn: Turn<K, T>): void;
  /** The guard moved, in one step, from a turn that ended to a fresh one. */
  handedOff?(from: Turn<K, T>, to: Turn<K, T>): void;
  /** Nothing waited: the guard is gone. */
  released?(guard: Guard<K>): void;
  /** The work of an abandoned turn settled after all. */
  lateSettled?(turn: Turn<K, T>): void;
}

/** A guard that is held, as {@linkcode DrainHandoff.snapshot} tells it. */
export interface GuardSnapshot<K> {
  readonly key: K;
  readonly generation: number;
  readonly state: TurnState;
  readonly interrupted: boolean;
}

/**
 * The guard of a key and its chain of turns.
 *
 * When to use: work for one key (a session, a document, a device) must run one piece at a time,
 * items arrive while a piece runs, and you keep the items yourself. Put an item where `next` finds
 * it, then call {@linkcode wake}. When you would rather have the queue, its outcomes and its limits
 * kept for you, use `@lanekeeper/session-queue`.
 *
 * Guarantees
 * - `SINGLE_TURN`: at most one turn of a key runs, counting an interrupted one that has not settled.
 * - `ATOMIC_CLAIM`: claim, owner and first item are one synchronous step (B1).
 * - `GUARD_IDENTITY_CHAIN`: at a turn's end the guard is released or, the same object, handed to a
 *   fresh task, in one synchronous step; the same on a throw and on an interrupt (B2, B3).
 * - `OWNER_ONLY_RELEASE`: only the turn that holds the guard moves it (B4).
 * - `NO_STRANDED_PENDING`: an item that is there when the turn's work settles is taken, whatever the
 *   turn was doing when it came (B5).
 * - `BOUNDED_STACK`: each turn begins on a fresh stack and nothing is kept of a finished one, so a
 *   chain may be of any length. An idle key costs nothing.
 * - `STOP_TERMINATES`: an interrupted turn ends within `abandonAfterMs`, at the latest as
 *   `abandoned`.
 *
 * @example One agent at a time for each session
 * ```ts
 * import { DrainHandoff } from "@lanekeeper/drain-handoff";
 * import assert from "node:assert/strict";
 *
 * const inbox = ["first", "second"];
 * const ran: string[] = [];
 * const chain = new DrainHandoff<string, string>({
 *   next: () => inbox.shift(),
 *   run: (turn) => ran.push(turn.item),
 * });
 * chain.wake("session-1");
 * await chain.quiet();
 * assert.deepEqual(ran, ["first", "second"]);
 * ```
 */
export class DrainHandoff<K, T> {
  readonly #options: DrainHandoffOptions<K, T>;
  readonly #observer: DrainHandoffObserver<K, T> | undefined;
  readonly #clock: Clock;
  readonly #abandonAfterMs: number;
  readonly #claims = new Claims<K>();
  readonly #owners = new Map<K, TurnTask<K, T>>();
  readonly #waiters = new Set<() => void>();
  /** Turns call it when they are interrupted: from then on they have `abandonAfterMs`. */
  readonly #fence: TurnOwner<K, T> = {
    interrupted: (turn) => {
      if (this.#abandonAfterMs === Infinity) return;
      turn.timer = this.#clock.setTimeout(() => this.#abandon(turn), this.#abandonAfterMs);
    },
  };
  #abandoned = 0;

  /** @throws {RangeError} if `abandonAfterMs` is negative or not a number. */
  constructor(options: DrainHandoffOptions<K, T>) {
    this.#options = options;
    this.#observer = options.observer;
    this.#clock = options.clock ?? systemClock;
    this.#abandonAfterMs = options.abandonAfterMs ?? 5_000;
    if (!(this.#abandonAfterMs >= 0)) {
      throw new RangeError(
        `Cannot use abandonAfterMs ${this.#abandonAfterMs}: it must be 0 or more`,
      );
    }
  }

  /** How many guards are held. */
  get size(): number {
    return this.#owners.size;
  }

  /** How many abandoned turns still go on. */
  get abandoned(): number {
    return this.#abandoned;
  }

  /** The turn that holds the guard of `key`. */
  turnOf(key: K): Turn<K, T> | undefined {
    return this.#owners.get(key);
  }

  /** The turns that hold a guard, at this moment. */
  turns(): Turn<K, T>[] {
    return [...this.#owners.values()];
  }

  /** What holds a guard, as plain data. */
  snapshot(): GuardSnapshot<K>[] {
    return this.turns().map((turn) => ({
      key: turn.key,
      generation: turn.generation,
      state: turn.state,
      interrupted: turn.interrupted,
    }));
  }

  /**
   * Says that `next(key)` may have something. If the key is idle, its guard is claimed and a turn
   * starts, on a fresh stack; if it is busy nothing is done, because the turn that runs asks `next`
   * when it ends.
   *
   * Call it in the same synchronous step in which the item was put down.
   *
   * @returns whether a turn was started.
   */
  wake(key: K): boolean {
    const claim = this.#claims.tryClaim(key);
    if (claim === undefined) return false;
    return this.#pass(claim, undefined);
  }

  /**
   * Fulfils when no guard is held. Turns that start meanwhile count.
   *
   * Cancel safety: aborting `signal` takes this waiter away and changes nothing else.
   */
  quiet(options: QuietOptions = {}): Promise<void> {
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#owners.size === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settle = () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      };
      const abort = () => {
        this.#waiters.delete(settle);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiters.add(settle);
    });
  }

  /** Hands the guard to a fresh task or, when nothing waits, releases it: one synchronous step. */
  #pass(claim: Claim<K>, from: TurnTask<K, T> | undefined): boolean {
    const { guard } = claim;
    let item: T | undefined;
    try {
      item = this.#options.next(guard.key);
    } finally {
      // Also when `next` throws: a guard without a live owner would hold its key for ever.
      if (item === undefined) this.#release(claim);
    }
    if (item === undefined) return false;
    const turn = new TurnTask<K, T>(
      this.#fence,
      from === undefined ? claim : claim.transfer(),
      item,
    );
    this.#owners.set(guard.key, turn);
    // Not awaited: the fresh task stands on its own, and the frame of the finishing one unwinds.
    void this.#perform(turn);
    if (from !== undefined) this.#observer?.handedOff?.(from, turn);
    return true;
  }

  #release(claim: Claim<K>): void {
    if (!claim.release()) return;
    this.#owners.delete(claim.guard.key);
    if (this.#owners.size === 0 && this.#waiters.size > 0) {
      const waiters = [...this.#waiters];
      this.#waiters.clear();
      for (const settle of waiters) settle();
    }
    this.#observer?.released?.(claim.guard);
  }

  async #perform(turn: TurnTask<K, T>): Promise<void> {
    // A fresh stack: neither the finishing turn's frames nor those of wake()'s caller are below us.
    await undefined;
    let work: WorkEnd | undefined;
    if (!turn.interrupted) {
      turn.state = "running";
      try {
        this.#observer?.started?.(turn);
        work = { status: "completed", value: await this.#options.run(turn) };
      } catch (error) {
        work = { status: "failed", error };
      }
    }
    this.#settle(turn, work);
  }

  /** The work has settled: only now may the guard move (the settle gate, `SINGLE_TURN`). */
  #settle(turn: TurnTask<K, T>, work: WorkEnd | undefined): void {
    try {
      if (turn.state === "abandoned") {
        this.#abandoned--;
        this.#observer?.lateSettled?.(turn);
      } else {
        if (turn.timer !== undefined) this.#clock.clearTimeout(turn.timer);
        this.#end(turn, "settled", endOf(turn, work));
      }
    } finally {
      // An abandoned turn whose guard went on without it (`"proceed"`) moves nothing.
      if (turn.claim.held) this.#pass(turn.claim, turn);
    }
  }

  #end(turn: TurnTask<K, T>, state: "settled" | "abandoned", end: TurnEnd): void {
    turn.finish(state, end);
    this.#options.ended?.(turn, end);
  }

  #abandon(turn: TurnTask<K, T>): void {
    turn.timer = undefined;
    this.#abandoned++;
    try {
      this.#end(turn, "abandoned", { status: "abandoned", reason: turn.reason });
    } finally {
      if (this.#options.onAbandon === "proceed") {
        this.#pass(this.#claims.steal(turn.key), undefined);
      }
    }
  }
}

function endOf<K, T>(turn: TurnTask<K, T>, work: WorkEnd | undefined): TurnEnd {
  if (work === undefined) return { status: "cancelled", reason: turn.reason };
  if (turn.interrupted) return { status: "cancelled", reason: turn.reason, work };
  return work;
}

/** Options of {@linkcode DrainHandoff.quiet}. */
export interface QuietOptions {
  /** Stops waiting: the promise rejects with the signal's reason. */
  signal?: AbortSignal;
}
