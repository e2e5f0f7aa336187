import { Cell, type Versioned } from "@lanekeeper/lock-scope";

/** What a client had when a request came: compared, and never trusted, after a wait. */
export interface Captured {
  readonly session: string | undefined;
  /** Forgets the session, if it still is the client's active one (`CAS_ACTIVE_ID`, A3). */
  clear(): boolean;
}

/**
 * The active session of each client (A1).
 *
 * All that is done here is one synchronous step: nothing is ever held across a call to the backend
 * (`LOCK_NARROW`). A client without a session costs nothing (`BOUNDED_STATE`).
 */
export class Clients {
  readonly #cells = new Map<string, Cell<string | undefined>>();
  readonly #owners = new Map<string, string>();

  /** How many clients have a session. */
  get size(): number {
    return this.#cells.size;
  }

  /** The client's active session now, and the way to forget just that one later. */
  capture(client: string): Captured {
    const cell = this.#cells.get(client);
    const seen = cell?.read();
    return {
      session: seen?.value,
      clear: () => cell !== undefined && seen !== undefined && this.#clear(client, cell, seen),
    };
  }

  /** The client whose active session this is. */
  ownerOf(session: string): string | undefined {
    return this.#owners.get(session);
  }

  /**
   * Makes `session` the active one. The caller has seen, in the same synchronous step, that no other
   * client has it.
   *
   * @returns the session that it replaced, whose end is now the caller's: of two racing creates each
   * gets what the other must not leave behind (`NO_CREATE_LEAK`, A5).
   */
  commit(client: string, session: string): string | undefined {
    const cell = this.#cells.get(client);
    const before = cell?.value;
    if (before === session) return undefined;
    if (cell === undefined) this.#cells.set(client, new Cell<string | undefined>(session));
    else cell.set(session);
    if (before !== undefined) this.#owners.delete(before);
    this.#owners.set(session, client);
    return before;
  }

  /** Takes the active session away. */
  remove(client: string): string | undefined {
    const { session, clear } = this.capture(client);
    clear();
    return session;
  }

  #clear(
    client: string,
    cell: Cell<string | undefined>,
    seen: Versioned<string | undefined>,
  ): boolean {
    if (!cell.compareAndSet(seen, undefined)) return false;
    this.#cells.delete(client);
    if (seen.value !== undefined) this.#owners.delete(seen.value);
    return true;
  }
}
