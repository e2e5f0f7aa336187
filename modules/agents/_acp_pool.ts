import type { Clock } from "@lanekeeper/session-queue";
import type { AcpLink } from "./_acp_link.ts";
import { AcpError } from "./acp_error.ts";

/** Options of `AcpPool`. */
export interface AcpPoolOptions {
  readonly clock: Clock;
  /** How many processes there are at a time. */
  readonly processesMax: number;
  /** How long one may have nothing to do before it ends, in ms. */
  readonly idleMs: number;
}

interface Slot {
  /** `undefined` while it starts. */
  link: AcpLink | undefined;
  isBusy: boolean;
  idleTimer: unknown;
}

/**
 * The processes of an agent, one for each session that needs one.
 *
 * - `BOUNDED_STATE`: at most `processesMax`. When one more is needed, the one that has been idle for
 *   longest ends first; if none is idle the turn fails.
 * - A session's next process starts only once its last one is gone.
 */
export class AcpPool {
  readonly #options: AcpPoolOptions;
  /** The least recently used first. */
  readonly #slots = new Map<string, Slot>();
  readonly #ending = new Map<string, Promise<void>>();

  constructor(options: AcpPoolOptions) {
    this.#options = options;
  }

  /** How many processes there are, with those that start. */
  get size(): number {
    return this.#slots.size;
  }

  /**
   * Runs `use` with the session's process, which `start` starts if there is none.
   *
   * @throws {AcpError} `too_many` if there are `processesMax` and all of them are busy.
   */
  async use<T>(
    session: string,
    { start, use }: { start(): Promise<AcpLink>; use(link: AcpLink): Promise<T> },
  ): Promise<T> {
    await this.#ending.get(session);
    const slot = this.#take(session) ?? await this.#add(session);
    try {
      slot.link ??= await start();
      return await use(slot.link);
    } finally {
      this.#put(session, slot);
    }
  }

  /** Ends the session's process, if there is one. Resolves once it is gone. */
  async end(session: string): Promise<void> {
    const slot = this.#slots.get(session);
    if (slot) this.#remove(session, slot);
    await this.#ending.get(session);
  }

  /** Ends all of them. */
  async close(): Promise<void> {
    await Promise.all([...this.#slots.keys()].map((session) => this.end(session)));
    await Promise.all(this.#ending.values());
  }

  #take(session: string): Slot | undefined {
    const slot = this.#slots.get(session);
    if (!slot) return undefined;
    this.#options.clock.clearTimeout(slot.idleTimer);
    this.#slots.delete(session);
    if (slot.link?.process.isGone ?? true) return undefined;
    slot.isBusy = true;
    this.#slots.set(session, slot);
    return slot;
  }

  /** Its place is taken before anything is waited for. */
  async #add(session: string): Promise<Slot> {
    const { processesMax } = this.#options;
    if (this.#slots.size >= processesMax) {
      const idle = [...this.#slots].find(([, slot]) => !slot.isBusy);
      if (!idle) {
        throw new AcpError(
          "too_many",
          `Cannot start the agent: ${processesMax} of its processes are busy, which is the limit`,
        );
      }
      this.#remove(...idle);
    }
    const slot: Slot = { link: undefined, isBusy: true, idleTimer: undefined };
    this.#slots.set(session, slot);
    await Promise.all(this.#ending.values());
    return slot;
  }

  #put(session: string, slot: Slot): void {
    if (this.#slots.get(session) !== slot) return;
    const { link } = slot;
    if (!link || link.process.isGone) return void this.#slots.delete(session);
    slot.isBusy = false;
    const { clock, idleMs } = this.#options;
    slot.idleTimer = clock.setTimeout(() => this.#remove(session, slot), idleMs);
    void link.process.gone.then(() => {
      if (slot.isBusy || this.#slots.get(session) !== slot) return;
      clock.clearTimeout(slot.idleTimer);
      this.#slots.delete(session);
    });
  }

  #remove(session: string, slot: Slot): void {
    this.#options.clock.clearTimeout(slot.idleTimer);
    this.#slots.delete(session);
    const { link } = slot;
    if (!link) return;
    const gone = link.close().then(() => {
      if (this.#ending.get(session) === gone) this.#ending.delete(session);
    });
    this.#ending.set(session, gone);
  }
}
