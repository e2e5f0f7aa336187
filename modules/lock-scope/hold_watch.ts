import { type Clock, systemClock } from "./clock.ts";

/** What {@linkcode HoldLimit.report} is told about an exclusive hold that lasts too long. */
export interface LongHold<K> {
  /** What is held: the key of a claim, or the name of a lock. */
  readonly key: K;
  /** The generation of what is held. */
  readonly generation: number;
  /** For how long this holder has had it, in milliseconds. */
  readonly heldMs: number;
  /** Where this holder took it. */
  readonly stack: string;
}

/** A diagnostic: reports every exclusive hold that lasts `ms` or longer, once. */
export interface HoldLimit<K> {
  /** The limit in milliseconds: above 0, and no more than a timer can hold (about 24 days). */
  ms: number;
  /** Told once per hold. What it throws is ignored: a diagnostic never breaks what it watches. */
  report(hold: LongHold<K>): void;
  /** Default: the clock of the runtime. */
  clock?: Clock | undefined;
}

interface Watched {
  readonly sinceMs: number;
  readonly taken: Error;
  timer: unknown;
}

const TIMER_MS_MAX = 2 ** 31 - 1;

/** Remembers the place of this call; the text of its stack is made only when somebody reads it. */
export function takenHere(): Error {
  return new Error("Taken here");
}

/** Watches holds against one limit. Internal: used only where a limit was asked for. */
export class HoldWatch<K> {
  readonly #limit: HoldLimit<K>;
  readonly #clock: Clock;
  readonly #watched = new Map<object, Watched>();

  constructor(limit: HoldLimit<K>) {
    if (!(limit.ms > 0 && limit.ms <= TIMER_MS_MAX)) {
      throw new RangeError(`Cannot watch holds: ${limit.ms} is not a limit in milliseconds`);
    }
    this.#limit = limit;
    this.#clock = limit.clock ?? systemClock;
  }

  /** Starts to watch `holder`, who was `taken` where that error was made. */
  begin(holder: object, key: K, generation: number, taken: Error = takenHere()): void {
    const watched: Watched = { sinceMs: this.#clock.now(), taken, timer: undefined };
    this.#watched.set(holder, watched);
    watched.timer = this.#clock.setTimeout(() => {
      watched.timer = undefined;
      this.#report(watched, key, generation);
    }, this.#limit.ms);
  }

  /** Stops to watch `holder`. A hold that blocked the event loop is reported only now. */
  end(holder: object, key: K, generation: number): void {
    const watched = this.#watched.get(holder);
    if (watched === undefined) return;
    this.#watched.delete(holder);
    if (watched.timer === undefined) return;
    this.#clock.clearTimeout(watched.timer);
    if (this.#clock.now() - watched.sinceMs >= this.#limit.ms) {
      this.#report(watched, key, generation);
    }
  }

  #report(watched: Watched, key: K, generation: number): void {
    const heldMs = this.#clock.now() - watched.sinceMs;
    try {
      this.#limit.report({ key, generation, heldMs, stack: watched.taken.stack ?? "" });
    } catch {
      // Half a release would be worse than a diagnostic that is lost.
    }
  }
}
