import { type Clock, systemClock } from "@lanekeeper/drain-handoff";
import { SingleFlight } from "@lanekeeper/lock-scope";
import { Connections } from "./connections.ts";
import { Entry, type EntryOwner, type Receipt } from "./entry.ts";
import {
  QueueDrainingError,
  SessionEndedError,
  SessionExistsError,
  SessionLimitError,
} from "./errors.ts";
import { Lanes, type Turn } from "./lanes.ts";
import {
  type BusyPolicy,
  cancelled,
  type CreateOptions,
  type EndOptions,
  type EndReport,
  type ErrorContext,
  type ResolvedLimits,
  resolveLimits,
  type ResumeOptions,
  type SendOptions,
  type SessionQueueOptions,
  type SessionSnapshot,
  type StopAllOptions,
  type StopAllReport,
  type StopOptions,
  type StopReport,
} from "./options.ts";
import type { RejectReason } from "./outcome.ts";
import { Session } from "./session.ts";
import { within } from "./within.ts";

const NO_OPTIONS = {};
/** How many sessions `stopAll()` closes side by side. */
const CLOSE_WIDTH = 16;

/**
 * One FIFO queue for each session, and one turn at a time on each.
 *
 * When to use: messages come for many sessions, each session must be worked on by one agent at a
 * time, and whoever sent a message wants to know how it ended. When you already have a queue and
 * only need the guard, use `@lanekeeper/drain-handoff`.
 *
 * Guarantees
 * - `SINGLE_TURN`, `FIFO`, `NO_CROSS_SESSION_HOL`: turns of one session run strictly one after the
 *   other in the order of acceptance, those of different sessions side by side (A9). A cancelled
 *   turn counts as running until it has settled.
 * - `EXACTLY_ONE_OUTCOME`, `FUTURE_SETTLES`: every accepted message has one outcome, across stop,
 *   end, cancel and drain.
 * - `NO_RESURRECTION`: an ended session takes nothing and comes back only by an explicit resume that
 *   succeeded (A11). `NO_CREATE_LEAK`: each handle is in use or closed.
 * - `CANCEL_TARGET`, `CANCEL_NOT_STICKY`: stop and end act on what was there when they were called.
 * - `BOUNDED_STATE`: all that is kept has a limit. A session costs one small object while it is open
 *   or busy, and nothing otherwise but its tombstone.
 *
 * @example Two sends on one session run one after the other
 * ```ts
 * import { SessionQueue } from "@lanekeeper/session-queue";
 * import assert from "node:assert/strict";
 *
 * const queue = new SessionQueue<string, string>({
 *   run: (turn) => `echo: ${turn.inputs[0]?.message}`,
 * });
 * queue.send("session-1", "hello");
 * const second = queue.send("session-1", "world");
 * assert.deepEqual(await second.outcome, { status: "completed", value: "echo: world" });
 * ```
 */
export class SessionQueue<M, R = unknown, H = undefined> {
  readonly #options: SessionQueueOptions<M, R, H>;
  readonly #clock: Clock;
  readonly #limits: ResolvedLimits;
  readonly #policy: BusyPolicy;
  readonly #abandonAfterMs: number;
  readonly #connections: Connections<M, R, H>;
  readonly #lanes: Lanes<M, R, H>;
  readonly #ends = new SingleFlight<string, EndReport>();
  readonly #entryOwner: EntryOwner<M, R, H>;
  #messages = 0;
  #draining = false;
  #stopAll: Promise<StopAllReport> | undefined = undefined;

  /** @throws {RangeError} if a limit or `abandonAfterMs` is negative or not a number. */
  constructor(options: SessionQueueOptions<M, R, H>) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#limits = resolveLimits(options.limits);
    this.#policy = options.policy ?? "enqueue";
    this.#abandonAfterMs = options.abandonAfterMs ?? 5_000;
    const shared = { hooks: options, clock: this.#clock };
    this.#connections = new Connections({
      ...shared,
      closeMs: this.#limits.closeMs,
      tombstonesMax: this.#limits.tombstonesMax,
      onError: (error, session) => this.#onError(error, { session, action: "close" }),
    });
    this.#lanes = new Lanes({
      ...shared,
      limits: this.#limits,
      abandonAfterMs: this.#abandonAfterMs,
      connections: this.#connections,
      onError: (error, where) => this.#onError(error, where),
      endSession: (session) => void this.end(session.key),
    });
    this.#entryOwner = {
      nameOf: (n) => options.messageId?.(n) ?? `m${n}`,
      withdraw: (entry) => this.#lanes.withdraw(entry),
    };
  }

  /** How many sessions are open or busy. */
  get size(): number {
    return this.#lanes.sessions.size;
  }

  /** How many turns have a guard. */
  get running(): number {
    return this.#lanes.chain.size;
  }

  /** How many messages wait. */
  get waiting(): number {
    return this.#lanes.waiting;
  }

  /** How many ended sessions are remembered. */
  get tombstones(): number {
    return this.#connections.tombstones.size;
  }

  /** Whether `stopAll()` was called. */
  get draining(): boolean {
    return this.#draining;
  }

  /** Whether the agent's side of a session is open. */
  isConnected(session: string): boolean {
    const found = this.#lanes.sessions.get(session);
    return found !== undefined && found.connected && !found.ending;
  }

  /** Whether a session was ended and is still remembered. */
  isEnded(session: string): boolean {
    return this.#connections.tombstones.get(session) !== undefined ||
      this.#lanes.sessions.get(session)?.ending === true;
  }

  /** The agent's side of a session, if it is open. */
  handleOf(session: string): H | undefined {
    return this.#lanes.sessions.get(session)?.handle;
  }

  /**
   * Sends a message. It has its place in line, or was refused, when this returns; it never throws
   * for what a caller cannot know (a busy, full, ended or draining session): that is an outcome.
   *
   * Cancel safety: `options.signal` and `receipt.withdraw()` take a waiting message out of the line,
   * so that it never runs, and cancel a turn in which it runs alone.
   *
   * @throws {TypeError} if `session` is not a string with at least one character.
   */
  send(session: string, message: M, options: SendOptions<R> = NO_OPTIONS): Receipt<R> {
    if (typeof session !== "string" || session === "") {
      throw new TypeError("Cannot send: the session's id must be a string and not empty");
    }
    const waitMs = options.waitMs ?? this.#limits.waitMs;
    const found = this.#lanes.sessions.get(session);
    const home = found ?? new Session<M, R, H>(session);
    const entry = new Entry<M, R, H>(this.#entryOwner, home, {
      n: ++this.#messages,
      message,
      policy: options.policy ?? this.#policy,
      options,
      nowMs: waitMs === Infinity ? 0 : this.#clock.now(),
      waitMs,
    });
    const reason = this.#refusal(entry, found === undefined);
    if (reason !== undefined) return this.#reject(entry, reason);
    if (options.signal?.aborted) {
      entry.settle(cancelled("withdrawn"));
      return entry;
    }
    if (found === undefined) this.#lanes.sessions.set(session, home);
    const full = this.#lanes.place(entry, options);
    if (full !== undefined) return this.#reject(entry, full);
    if (options.signal !== undefined) entry.follow(options.signal);
    return entry;
  }

  /**
   * Opens the agent's side of a new session. Messages sent meanwhile wait for it.
   *
   * Cancel safety: `options.signal` goes to `open`; if a handle comes all the same it is closed.
   *
   * @throws {QueueDrainingError} @throws {SessionEndedError} @throws {SessionExistsError}
   * @throws {SessionLimitError} and whatever `open` throws.
   */
  async create(session: string, options: CreateOptions<H> = NO_OPTIONS): Promise<void> {
    if (this.draining) throw new QueueDrainingError(`create session "${session}"`);
    if (this.isEnded(session)) throw new SessionEndedError(session);
    if (this.#lanes.sessions.has(session)) throw new SessionExistsError(session);
    options.signal?.throwIfAborted();
    const home = this.#home(session);
    try {
      await this.#connections.create(home, options);
    } finally {
      this.#lanes.forgetIfUnused(home);
    }
  }

  /**
   * Gets the agent's side of a session back. Whoever else waits for the same session shares the one
   * resume and its result (A10). A session that is open is left as it is.
   *
   * @throws {QueueDrainingError} @throws {SessionLimitError}
   * @throws {SessionEndedError} if the session was ended, before or meanwhile.
   * @throws whatever the queue's `resume` throws; `signal.reason` if that aborts.
   */
  async resume(session: string, options: ResumeOptions = NO_OPTIONS): Promise<void> {
    if (this.draining) throw new QueueDrainingError(`resume session "${session}"`);
    options.signal?.throwIfAborted();
    if (this.isEnded(session)) {
      if (options.revive !== true) throw new SessionEndedError(session);
      if (this.#ends.has(session)) await this.end(session);
      // Its last turn was abandoned and goes on: a second one beside it must not start.
      if (this.#lanes.sessions.has(session)) throw new SessionEndedError(session);
    }
    const home = this.#home(session);
    if (home.connected) return;
    try {
      await this.#connections.resume(home, options.signal);
    } finally {
      this.#lanes.forgetIfUnused(home);
    }
  }

  /**
   * Stops the turn that runs now, and by default what waits (`STOP_CLEARS_ALL`). What is sent after
   * this call is not touched (`CANCEL_TARGET`).
   *
   * @returns a report, within `deadlineMs` even if the agent ignores its cancel (`STOP_TERMINATES`).
   */
  async stop(session: string, options: StopOptions = NO_OPTIONS): Promise<StopReport> {
    const { level = "immediate", queued = "discard", deadlineMs = 10_000 } = options;
    const home = this.#lanes.sessions.get(session);
    if (home === undefined) return { running: "none", discarded: 0 };
    const discarded = queued === "discard" ? this.#lanes.discard(home, cancelled("stopped")) : 0;
    const turn = this.#lanes.chain.turnOf(home);
    if (turn === undefined) return { running: "none", discarded };
    const asked = level === "graceful"
      ? this.#lanes.stopTurn(turn, cancelled("stopped"))
      : this.#lanes.cancelTurn(turn, cancelled("stopped"));
    return { running: await this.#endOf(turn, deadlineMs, asked), discarded };
  }

  /**
   * Ends a session (A11): marks it first, so that nothing revives it; cancels what waits; lets the
   * running turn finish within `deadlineMs`, then cancels it; then calls the agent's own end. Calls
   * for one session that is being ended share one report.
   */
  end(session: string, options: EndOptions = NO_OPTIONS): Promise<EndReport> {
    return this.#ends.run(session, () => this.#end(session, options));
  }

  /**
   * Stops everything, once: takes no more work; lets what runs and waits finish within `deadlineMs`,
   * then cancels it; then calls the agent's end of every session. Sessions are not marked as ended:
   * they can be resumed by a later queue. Every call gets the report of the first.
   */
  stopAll(options: StopAllOptions = NO_OPTIONS): Promise<StopAllReport> {
    this.#stopAll ??= this.#drain(options);
    return this.#stopAll;
  }

  /** What is there, as plain data. */
  snapshot(): SessionSnapshot[] {
    return Array.from(this.#lanes.sessions.values(), (home) => {
      const turn = this.#lanes.chain.turnOf(home);
      const entry = turn?.item;
      const asked = turn !== undefined && (turn.interrupted || home.task?.stopping === true);
      return {
        session: home.key,
        state: home.ending ? "ending" : asked ? "stopping" : turn ? "running" : "idle",
        connected: home.connected,
        generation: turn?.generation,
        running: entry === undefined ? [] : [entry, ...entry.joined ?? []].map(({ id }) => id),
        waiting: Array.from(home.line, ({ id }) => id),
      };
    });
  }

  #refusal(entry: Entry<M, R, H>, isNew: boolean): RejectReason | undefined {
    if (this.#draining) return "draining";
    if (this.isEnded(entry.session)) return "ended";
    if (this.#options.validate?.(entry.message) === false) return "invalid";
    if (isNew && this.#lanes.sessions.size >= this.#limits.sessionsMax) return "full";
    return undefined;
  }

  #reject(entry: Entry<M, R, H>, reason: RejectReason): Receipt<R> {
    entry.settle({ status: "rejected", reason });
    this.#options.observer?.rejected?.(entry, reason);
    return entry;
  }

  #home(session: string): Session<M, R, H> {
    const found = this.#lanes.sessions.get(session);
    if (found !== undefined) return found;
    if (this.#lanes.sessions.size >= this.#limits.sessionsMax) {
      throw new SessionLimitError(session, this.#limits.sessionsMax);
    }
    const home = new Session<M, R, H>(session);
    this.#lanes.sessions.set(session, home);
    return home;
  }

  async #end(session: string, options: EndOptions): Promise<EndReport> {
    const { deadlineMs = 5_000 } = options;
    this.#connections.tombstones.add(session);
    const home = this.#lanes.sessions.get(session);
    if (home === undefined) {
      this.#options.observer?.ended?.(session);
      return { running: "none", discarded: 0, closed: false };
    }
    home.ending = true;
    const discarded = this.#lanes.discard(home, cancelled("ended"));
    const running = await this.#finish(home, deadlineMs);
    await within(this.#clock, this.#connections.settled(home), this.#limits.closeMs);
    const closed = await this.#connections.close(home);
    this.#lanes.forgetIfUnused(home);
    this.#options.observer?.ended?.(session);
    return { running, discarded, closed };
  }

  /** Lets the running turn of a session that ends finish, then cancels it. */
  async #finish(home: Session<M, R, H>, deadlineMs: number): Promise<EndReport["running"]> {
    const turn = this.#lanes.chain.turnOf(home);
    if (turn === undefined) return "none";
    // A turn that has no handle yet would only wait for one that it must not get.
    const unconnected = this.#connections.isNeeded(home);
    if (!unconnected && await within(this.#clock, turn.ended, deadlineMs)) return "settled";
    return await this.#endOf(turn, deadlineMs, this.#lanes.cancelTurn(turn, cancelled("ended")));
  }

  async #endOf(
    turn: Turn<M, R, H>,
    deadlineMs: number,
    asked: Promise<void> | undefined,
  ): Promise<StopReport["running"]> {
    const ended = Promise.all([turn.ended, asked]);
    if (!await within(this.#clock, ended, deadlineMs) && !isOver(turn)) return "asked";
    return turn.state === "abandoned" ? "abandoned" : "settled";
  }

  async #drain(options: StopAllOptions): Promise<StopAllReport> {
    this.#draining = true;
    const { deadlineMs = 10_000, queued = "keep" } = options;
    const { chain, sessions, tally } = this.#lanes;
    const before = { ...tally };
    if (queued === "discard") this.#discardAll();
    if (!await within(this.#clock, chain.quiet(), deadlineMs)) {
      // What waits goes first: a turn that is cancelled must find nothing to hand the guard to.
      this.#discardAll();
      const ends = chain.turns().map((turn) =>
        this.#endOf(turn, deadlineMs, this.#lanes.cancelTurn(turn, cancelled("draining")))
      );
      await Promise.all(ends);
    }
    const abandoned = chain.turns().map((turn) => turn.key.key);
    const pending = Array.from(sessions.values(), (home) => this.#connections.settled(home));
    await within(this.#clock, Promise.all(pending), this.#limits.closeMs);
    this.#connections.closed = true;
    const closed = await this.#closeAll();
    const report: StopAllReport = {
      completed: tally.completed - before.completed,
      failed: tally.failed - before.failed,
      cancelled: tally.cancelled - before.cancelled,
      abandoned,
      ...closed,
    };
    this.#options.observer?.drained?.(report);
    return report;
  }

  #discardAll(): void {
    for (const home of this.#lanes.sessions.values()) {
      if (home.line.size > 0) this.#lanes.discard(home, cancelled("draining"));
    }
  }

  async #closeAll(): Promise<Pick<StopAllReport, "closed" | "closeFailed">> {
    const open = [...this.#lanes.sessions.values()].filter((home) => home.connected);
    const closeFailed: string[] = [];
    const work = open.values();
    const worker = async () => {
      for (const home of work) {
        if (!await this.#connections.close(home)) closeFailed.push(home.key);
        this.#lanes.forgetIfUnused(home);
      }
    };
    await Promise.all(Array.from({ length: Math.min(CLOSE_WIDTH, open.length) }, worker));
    return { closed: open.length - closeFailed.length, closeFailed };
  }

  #onError(error: unknown, where: ErrorContext): void {
    if (this.#options.onError !== undefined) this.#options.onError(error, where);
    else console.error(`Error in ${where.action} of session "${where.session}":`, error);
  }
}

function isOver<M, R, H>(turn: Turn<M, R, H>): boolean {
  return turn.state === "settled" || turn.state === "abandoned";
}
