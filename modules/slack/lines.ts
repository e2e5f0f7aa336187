/** A place in the line of one thread. */
export interface Place {
  /** Fulfils when all who came before have left; rejects with the reason of the signal. */
  reach(signal: AbortSignal): Promise<void>;
  /** Whether it is reached. */
  readonly isReached: boolean;
  /** Lets the next one go on. A second time does nothing. */
  leave(): void;
}

class LinePlace implements Place {
  isReached = false;
  isLeft = false;
  #onReached: (() => void) | undefined = undefined;
  readonly #leave: (place: LinePlace) => void;

  constructor(leave: (place: LinePlace) => void) {
    this.#leave = leave;
  }

  reach(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(signal.reason);
      if (signal.aborted) return onAbort();
      if (this.isReached) return resolve();
      signal.addEventListener("abort", onAbort, { once: true });
      this.#onReached = () => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      };
    });
  }

  /** All who came before have left. */
  reached(): void {
    this.isReached = true;
    this.#onReached?.();
  }

  leave(): void {
    if (this.isLeft) return;
    this.isLeft = true;
    this.#leave(this);
  }
}

/**
 * One line for each thread: whoever took a place first goes first, however long what they wait for on
 * the way takes (`FIFO`; the hazard is `reorder`). Threads never wait for each other
 * (`NO_CROSS_SESSION_HOL`), and one with nobody in line costs nothing.
 */
export class Lines {
  readonly #lines = new Map<string, LinePlace[]>();

  /** Threads with somebody in line. */
  get size(): number {
    return this.#lines.size;
  }

  /** Takes the next place, at once. */
  take(thread: string): Place {
    const line = this.#lines.get(thread) ?? [];
    if (line.length === 0) this.#lines.set(thread, line);
    const place = new LinePlace((left) => this.#left(thread, line, left));
    line.push(place);
    if (line.length === 1) place.reached();
    return place;
  }

  #left(thread: string, line: LinePlace[], place: LinePlace): void {
    line.splice(line.indexOf(place), 1);
    if (line.length === 0) this.#lines.delete(thread);
    else if (!line[0]!.isReached) line[0]!.reached();
  }
}
