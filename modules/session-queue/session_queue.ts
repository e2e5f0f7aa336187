import { type Clock, systemClock } from "@lanekeeper/drain-handoff";
import { Connections } from "./connections.ts";
import { Entry, type EntryOwner, type Receipt } from "./entry.ts";
import {
  QueueDrainingError,
  SessionEndedError,
  SessionExistsError,
  SessionLimitError,
} from "./errors.ts";
import { Lanes } from "./lanes.ts";
import type {
  BusyPolicy,
  CreateOptions,
  EndOptions,
  EndReport,
  ErrorContext,
  ResumeOptions,
  SendOptions,
  SessionQueueOptions,
  SessionSnapshot,
  StopAllOptions,
  StopAllReport,
  StopOptions,
  StopReport,
} from "./options.ts";
import type { RejectReason } from "./outcome.ts";
import { QueueDrain } from "./queue_drain.ts";
import {
  cancelled,
  checkMs,
  checkPolicy,
  type ResolvedLimits,
  resolveLimits,
} from "./resolve_options.ts";
import { Session } from "./session.ts";
import { countCancelled, SessionEnds, stateOf } from "./session_ends.ts";
import { orAborted, within } from "./waiting.ts";

const NO_OPTIONS = {};
/** How long a turn that is never abandoned is waited for after its cancel, in ms. */
const PATIENCE_MS = 5_000;

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
  readonly #connections: Connections<M, R, H>;
  readonly #lanes: Lanes<M, R, H>;
  readonly #ends: SessionEnds<M, R, H>;
  readonly #drain: QueueDrain<M, R, H>;
  readonly #entryOwner: EntryOwner<M, R, H>;
  #messages = 0;
  #draining = false;

  /** @throws {RangeError} if a limit or `abandonAfterMs` is negative or not a number. */
  constructor(options: SessionQueueOptions<M, R, H>) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#limits = resolveLimits(options.limits);
    this.#policy = checkPolicy(options.policy ?? "enqueue");
    const abandonAfterMs = checkMs("abandonAfterMs", options.abandonAfterMs ?? 5_000);
    const patienceMs = abandonAfterMs === Infinity ? PATIENCE_MS : abandonAfterMs;
    const shared = { hooks: options, clock: this.#clock, limits: this.#limits };
    this.#connections = new Connections({
      ...shared,
      onFlown: (session) => this.#lanes.forgetIfUnused(session),
      onError: (error, session) => this.#onError(error, { session, action: "close" }),
    });
    this.#lanes = new Lanes({
      ...shared,
      abandonAfterMs,
      patienceMs,
      connections: this.#connections,
      onError: (error, where) => this.#onError(error, where),
      markEnded: (session) => void this.#ends.mark(session),
      endSession: (session) => void this.end(session.key),
    });
    const parts = { ...shared, connections: this.#connections, lanes: this.#lanes };
    const { observer } = options;
    this.#ends = new SessionEnds({ ...parts, abandonAfterMs, patienceMs, observer });
    this.#drain = new QueueDrain({ ...parts, ends: this.#ends, observer });
    this.#entryOwner = {
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
   * Sends a message. It has its place in line, or was refused, when this returns; what a caller
   * cannot know (a busy, full, ended or draining session) is an outcome and not an error.
   *
   * Cancel safety: `options.signal` and `receipt.withdraw()` take a waiting message out of the line,
   * so that it never runs, and cancel a turn in which it runs alone.
   *
   * @throws {TypeError} if `session` is not a string or empty, or the policy is unknown.
   * @throws {RangeError} if `waitMs` is negative or not a number.
   * @throws `signal.reason` if the signal has aborted already.
   */
  send(session: string, message: M, options: SendOptions<R> = NO_OPTIONS): Receipt<R> {
    checkName(session);
    options.signal?.throwIfAborted();
    const policy = options.policy === undefined ? this.#policy : checkPolicy(options.policy);
    const waitMs = options.waitMs === undefined
      ? this.#limits.waitMs
      : checkMs("waitMs", options.waitMs);
    // Foreign code first: from the look-up to the claim below nothing else may run.
    const isValid = this.#options.validate?.(message) ?? true;
    const nowMs = waitMs === Infinity ? 0 : this.#clock.now();
    const n = ++this.#messages;
    const id = options.id === undefined ? this.#options.messageId?.(n) : undefined;
    const found = this.#lanes.sessions.get(session);
    const home = found ?? new Session<M, R, H>(session, this.#entryOwner);
    const entry = new Entry<M, R, H>(home, n, message, policy, options);
    if (id !== undefined) entry.id = id;
    if (waitMs !== Infinity) entry.expire(nowMs, waitMs);
    const reason = isValid ? this.#refusal(home, found === undefined) : "invalid";
    if (reason !== undefined) return this.#reject(entry, reason);
    if (found === undefined) this.#lanes.sessions.set(session, home);
    const refused = this.#lanes.place(entry);
    if (refused !== undefined) return this.#reject(entry, refused);
    if (options.signal !== undefined) entry.follow(options.signal);
    return entry;
  }

  /**
   * Opens the agent's side of a new session. Messages sent meanwhile wait for it.
   *
   * Cancel safety: when `options.signal` aborts this rejects with its reason and, once `open` has
   * returned, its handle is closed.
   *
   * @throws {SessionExistsError} if it is there; {SessionEndedError} if it was ended, before or
   * meanwhile; {SessionLimitError}; {QueueDrainingError}; {OpenTimeoutError}; and what `open` throws.
   */
  async create(session: string, options: CreateOptions<H> = NO_OPTIONS): Promise<void> {
    checkName(session);
    options.signal?.throwIfAborted();
    if (this.#draining) throw new QueueDrainingError(`create session "${session}"`);
    if (this.isEnded(session)) throw new SessionEndedError(session, "create");
    if (this.#lanes.sessions.has(session)) throw new SessionExistsError(session);
    await this.#connections.create(this.#home(session), options);
  }

  /**
   * Gets the agent's side of a session back. Whoever else waits for the same session shares the one
   * resume and its result (A10). A session that is open is left as it is.
   *
   * Cancel safety: when `options.signal` aborts this rejects with its reason; the resume goes on for
   * whoever else waits.
   *
   * @throws {SessionEndedError} if it was ended, before or meanwhile; {SessionLimitError};
   * {QueueDrainingError}; {OpenTimeoutError}; {SessionGoneError} if the queue has no `resume`; and
   * what `resume` throws.
   */
  async resume(session: string, options: ResumeOptions = NO_OPTIONS): Promise<void> {
    checkName(session);
    const { signal, revive = false } = options;
    signal?.throwIfAborted();
    if (this.isEnded(session)) {
      if (!revive) throw new SessionEndedError(session, "resume");
      const mark = this.#connections.tombstones.get(session);
      if (this.#ends.has(session)) await orAborted(this.#ends.underWay(session), signal);
      if (!this.#ends.isRevivable(session, mark)) throw new SessionEndedError(session, "resume");
    }
    if (this.#draining) throw new QueueDrainingError(`resume session "${session}"`);
    const home = this.#home(session);
    if (!home.connected) await this.#connections.resume(home, signal);
  }

  /**
   * Drops the agent's side of a session whose process or connection was lost, and closes it. The
   * session stays as it is otherwise: the next turn resumes it (A9, A10).
   *
   * @returns whether there was one and its `close` returned in time.
   */
  async disconnect(session: string): Promise<boolean> {
    const home = this.#lanes.sessions.get(session);
    if (home === undefined) return false;
    const closing = this.#connections.close(home);
    this.#lanes.chain.turnOf(home)?.waitUntil(closing);
    return await closing;
  }

  /**
   * Stops the turn that runs now, and by default what waits (`STOP_CLEARS_ALL`). What is sent after
   * this call is not touched (`CANCEL_TARGET`).
   *
   * @returns a report, within `deadlineMs` even if the agent ignores its cancel (`STOP_TERMINATES`).
   * @throws {RangeError} if `deadlineMs` is negative or not a number.
   */
  async stop(session: string, options: StopOptions = NO_OPTIONS): Promise<StopReport> {
    const { level = "immediate", queued = "discard", signal } = options;
    const deadlineMs = checkMs("deadlineMs", options.deadlineMs ?? 10_000);
    const home = this.#lanes.sessions.get(session);
    if (home === undefined) return { running: "none", discarded: 0 };
    // The turn is looked up first: what a discarded message's caller does is not the target.
    const turn = this.#lanes.chain.turnOf(home);
    const waited = queued === "discard" ? this.#lanes.discard(home, cancelled("stopped")) : [];
    if (turn === undefined) return { running: "none", discarded: countCancelled(waited) };
    if (level === "graceful") this.#lanes.stopTurn(turn, cancelled("stopped"));
    else this.#lanes.cancelTurn(turn, cancelled("stopped"));
    await orAborted(within(this.#clock, turn.ended, deadlineMs), signal);
    return { running: stateOf(turn), discarded: countCancelled(waited) };
  }

  /**
   * Ends a session (A11): marks it first, so that nothing revives it; cancels what waits; lets the
   * running turn finish within `deadlineMs`, then cancels it; then calls the agent's own end. Calls
   * for one session that is being ended share one report.
   *
   * @throws {RangeError} if `deadlineMs` is negative or not a number.
   */
  async end(session: string, options: EndOptions = NO_OPTIONS): Promise<EndReport> {
    const deadlineMs = checkMs("deadlineMs", options.deadlineMs ?? 5_000);
    const report = this.#ends.end(session, deadlineMs);
    // Marked anew by each call, so that a revive that waits for the end before sees this one.
    this.#connections.tombstones.add(session);
    return await orAborted(report, options.signal);
  }

  /**
   * Stops everything, once: takes no more work; lets what runs and waits finish within `deadlineMs`,
   * then cancels it; then calls the agent's end of every session. Sessions are not marked as ended:
   * they can be resumed by a later queue. Every call gets the report of the one drain.
   *
   * @throws {RangeError} if `deadlineMs` is negative or not a number.
   */
  async stopAll(options: StopAllOptions = NO_OPTIONS): Promise<StopAllReport> {
    const deadlineMs = checkMs("deadlineMs", options.deadlineMs ?? 10_000);
    this.#draining = true;
    const drain = this.#drain.run(options.queued ?? "keep", deadlineMs);
    return await orAborted(drain, options.signal);
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
        running: entry === undefined ? [] : entry.all.map(({ id }) => id),
        waiting: Array.from(home.line, ({ id }) => id),
      };
    });
  }

  #refusal(home: Session<M, R, H>, isNew: boolean): RejectReason | undefined {
    if (this.#draining) return "draining";
    const { tombstones } = this.#connections;
    if (home.ending || (tombstones.size > 0 && tombstones.get(home.key))) return "ended";
    return isNew && this.#lanes.sessions.size >= this.#limits.sessionsMax ? "full" : undefined;
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
    const home = new Session<M, R, H>(session, this.#entryOwner);
    this.#lanes.sessions.set(session, home);
    return home;
  }

  #onError(error: unknown, where: ErrorContext): void {
    try {
      if (this.#options.onError !== undefined) this.#options.onError(error, where);
      else console.error(`Error in ${where.action} of session "${where.session}":`, error);
    } catch {
      // There is nobody left to tell.
    }
  }
}

function checkName(session: string): void {
  if (typeof session === "string" && session !== "") return;
  throw new TypeError("Cannot use this session id: it must be a string and not empty");
}
