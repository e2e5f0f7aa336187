import type { Clock } from "@lanekeeper/drain-handoff";
import { SingleFlight } from "@lanekeeper/lock-scope";
import {
  OpenTimeoutError,
  QueueDrainingError,
  SessionEndedError,
  SessionGoneError,
} from "./errors.ts";
import type { CreateOptions, SessionQueueOptions } from "./options.ts";
import type { ResolvedLimits } from "./resolve_options.ts";
import type { Session } from "./session.ts";
import { Tombstones } from "./tombstones.ts";
import { orAborted, setTimer, within } from "./waiting.ts";

/** What the agent's side needs to be opened, resumed and closed. */
export interface ConnectionsOptions<M, R, H> {
  readonly hooks: SessionQueueOptions<M, R, H>;
  readonly clock: Clock;
  readonly limits: ResolvedLimits;
  onError(error: unknown, session: string): void;
  /** Nothing is on its way to this session any more. */
  onFlown(session: Session<M, R, H>): void;
}

/**
 * The agent's side of the sessions: who has a handle, who is getting one, who must not.
 *
 * All that makes a handle goes through one flight for each session, so a create, an explicit resume
 * and the first turn of a session that lost its handle never run beside each other (A10).
 */
export class Connections<M, R, H> {
  readonly tombstones: Tombstones;
  readonly #options: ConnectionsOptions<M, R, H>;
  readonly #hasHooks: boolean;
  readonly #flights = new SingleFlight<Session<M, R, H>, void>();
  /** Tells those who wait for a flight, and the hook that flies, that it is not wanted any more. */
  readonly #calls = new Map<Session<M, R, H>, Call>();
  readonly #closing = new Map<Session<M, R, H>, Promise<boolean>>();
  #isShut = false;

  constructor(options: ConnectionsOptions<M, R, H>) {
    this.#options = options;
    this.#hasHooks = options.hooks.open !== undefined || options.hooks.resume !== undefined;
    this.tombstones = new Tombstones(options.limits.tombstonesMax);
  }

  /** Whether a turn of this session must get a handle first. */
  isNeeded(session: Session<M, R, H>): boolean {
    return !session.connected && (this.#hasHooks || session.hasHandle);
  }

  /** Whether a handle is on its way, or on its way out. */
  isPending(session: Session<M, R, H>): boolean {
    return this.#flights.has(session) || this.#closing.has(session);
  }

  /** Makes the handle of a new session. */
  async create(session: Session<M, R, H>, options: CreateOptions<H>): Promise<void> {
    const open = options.open ?? this.#options.hooks.open;
    const { signal } = options;
    if (open !== undefined) session.hasHandle = true;
    const flight = this.#fly(session, {
      how: "create",
      start: (call) => open?.(session.key, call) as H,
    });
    // For the others who wait, a session whose creator withdrew was never there.
    const withdraw = () => {
      this.abandon(session, () => new SessionGoneError(session.key, { cause: signal?.reason }));
    };
    signal?.addEventListener("abort", withdraw, { once: true });
    try {
      await flight;
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    } finally {
      signal?.removeEventListener("abort", withdraw);
    }
  }

  /** Gets the handle back, or joins whoever is getting it. */
  resume(session: Session<M, R, H>, signal?: AbortSignal): Promise<void> {
    const { resume } = this.#options.hooks;
    return this.#fly(session, {
      how: "resume",
      start: (call) => {
        if (resume === undefined) throw new SessionGoneError(session.key);
        return resume(session.key, call);
      },
    }, signal);
  }

  /** Tells all who wait for the handle that it will not come. Should it come, it is closed. */
  abandon(session: Session<M, R, H>, reason: (how: Call["how"]) => Error): void {
    const call = this.#calls.get(session);
    call?.controller.abort(reason(call.how));
  }

  /** From now on no handle is installed. */
  shut(): void {
    this.#isShut = true;
    for (const [session, { controller, how }] of this.#calls) {
      controller.abort(new QueueDrainingError(`${how} session "${session.key}"`));
    }
  }

  /** Fulfils when nothing is on its way to this session, whatever became of it. */
  async settled(session: Session<M, R, H>): Promise<void> {
    try {
      if (this.#flights.has(session)) await this.#flights.run(session, () => {});
    } catch {
      // Whoever asked for the handle was told.
    }
    await this.#closing.get(session);
  }

  /** Closes the handle of a session if it still is the one that was number `connection`. */
  async closeIf(session: Session<M, R, H>, connection: number): Promise<void> {
    if (session.connected && session.connections === connection) await this.close(session);
  }

  /**
   * Calls the agent's own end, once for each handle.
   *
   * @returns whether there was one and it returned in time.
   */
  async close(session: Session<M, R, H>): Promise<boolean> {
    const closing = this.#closing.get(session);
    if (closing !== undefined) return await closing;
    if (!session.connected) return false;
    const handle = session.handle as H;
    session.connected = false;
    session.handle = undefined;
    return await this.#close(session, handle);
  }

  /** Joins the flight of a session, or starts it. Who leaves it does not end it. */
  #fly(session: Session<M, R, H>, flight: Flight<H>, signal?: AbortSignal): Promise<void> {
    if (!this.#flights.has(session)) {
      const over = () => this.#options.onFlown(session);
      this.#flights.run(session, () => this.#arrive(session, flight)).then(over, over);
    }
    const call = this.#calls.get(session)?.controller.signal;
    // A call that ignores its abort may go on for ever: nobody is added to those who wait for it.
    if (call?.aborted) return Promise.reject(call.reason);
    return orAborted(orAborted(this.#flights.run(session, () => {}), call), signal);
  }

  async #arrive(session: Session<M, R, H>, flight: Flight<H>): Promise<void> {
    const { clock, limits } = this.#options;
    const controller = new AbortController();
    this.#calls.set(session, { controller, how: flight.how });
    const timer = limits.openMs === Infinity ? undefined : setTimer(
      clock,
      () => controller.abort(new OpenTimeoutError(session.key, limits.openMs)),
      limits.openMs,
    );
    const landed = () => {
      if (timer !== undefined) clock.clearTimeout(timer);
      this.#calls.delete(session);
    };
    try {
      const mark = this.tombstones.get(session.key);
      const closing = this.#closing.get(session);
      if (closing !== undefined) await closing;
      const handle = await flight.start(controller.signal);
      const { how } = flight;
      await this.#install(session, { handle, mark, how, call: controller.signal, landed });
    } finally {
      landed();
    }
  }

  /** What waited for a handle looks again before it uses it (`NO_RESURRECTION`, A10, A11). */
  async #install(session: Session<M, R, H>, arrival: Arrival<H>): Promise<void> {
    const { handle, mark, how, call, landed } = arrival;
    const markNow = this.tombstones.get(session.key);
    const ended = session.ending || (markNow !== undefined && markNow !== mark);
    if (ended || this.#isShut || call.aborted) {
      await this.#close(session, handle);
      if (call.aborted) throw call.reason;
      throw ended
        ? new SessionEndedError(session.key, how)
        : new QueueDrainingError(`${how} session "${session.key}"`);
    }
    // Only now, after the success: a resume that fails leaves the session ended.
    if (mark !== undefined) this.tombstones.delete(session.key);
    // In this very step: an abort that comes later finds a session, and no call to give up.
    landed();
    session.handle = handle;
    session.connected = true;
    session.connections++;
    this.#options.hooks.observer?.opened?.(session.key, how);
  }

  async #close(session: Session<M, R, H>, handle: H): Promise<boolean> {
    const closing = this.#callClose(session.key, handle);
    this.#closing.set(session, closing);
    // Not `closing.finally()`: it takes fewer microtasks on one runtime than on the others.
    const hasClosed = await closing;
    if (this.#closing.get(session) === closing) this.#closing.delete(session);
    this.#options.onFlown(session);
    return hasClosed;
  }

  async #callClose(session: string, handle: H): Promise<boolean> {
    const { hooks, clock, limits } = this.#options;
    let hasFailed = false;
    const call = async () => {
      try {
        await hooks.close?.(handle, session);
      } catch (error) {
        hasFailed = true;
        this.#options.onError(error, session);
      }
    };
    return await within(clock, call(), limits.closeMs) && !hasFailed;
  }
}

/** A call of `open` or `resume` that has not returned. */
interface Call {
  readonly controller: AbortController;
  readonly how: "create" | "resume";
}

interface Arrival<H> {
  readonly handle: H;
  /** The tombstone when the call began. */
  readonly mark: object | undefined;
  readonly how: "create" | "resume";
  readonly call: AbortSignal;
  /** The call is over: nobody can give it up any more. */
  landed(): void;
}

interface Flight<H> {
  readonly how: "create" | "resume";
  start(call: AbortSignal): Promise<H> | H;
}
