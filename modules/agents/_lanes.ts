interface Lane {
  last: Promise<void>;
  waiting: number;
}

/**
 * Work in the order of its calls, one at a time for each key, side by side for two keys. A key with
 * nothing to do costs nothing.
 */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();
  readonly #waitingMax: number;

  /** @param waitingMax How many pieces of work one key may have at a time; one more is refused. */
  constructor(waitingMax: number) {
    this.#waitingMax = waitingMax;
  }

  /** How many keys have work. */
  get size(): number {
    return this.#lanes.size;
  }

  /** Settles as `work` does. One that fails does not hold up the next. */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const lane = this.#lanes.get(key) ?? { last: Promise.resolve(), waiting: 0 };
    if (lane.waiting >= this.#waitingMax) {
      const limit = `${this.#waitingMax} reads and writes wait, which is the limit`;
      return Promise.reject(new Error(`Cannot use the transcript of session "${key}": ${limit}`));
    }
    lane.waiting++;
    this.#lanes.set(key, lane);
    const done = lane.last.then(work);
    const leave = () => {
      if (--lane.waiting === 0) this.#lanes.delete(key);
    };
    lane.last = done.then(leave, leave);
    return done;
  }

  /** Resolves once everything that was called before has settled. */
  async quiet(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.last));
  }
}
