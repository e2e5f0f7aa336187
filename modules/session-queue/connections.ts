import type { Clock } from "@lanekeeper/drain-handoff";
import { SingleFlight } from "@lanekeeper/lock-scope";
import { QueueDrainingError, SessionEndedError, SessionGoneError } from "./errors.ts";
import type { CreateOptions, SessionQueueOptions } from "./options.ts";
import type { Session } from "./session.ts";
import { Tombstones } from "./tombstones.ts";
import { within } from "./within.ts";

/** What the agent's side needs to be opened, resumed and closed. */
export interface ConnectionsOptions<M, R, H> {
  readonly hooks: SessionQueueOptions<M, R, H>;
  readonly clock: Clock;
  readonly closeMs: number;
  readonly tombstonesMax: number;
  onError(error: unknown, session: string): void;
}

/**
 * The agent's side of the sessions: who has a handle, who is getting one, who must not.
 *
 * All that makes a handle goes through one flight for each session, so a create, an explicit resume
 * and the first turn of a session that lost its handle never run beside each other (A10).
 */
export class Connections<M, R, H> {
  readonly tombstones: Tombstones;
  /** Nothing is opened any more: a handle that still comes is closed. */
  closed = false;
  readonly #options: ConnectionsOptions<M, R, H>;
  readonly #flights = new SingleFlight<Session<M, R, H>, void>();

  constructor(options: ConnectionsOptions<M, R, H>) {
    this.#options = options;
    this.tombstones = new Tombstones(options.tombstonesMax);
  }

  /** Whether a turn of this session must get a handle first. */
  isNeeded(session: Session<M, R, H>): boolean {
    const { open, resume } = this.#options.hooks;
    return !session.connected && (resume !== undefined || open !== undefined);
  }

  /** Whether a handle is on its way. */
  isPending(session: Session<M, R, H>): boolean {
    return this.#flights.has(session);
  }

  /** Fulfils when no handle is on its way, whatever became of it. */
  async settled(session: Session<M, R, H>): Promise<void> {
    if (!this.#flights.has(session)) return;
    try {
      await this.#flights.run(session, () => {});
    } catch {
      // Whoever asked for the handle was told.
    }
  }

  create(session: Session<M, R, H>, options: CreateOptions<H>): Promise<void> {
    const open = options.open ?? this.#options.hooks.open;
    const { signal } = options;
    return this.#flights.run(session, async () => {
      const mark = this.tombstones.get(session.key);
      const handle = await open?.(session.key, signal) as H;
      await this.#install(session, { handle, mark, how: "create", signal });
    });
  }

  /** Gets the handle back, or joins whoever is getting it. */
  resume(session: Session<M, R, H>, signal?: AbortSignal): Promise<void> {
    const { resume } = this.#options.hooks;
    return this.#flights.run(session, async () => {
      const mark = this.tombstones.get(session.key);
      if (resume === undefined) throw new SessionGoneError(session.key);
      const handle = await resume(session.key);
      await this.#install(session, { handle, mark, how: "resume", signal: undefined });
    }, signal === undefined ? {} : { signal });
  }

  /**
   * Calls the agent's own end, once for each handle.
   *
   * @returns whether there was one and it returned in time.
   */
  async close(session: Session<M, R, H>): Promise<boolean> {
    if (!session.connected) return false;
    const handle = session.handle as H;
    session.connected = false;
    session.handle = undefined;
    return await this.#close(handle, session.key);
  }

  /** What waited for the handle looks again before it uses it (`NO_RESURRECTION`, A10, A11). */
  async #install(session: Session<M, R, H>, arrival: Arrival<H>): Promise<void> {
    const { handle, mark, how, signal } = arrival;
    const ended = session.ending || this.tombstones.get(session.key) !== mark;
    if (ended || this.closed || signal?.aborted) {
      await this.#close(handle, session.key);
      if (signal?.aborted) throw signal.reason;
      throw ended ? new SessionEndedError(session.key) : new QueueDrainingError("open a session");
    }
    // Only now, after the success: a resume that fails leaves the session ended.
    if (mark !== undefined) this.tombstones.delete(session.key);
    session.handle = handle;
    session.connected = true;
    this.#options.hooks.observer?.opened?.(session.key, how);
  }

  async #close(handle: H, session: string): Promise<boolean> {
    const { hooks, clock, closeMs } = this.#options;
    let failed = false;
    const closing = (async () => {
      try {
        await hooks.close?.(handle, session);
      } catch (error) {
        failed = true;
        this.#options.onError(error, session);
      }
    })();
    return await within(clock, closing, closeMs) && !failed;
  }
}

interface Arrival<H> {
  readonly handle: H;
  /** The tombstone when the way began. */
  readonly mark: object | undefined;
  readonly how: "create" | "resume";
  readonly signal: AbortSignal | undefined;
}
