/** Turns of one session one after the other, of several side by side. */
export class TurnChains {
  readonly #tails = new Map<string, Promise<unknown>>();

  /** Takes a place in line at once. Settles as the turn does. */
  run<T>(session: string, turn: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(session) ?? Promise.resolve();
    const result = before.then(turn);
    const tail = result.then(() => {}, () => {});
    this.#tails.set(session, tail);
    return result;
  }

  /** Settles when the turn that is the last in line now is over. */
  async idle(session: string): Promise<void> {
    await this.#tails.get(session);
  }
}
