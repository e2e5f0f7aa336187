import type { Turn } from "@lanekeeper/drain-handoff";
import type { Entry } from "./entry.ts";
import type { TurnInfo } from "./options.ts";
import type { Session } from "./session.ts";
import type { Offer } from "./steering.ts";

/**
 * What the agent is given of its turn.
 *
 * Guarantees
 * - `SINGLE_TURN`: no other turn of this session runs until what `run` returned has settled.
 * - `STALE_EFFECT_FENCED`: once the turn is cancelled, {@linkcode emit} does nothing,
 *   {@linkcode live} is false and the reply is not delivered.
 */
export interface SessionTurn<M, H> extends TurnInfo {
  /**
   * The messages themselves, in the order of acceptance: one, or several that were collected. What the
   * turn takes while it runs comes by `steer`, and not here.
   */
  readonly inputs: readonly { readonly message: M; readonly sender: string | undefined }[];
  /** What `open` or `resume` gave for this session. */
  readonly handle: H;
  /** Aborts when the turn is cancelled at once. Settle soon after: the session waits for it. */
  readonly signal: AbortSignal;
  /** Somebody asked for a graceful stop: end at the next good point, and the reply still counts. */
  readonly stopping: boolean;
  readonly live: boolean;
  /** Passes a piece of the reply on to the observer, if the turn is live. */
  emit(data: unknown): void;
  /**
   * Ends this very session: it takes nothing from now on, and is closed once the turn is over,
   * however long that takes. Do not wait for `queue.end()` inside a turn: it waits for the turn. Does
   * nothing once the turn is no longer live.
   */
  endSession(): void;
  /** @throws {StaleTurnError} if the turn is no longer live. */
  throwIfStale(): void;
}

/** What a turn asks of the queue that made it. */
export interface SessionTurnOwner<M, R, H> {
  emitted(task: SessionTurnTask<M, R, H>, data: unknown): void;
  endAfter(task: SessionTurnTask<M, R, H>): void;
}

/** The turn as the queue sees it. Agents see {@linkcode SessionTurn}. */
export class SessionTurnTask<M, R, H> implements SessionTurn<M, H> {
  /** The first message, with those that joined it. */
  readonly first: Entry<M, R, H>;
  handle: H;
  /** Which of the session's handles that is. */
  connection = 0;
  /** It has begun, and waits for its handle. */
  isConnecting = false;
  stopping = false;
  /** The session is ended as soon as this turn is over. */
  endsSession = false;
  /** The agent runs: it can be offered a message. */
  isSteerable = false;
  /** The message that is on offer. */
  offer: Offer<M, R, H> | undefined = undefined;
  /** The agent's own cancel, once it was asked for one. */
  asked: Promise<unknown> | undefined = undefined;
  #hasWorked = false;
  #onWorked: (() => void) | undefined = undefined;
  readonly #owner: SessionTurnOwner<M, R, H>;
  readonly #turn: Turn<Session<M, R, H>, Entry<M, R, H>>;

  constructor(
    owner: SessionTurnOwner<M, R, H>,
    turn: Turn<Session<M, R, H>, Entry<M, R, H>>,
  ) {
    this.#owner = owner;
    this.#turn = turn;
    this.first = turn.item;
    this.handle = turn.key.handle as H;
  }

  /** Takes the session's handle: from this step on the agent knows of the turn. */
  begin(session: Session<M, R, H>): void {
    this.handle = session.handle as H;
    this.connection = session.connections;
    this.isConnecting = false;
    this.isSteerable = true;
  }

  /** The work has settled, the delivery of the reply included. */
  worked(): void {
    this.#hasWorked = true;
    this.#onWorked?.();
  }

  /** Fulfils when it has. */
  whenWorked(): Promise<void> {
    return this.#hasWorked ? Promise.resolve() : new Promise((done) => this.#onWorked = done);
  }

  get session(): string {
    return this.first.session;
  }

  get id(): string {
    return this.first.id;
  }

  get messages(): string[] {
    return this.first.all.map((entry) => entry.id);
  }

  get inputs(): readonly Entry<M, R, H>[] {
    return this.first.inputs;
  }

  get generation(): number {
    return this.#turn.generation;
  }

  get signal(): AbortSignal {
    return this.#turn.signal;
  }

  get live(): boolean {
    return this.#turn.live;
  }

  emit(data: unknown): void {
    if (this.#turn.live) this.#owner.emitted(this, data);
  }

  endSession(): void {
    if (this.#turn.live) this.#owner.endAfter(this);
  }

  throwIfStale(): void {
    this.#turn.throwIfStale();
  }
}
