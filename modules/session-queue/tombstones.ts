/**
 * The marks of sessions that were ended on purpose, the newest `max` of them (`BOUNDED_STATE`).
 *
 * Each mark is a fresh object, so that who waited can tell whether a session was ended meanwhile,
 * even if it was marked before as well.
 */
export class Tombstones {
  readonly #max: number;
  readonly #marks = new Map<string, object>();

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#marks.size;
  }

  get(session: string): object | undefined {
    return this.#marks.get(session);
  }

  /** Marks a session; the oldest mark goes when there are too many. */
  add(session: string): void {
    this.#marks.delete(session);
    this.#marks.set(session, {});
    if (this.#marks.size <= this.#max) return;
    for (const oldest of this.#marks.keys()) {
      this.#marks.delete(oldest);
      return;
    }
  }

  delete(session: string): void {
    this.#marks.delete(session);
  }
}
