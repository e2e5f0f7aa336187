import type { Clock } from "@lanekeeper/session-queue";

/** Options of {@linkcode Pace}. */
export interface PaceOptions {
  readonly clock: Clock;
  /** From one to the next, in ms. */
  readonly gapMs: number;
}

/**
 * A floor between calls that many make and Slack counts together: each waits until it is its turn.
 *
 * When to use: for what may come later with newer contents, as the pieces of growing replies. When not:
 * for what somebody waits for.
 *
 * `FIFO`: who came first goes first, so nobody starves. Who was taken back costs the others no time.
 * `BOUNDED_STATE`: it keeps those who wait, and each reply waits once.
 */
export class Pace {
  readonly #clock: Clock;
  readonly #gapMs: number;
  /** In the order in which they came. */
  readonly #line = new Set<() => void>();
  #nextAtMs = 0;
  #timer: unknown = undefined;

  constructor({ clock, gapMs }: PaceOptions) {
    this.#clock = clock;
    this.#gapMs = gapMs;
  }

  /**
   * Calls `go` when it is its turn, never within this step.
   *
   * @returns takes it back; once it was called, that does nothing.
   */
  wait(go: () => void): () => void {
    const turn = () => go();
    this.#line.add(turn);
    this.#arm();
    return () => {
      this.#line.delete(turn);
      if (this.#line.size > 0 || this.#timer === undefined) return;
      this.#clock.clearTimeout(this.#timer);
      this.#timer = undefined;
    };
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#line.size === 0) return;
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      this.#nextAtMs = this.#clock.now() + this.#gapMs;
      for (const turn of this.#line) {
        this.#line.delete(turn);
        this.#arm();
        return turn();
      }
    }, Math.max(0, this.#nextAtMs - this.#clock.now()));
  }
}
