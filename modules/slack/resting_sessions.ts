/** Options of {@linkcode RestingSessions}. */
export interface RestingSessionsOptions {
  /** How many sessions may have their agent's side open. */
  readonly openMax: number;
  isBusy(session: string): boolean;
  /** Lets go of the agent's side. */
  rest(session: string): void;
}

/**
 * The sessions that were used last. A workspace has threads without number, and a session does not end
 * by itself: when more than `openMax` are open, the one that was quiet for longest lets go of its
 * agent's side. Its next message brings it back (`BOUNDED_STATE`).
 */
export class RestingSessions {
  readonly #options: RestingSessionsOptions;
  readonly #used = new Set<string>();

  constructor(options: RestingSessionsOptions) {
    this.#options = options;
  }

  /** How many may be open. */
  get size(): number {
    return this.#used.size;
  }

  /** A message is sent to it. */
  use(session: string): void {
    this.#used.delete(session);
    this.#used.add(session);
  }

  /** It was ended. */
  forget(session: string): void {
    this.#used.delete(session);
  }

  /** Lets rest what is too much, but nothing that is busy. */
  rest(): void {
    const { openMax, isBusy, rest } = this.#options;
    if (this.#used.size <= openMax) return;
    for (const session of this.#used) {
      if (isBusy(session)) continue;
      this.#used.delete(session);
      rest(session);
      if (this.#used.size <= openMax) return;
    }
  }
}
