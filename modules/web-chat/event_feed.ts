/** One event for the stream. */
export interface FeedEvent {
  readonly event: string;
  readonly data: string;
}

/**
 * What waits to be written to one reader: bounded, so that a reader who does not read costs no more
 * than that. A reader who falls behind is cut off, comes back by itself and starts from a snapshot.
 */
export class EventFeed {
  readonly #eventsMax: number;
  #events: FeedEvent[] = [];
  #wake: (() => void) | undefined = undefined;
  #closed = false;

  constructor(options: { eventsMax: number }) {
    this.#eventsMax = options.eventsMax;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** @returns `false` when the reader has fallen too far behind: nothing more comes. */
  push(event: FeedEvent): boolean {
    if (this.#closed) return false;
    this.#events.push(event);
    if (this.#events.length > this.#eventsMax) this.close();
    this.#wake?.();
    return !this.#closed;
  }

  /** Nothing more comes. What was pushed before a reader fell behind is dropped. */
  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  /** The events since the last call, as soon as there is one; `undefined` when it is closed. */
  async next(): Promise<FeedEvent[] | undefined> {
    if (this.#events.length === 0 && !this.#closed) {
      await new Promise<void>((resolve) => this.#wake = resolve);
      this.#wake = undefined;
    }
    if (this.#closed && this.#events.length > this.#eventsMax) return undefined;
    const events = this.#events;
    this.#events = [];
    return events.length === 0 && this.#closed ? undefined : events;
  }
}
