import type { Clock } from "@lanekeeper/session-queue";
import type { AcpLink } from "./_acp_link.ts";
import { AcpError } from "./acp_error.ts";
import { TurnTimeoutError } from "./turn_errors.ts";

/** Options of `AcpPool`. */
export interface AcpPoolOptions {
  readonly clock: Clock;
  /** How many processes there are at a time. */
  readonly processesMax: number;
  /** How many turns may wait for one. */
  readonly turnsWaitingMax: number;
  /** How long one may have nothing to do before it ends, in ms. */
  readonly idleMs: number;
}

interface Slot {
  /** `undefined` while it starts. */
  link: AcpLink | undefined;
  isBusy: boolean;
  idleTimer: unknown;
}

/** What a turn does with a process. */
export interface AcpUse<T> {
  /** Ends the wait for a place; a start and a turn that are under way have signals of their own. */
  readonly signal: AbortSignal;
  start(): Promise<AcpLink>;
  use(link: AcpLink): Promise<T>;
}

/** A turn that waits for a place. */
interface Waiter {
  /** The place is its own from this step on. */
  admit(): void;
}

/**
 * The processes of an agent, one for each session that needs one.
 *
 * - `BOUNDED_STATE`: at most `processesMax`, those that are ending included. When one more is needed,
 *   the one that has been idle for longest ends first; if none is idle the turn waits.
 * - `FIFO`: turns that wait for a place get one in the order in which they came.
 * - `NO_CROSS_SESSION_HOL`: while there is room nobody waits, whatever another one's process does.
 * - A session's next process starts only once its last one is gone, and no turn is given to one whose
 *   end has begun, though it may still answer (`CANCEL_TARGET`).
 */
export class AcpPool {
  readonly #options: AcpPoolOptions;
  /** The least recently used first. */
  readonly #slots = new Map<string, Slot>();
  readonly #ending = new Map<string, Promise<void>>();
  readonly #waiting = new Set<Waiter>();

  constructor(options: AcpPoolOptions) {
    this.#options = options;
  }

  /** How many processes there are, with those that start. */
  get size(): number {
    return this.#slots.size;
  }

  /**
   * Runs `use` with the session's process, which `start` starts if there is none, or once the one that
   * is ending is gone.
   *
   * Cancel safety: an abort of the signal gives the place in line up and rejects with its reason.
   *
   * @throws {AcpError} `too_many` if all processes are busy and `turnsWaitingMax` turns wait for one
   * already, or if none became free until the turn's own time was over.
   */
  async use<T>(session: string, { signal, start, use }: AcpUse<T>): Promise<T> {
    const last = this.#slots.get(session);
    if (last?.link?.process.isEnding) this.#remove(session, last);
    await this.#ending.get(session);
    const slot = this.#take(session) ?? await this.#add(session, signal);
    try {
      if (!slot.link) {
        slot.link = await start();
        void slot.link.process.gone.then(() => this.#dropIdle(session, slot));
      }
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
    if (!slot.link) return undefined;
    slot.isBusy = true;
    this.#slots.set(session, slot);
    return slot;
  }

  /** A place for one more process, behind those that wait for one. */
  #add(session: string, signal: AbortSignal): Promise<Slot> {
    return new Promise((resolve, reject) => {
      const slot: Slot = { link: undefined, isBusy: true, idleTimer: undefined };
      const onAbort = () => {
        this.#waiting.delete(waiter);
        const isOver = signal.reason instanceof TurnTimeoutError;
        reject(isOver ? this.#tooMany(signal.reason) : signal.reason);
      };
      const waiter: Waiter = {
        admit: () => {
          this.#waiting.delete(waiter);
          signal.removeEventListener("abort", onAbort);
          this.#slots.set(session, slot);
          resolve(slot);
        },
      };
      this.#waiting.add(waiter);
      this.#admit();
      if (!this.#waiting.has(waiter)) return;
      if (signal.aborted) return onAbort();
      if (this.#waiting.size > this.#options.turnsWaitingMax) {
        this.#waiting.delete(waiter);
        return reject(this.#tooMany());
      }
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Gives what is free to those who wait, and ends idle processes, as many as they still need. */
  #admit(): void {
    const { processesMax } = this.#options;
    for (const waiter of this.#waiting) {
      if (this.#slots.size + this.#ending.size >= processesMax) break;
      waiter.admit();
    }
    // What is ending makes room by itself.
    while (this.#slots.size + this.#waiting.size > processesMax) {
      const idle = [...this.#slots].find(([, slot]) => !slot.isBusy);
      if (!idle) return;
      this.#remove(...idle);
    }
  }

  #tooMany(cause?: unknown): AcpError {
    const { processesMax } = this.#options;
    return new AcpError(
      "too_many",
      `Cannot start the agent: ${processesMax} of its processes are busy, which is the limit`,
      { cause },
    );
  }

  #put(session: string, slot: Slot): void {
    if (this.#slots.get(session) !== slot) return;
    const { link } = slot;
    if (!link || link.process.isEnding) return this.#remove(session, slot);
    slot.isBusy = false;
    const { clock, idleMs } = this.#options;
    slot.idleTimer = clock.setTimeout(() => this.#remove(session, slot), idleMs);
    this.#admit();
  }

  /** Its process is gone by itself. One that is busy is left to the end of its turn. */
  #dropIdle(session: string, slot: Slot): void {
    if (slot.isBusy || this.#slots.get(session) !== slot) return;
    this.#options.clock.clearTimeout(slot.idleTimer);
    this.#slots.delete(session);
    this.#admit();
  }

  #remove(session: string, slot: Slot): void {
    this.#options.clock.clearTimeout(slot.idleTimer);
    this.#slots.delete(session);
    const { link } = slot;
    if (!link) return this.#admit();
    const gone = link.close().then(() => {
      if (this.#ending.get(session) === gone) this.#ending.delete(session);
      this.#admit();
    });
    this.#ending.set(session, gone);
  }
}
