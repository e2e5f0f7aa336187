/** A source of random integers, the same for the same seed on every runtime. */
export class Random {
  #state: number;

  /** @param seed Any integer; only its lower 32 bits count. */
  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** An integer from 0 to `below - 1`. */
  below(below: number): number {
    return this.#next() % below;
  }

  /** A number from 0 to 1, without 1. */
  fraction(): number {
    return this.#next() / 0x1_0000_0000;
  }

  /** Another source, whose numbers have nothing to do with what this one gives later. */
  fork(): Random {
    return new Random(this.#next());
  }

  /** Mulberry32: a Weyl sequence, mixed. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
}
