import { GuardTask, ownerOf, setOwner, type TurnChain, TurnTask } from "./_turn_task.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Guard, Turn, TurnEnd, TurnState, WorkEnd } from "./turn.ts";

/** The longest time that a timer of the runtimes can hold, in ms. */
const TIMER_MS_MAX = 2 ** 31 - 1;
/** How often `next` is asked in a row when it wakes its own key and yet gives nothing. */
const ASKED_MAX = 1_000;
/** The longest list of ready turns that is used again. */
const SPARE_MAX = 1_024;
/** A promise to hang fresh tasks on. */
const FRESH = Promise.resolve();
const { then } = Promise.prototype;

/** What to do with the guard of a turn that ignored its interrupt. */
export type OnAbandon = "block" | "proceed";

/** Options of {@linkcode DrainHandoff}. */
export interface DrainHandoffOptions<K, T> {
  /**
   * Takes the next item of a key out of wherever it waits; `undefined` when nothing waits. Called in
   * the synchronous step in which the guard is claimed, handed off or released. It must not suspend.
   * What it throws leaves the key idle and surfaces: out of `wake()`, else as an unhandled rejection.
   */
  next(key: K): T | undefined;
  /**
   * The work of one turn. The guard is kept until what it returns has settled, so it includes all
   * that belongs to the turn: the agent's run, the delivery of the reply, the clean-up.
   */
  run(turn: Turn<K, T>): unknown;
  /**
   * Told of the end of each turn, exactly once, before the guard moves on. What it throws surfaces as
   * an unhandled rejection; the guard moves on all the same.
   */
  ended?(turn: Turn<K, T>, end: TurnEnd): void;
  /** How long an interrupted turn may go on before it is given up, in ms, or `Infinity`. Default 5,000. */
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

/**
 * Plain callbacks. They run inside a synchronous step: they may look, not throw and not wait. What
 * one throws all the same surfaces as what `next` throws does, and strands nothing.
 */
export interface DrainHandoffObserver<K, T> {
  /** The work of a turn is about to be called. What this throws fails the turn. */
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
  readonly #guards = new Map<K, GuardTask<K, T>>();
  readonly #waiters = new Set<() => void>();
  /** Turns call it when they are interrupted: from then on they have `abandonAfterMs`. */
  readonly #turns: TurnChain<K, T> = {
    interrupted: (turn) => {
      if (this.#abandonAfterMs === Infinity) return;
      turn.timer = this.#clock.setTimeout(() => this.#abandon(turn), this.#abandonAfterMs);
    },
  };
  /** Turns that have their guard and wait for a fresh stack; and the array to use after this one. */
  #ready: TurnTask<K, T>[] = [];
  #spare: TurnTask<K, T>[] = [];
  readonly #flushReady = (): void => this.#flush();
  #isFlushDue = false;
  #generation = 0;
  #abandoned = 0;

  /** @throws {RangeError} if `abandonAfterMs` is neither `Infinity` nor a time that a timer can hold. */
  constructor(options: DrainHandoffOptions<K, T>) {
    this.#options = options;
    this.#observer = options.observer;
    this.#clock = options.clock ?? systemClock;
    this.#abandonAfterMs = options.abandonAfterMs ?? 5_000;
    const ms = this.#abandonAfterMs;
    if (ms !== Infinity && !(ms >= 0 && ms <= TIMER_MS_MAX)) {
      throw new RangeError(
        `Cannot use abandonAfterMs ${ms}: it must be Infinity or from 0 to ${TIMER_MS_MAX}`,
      );
    }
  }

  /** How many guards are held. */
  get size(): number {
    return this.#guards.size;
  }

  /** How many abandoned turns still go on. */
  get abandoned(): number {
    return this.#abandoned;
  }

  /** The turn that has the guard of `key`. */
  turnOf(key: K): Turn<K, T> | undefined {
    const guard = this.#guards.get(key);
    return guard === undefined ? undefined : ownerOf(guard);
  }

  /** The turns that have a guard, at this moment. */
  turns(): Turn<K, T>[] {
    const turns: Turn<K, T>[] = [];
    for (const guard of this.#guards.values()) {
      const owner = ownerOf(guard);
      if (owner !== undefined) turns.push(owner);
    }
    return turns;
  }

  /** What has a guard, as plain data. */
  snapshot(): GuardSnapshot<K>[] {
    return this.turns().map(({ key, generation, state, interrupted }) => ({
      key,
      generation,
      state,
      interrupted,
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
   * @throws what `next` throws.
   */
  wake(key: K): boolean {
    const held = this.#guards.get(key);
    if (held === undefined) return this.#pass(this.#claim(key), undefined);
    held.noteWake();
    return false;
  }

  /**
   * Fulfils when no guard is held. Turns that start meanwhile count.
   *
   * Cancel safety: aborting `signal` takes this waiter away and changes nothing else.
   */
  quiet(options: QuietOptions = {}): Promise<void> {
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#guards.size === 0) return Promise.resolve();
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

  /** A new guard, with no turn yet: the caller gives it one or releases it, in the same step. */
  #claim(key: K): GuardTask<K, T> {
    const guard = new GuardTask<K, T>(key, ++this.#generation);
    this.#guards.set(key, guard);
    return guard;
  }

  /** Hands the guard to a fresh task or, when nothing waits, releases it: one synchronous step. */
  #pass(guard: GuardTask<K, T>, from: TurnTask<K, T> | undefined): boolean {
    let item: T | undefined;
    try {
      item = this.#take(guard);
    } finally {
      // Also when `next` throws: a guard without a live owner would hold its key for ever.
      if (item === undefined) this.#release(guard);
    }
    if (item === undefined) return false;
    const turn = new TurnTask<K, T>(this.#turns, guard, item);
    this.#ready.push(turn);
    this.#askForFlush();
    if (from !== undefined) this.#observer?.handedOff?.(from, turn);
    return true;
  }

  /** Asks for the next item, and again if one was put down while `next` looked for it. */
  #take(guard: GuardTask<K, T>): T | undefined {
    for (let asked = 0; asked < ASKED_MAX; asked++) {
      guard.takeWake();
      const item = this.#options.next(guard.key);
      if (item !== undefined || !guard.takeWake()) return item;
    }
    return undefined;
  }

  #release(guard: GuardTask<K, T>): void {
    setOwner(guard, undefined);
    this.#guards.delete(guard.key);
    if (this.#guards.size === 0 && this.#waiters.size > 0) {
      const waiters = [...this.#waiters];
      this.#waiters.clear();
      for (const settle of waiters) settle();
    }
    this.#observer?.released?.(guard);
  }

  /**
   * Begins the turns that are ready, on a fresh stack: neither a finishing turn's frames nor those of
   * wake()'s caller are below them. One microtask serves all that became ready since the last; what
   * becomes ready meanwhile is for the next, so that no chain keeps the others waiting.
   */
  #flush(): void {
    const batch = this.#ready;
    this.#ready = this.#spare;
    this.#isFlushDue = false;
    for (const turn of batch) {
      try {
        this.#begin(turn);
      } catch (error) {
        // Foreign code threw. It surfaces, as an unhandled rejection, and the others begin all the same.
        void Promise.reject(error);
      }
    }
    // The room of a large burst is given back.
    this.#spare = batch.length > SPARE_MAX ? [] : batch;
    this.#spare.length = 0;
  }

  #askForFlush(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    void FRESH.then(this.#flushReady);
  }

  #begin(turn: TurnTask<K, T>): void {
    if (turn.interrupted) return this.#worked(turn, undefined);
    turn.state = "running";
    let value: unknown;
    let pending: Promise<unknown> | undefined;
    try {
      this.#observer?.started?.(turn);
      value = this.#options.run(turn);
      pending = isThenable(value) ? Promise.resolve(value) : undefined;
    } catch (error) {
      return this.#worked(turn, { status: "failed", error });
    }
    if (pending === undefined) return this.#worked(turn, { status: "completed", value });
    // Not awaited: each turn stands on its own, and nothing is kept of it when it is over.
    // The promise's own `then` is left alone: it may be foreign, and call back twice.
    void then.call(
      pending,
      (value) => this.#worked(turn, { status: "completed", value }),
      (error) => this.#worked(turn, { status: "failed", error }),
    );
  }

  /** The work itself has settled; what else belongs to it may not have. */
  #worked(turn: TurnTask<K, T>, work: WorkEnd | undefined): void {
    const part = turn.nextPart();
    if (part === undefined) return this.#settle(turn, work);
    turn.dropParts = () => this.#settle(turn, work);
    void part.then(() => {
      // Unless it took too long: then the turn was settled without it.
      if (turn.state !== "settled") this.#worked(turn, work);
    });
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
      if (turn.isOwner) this.#pass(turn.guard, turn);
    }
  }

  #end(turn: TurnTask<K, T>, state: "settled" | "abandoned", end: TurnEnd): void {
    turn.finish(state, end);
    this.#options.ended?.(turn, end);
  }

  #abandon(turn: TurnTask<K, T>): void {
    turn.timer = undefined;
    // The work itself is over: what it was told to wait for is given up, not the turn.
    if (turn.dropParts !== undefined) return turn.dropParts();
    this.#abandoned++;
    try {
      this.#end(turn, "abandoned", { status: "abandoned", reason: turn.reason });
    } finally {
      if (this.#options.onAbandon === "proceed") {
        setOwner(turn.guard, undefined);
        this.#pass(this.#claim(turn.key), undefined);
      }
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return value !== null && (typeof value === "object" || typeof value === "function") &&
    typeof (value as { then?: unknown }).then === "function";
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
