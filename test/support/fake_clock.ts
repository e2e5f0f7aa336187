interface Timer {
  readonly dueAt: number;
  readonly order: number;
  readonly fn: () => void;
}

/**
 * A clock that moves only when a test says so. It has the shape of the `clock` option of every
 * module, fires timers in the order of their due time, and counts those that are still set, so that
 * a test can assert that none was left behind.
 */
export class FakeClock {
  #nowMs = 0;
  #order = 0;
  readonly #timers = new Set<Timer>();

  /** Milliseconds since this clock was made. */
  readonly now = (): number => this.#nowMs;

  readonly setTimeout = (fn: () => void, ms: number): unknown => {
    const timer = { dueAt: this.#nowMs + Math.max(0, ms), order: this.#order++, fn };
    this.#timers.add(timer);
    return timer;
  };

  readonly clearTimeout = (handle: unknown): void => {
    this.#timers.delete(handle as Timer);
  };

  /** How many timers are set. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Moves time forward and fires what falls due, earliest first. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (let timer = this.#next(untilMs); timer; timer = this.#next(untilMs)) {
      this.#nowMs = timer.dueAt;
      this.#timers.delete(timer);
      timer.fn();
    }
    this.#nowMs = untilMs;
  }

  #next(untilMs: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueAt > untilMs) continue;
      if (
        !first || timer.dueAt < first.dueAt ||
        (timer.dueAt === first.dueAt && timer.order < first.order)
      ) first = timer;
    }
    return first;
  }
}

/** Lets every promise that can settle do so: a full turn of the event loop. */
export function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
