import type { HostSnapshot } from "../kit/adapter.ts";

/** Something of its own for each session, made when it is first asked for. */
export class Keyed<T extends object> {
  readonly #made = new Map<string, T>();
  readonly #make: (session: string) => T;

  constructor(make: (session: string) => T) {
    this.#make = make;
  }

  of(session: string): T {
    let one = this.#made.get(session);
    if (one === undefined) this.#made.set(session, one = this.#make(session));
    return one;
  }

  all(): IterableIterator<T> {
    return this.#made.values();
  }

  /** Each session, with its thing as the guard for as long as that is busy. */
  snapshot(isBusy: (one: T) => boolean): HostSnapshot {
    return {
      sessions: [...this.#made].map(([session, one]) => ({
        session,
        ...(isBusy(one) ? { guard: one } : {}),
      })),
    };
  }
}
