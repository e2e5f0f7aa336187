import type { Step } from "../sim/world.ts";

interface Timer {
  readonly number: number;
  readonly dueAtMs: number;
  readonly fn: () => void;
  readonly step: Step;
}

/** Options of {@linkcode SimClock}. */
export interface SimClockOptions {
  /** Told of each timer that fires. */
  fired?(timer: number): void;
}

/**
 * Time as a host under test sees it: it stands still while there is anything else to do, and then
 * jumps to the next timer.
 *
 * - A timer is a step, enabled when it is the earliest due. Whoever has the clock decides whether it
 *   may come before other things that are ready (*racy*), or only when there is nothing else (*quiet*).
 * - `timeoutSignal()` stands in for `AbortSignal.timeout()`, which no clock but the real one moves.
 */
export class SimClock {
  readonly #options: SimClockOptions;
  readonly #timers: Timer[] = [];
  #nowMs = 0;
  #timersSet = 0;

  constructor(options: SimClockOptions = {}) {
    this.#options = options;
  }

  /** Milliseconds since this clock was made. */
  readonly now = (): number => this.#nowMs;

  readonly setTimeout = (fn: () => void, ms: number): unknown => this.timer(fn, ms);

  readonly clearTimeout = (handle: unknown): void => {
    const at = this.#timers.indexOf(handle as Timer);
    if (at >= 0) this.#timers.splice(at, 1);
  };

  /** A signal that aborts with a `TimeoutError` after so many ms. */
  readonly timeoutSignal = (ms: number): AbortSignal => {
    const controller = new AbortController();
    this.setTimeout(() => {
      controller.abort(new DOMException("The operation timed out", "TimeoutError"));
    }, ms);
    return controller.signal;
  };

  /** As `setTimeout()`, with a name for the schedule instead of `timer 1`. */
  timer(fn: () => void, ms: number, name?: string): unknown {
    const number = ++this.#timersSet;
    const label = name ?? `timer ${number}`;
    const timer: Timer = {
      number,
      // A time that is not a number fires at once, as on a real clock.
      dueAtMs: this.#nowMs + (ms > 0 ? ms : 0),
      fn,
      step: { label, actor: "clock", run: () => this.#fire(timer) },
    };
    // Kept in the order in which they are due; of those due at one time, the oldest first.
    let at = this.#timers.length;
    while (at > 0 && this.#timers[at - 1]!.dueAtMs > timer.dueAtMs) at--;
    this.#timers.splice(at, 0, timer);
    return timer;
  }

  /** Forgets all timers. */
  clear(): void {
    this.#timers.length = 0;
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#timers.length;
  }

  /** The step of the timer that is due next, if that is within so many ms from now. */
  next(withinMs = Infinity): Step | undefined {
    const timer = this.#timers[0];
    if (timer === undefined || timer.dueAtMs > this.#nowMs + withinMs) return undefined;
    return timer.step;
  }

  /** Moves time, unless that would pass a timer by. What is due then is ready, as a late timer is. */
  advance(ms: number): void {
    this.#nowMs += ms;
  }

  #fire(timer: Timer): void {
    this.clearTimeout(timer);
    this.#nowMs = Math.max(this.#nowMs, timer.dueAtMs);
    this.#options.fired?.(timer.number);
    timer.fn();
  }
}
