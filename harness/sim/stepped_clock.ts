import type { Step } from "./world.ts";

interface Timer {
  readonly number: number;
  readonly dueAtMs: number;
  readonly fn: () => void;
}

/**
 * A clock whose timers are labelled steps: one fires when somebody takes its step, be it before or
 * after anything else that may happen.
 *
 * When to use: as the `clock` of the code under test, its {@linkcode SteppedClock.enabled} steps among
 * those of the world. To move time by hand in an example test, use a plain fake clock.
 *
 * - Timers fire in the order in which they are due; of those due at one time, the oldest first.
 * - Time moves only when one fires, and then to when it was due. So a timer may overtake everything
 *   else, as on a machine that is slow; that the rest was in time is an order like any other.
 *
 * @example A timer that fires when it is told to
 * ```ts
 * import { SteppedClock } from "@lanekeeper/harness";
 * import assert from "node:assert/strict";
 *
 * const clock = new SteppedClock();
 * let isOver = false;
 * clock.setTimeout(() => void (isOver = true), 5_000);
 * const [timer] = clock.enabled();
 * assert.equal(timer?.label, "timer 1");
 * timer.run();
 * assert.deepEqual([isOver, clock.now(), clock.pending], [true, 5_000, 0]);
 * ```
 */
export class SteppedClock {
  #nowMs = 0;
  #timersSet = 0;
  readonly #timers = new Set<Timer>();

  /** Milliseconds since this clock was made. */
  readonly now = (): number => this.#nowMs;

  readonly setTimeout = (fn: () => void, ms: number): unknown => {
    const timer = { number: ++this.#timersSet, dueAtMs: this.#nowMs + Math.max(0, ms), fn };
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

  /** The timer that is due next, if any is set: labelled by its number, which counts from 1. */
  enabled(): Step[] {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (next === undefined || timer.dueAtMs < next.dueAtMs) next = timer;
    }
    if (next === undefined) return [];
    const timer = next;
    return [{ label: `timer ${timer.number}`, run: () => this.#fire(timer) }];
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer);
    this.#nowMs = timer.dueAtMs;
    timer.fn();
  }
}
