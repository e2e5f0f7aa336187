import {
  type Clock,
  DrainHandoff,
  type Turn as ChainTurn,
  type TurnEnd,
} from "@lanekeeper/drain-handoff";
import type { Connections } from "./connections.ts";
import type { Entry } from "./entry.ts";
import {
  type ErrorContext,
  type ResolvedLimits,
  type SendOptions,
  type SessionQueueObserver,
  type SessionQueueOptions,
} from "./options.ts";
import type { CancelLevel, Outcome, RejectReason } from "./outcome.ts";
import { Session } from "./session.ts";
import { type SessionTurnOwner, SessionTurnTask } from "./session_turn.ts";
import { setTimer } from "./within.ts";

const NONE: readonly never[] = [];

/** A turn of the chain below: its key is the session, its item the first message. */
export type Turn<M, R, H> = ChainTurn<Session<M, R, H>, Entry<M, R, H>>;

/** What the lanes need. */
export interface LanesOptions<M, R, H> {
  readonly hooks: SessionQueueOptions<M, R, H>;
  readonly clock: Clock;
  readonly limits: ResolvedLimits;
  readonly abandonAfterMs: number;
  readonly connections: Connections<M, R, H>;
  onError(error: unknown, where: ErrorContext): void;
  endSession(session: Session<M, R, H>): void;
}

/**
 * The messages of all sessions, from their place in line to their outcome.
 *
 * A message that waits stands in the line of its session; one that runs belongs to the turn that has
 * the guard; each change from the one to the other is a synchronous step.
 */
export class Lanes<M, R, H> implements SessionTurnOwner<M, R, H> {
  readonly sessions: Map<string, Session<M, R, H>> = new Map();
  readonly chain: DrainHandoff<Session<M, R, H>, Entry<M, R, H>>;
  /** How many messages wait on all sessions. */
  waiting = 0;
  /** How the messages ended that were there during the drain. */
  readonly tally: { completed: number; failed: number; cancelled: number } = {
    completed: 0,
    failed: 0,
    cancelled: 0,
  };
  readonly #options: LanesOptions<M, R, H>;
  readonly #hooks: SessionQueueOptions<M, R, H>;
  readonly #limits: ResolvedLimits;
  readonly #observer: SessionQueueObserver<M, R> | undefined;

  constructor(options: LanesOptions<M, R, H>) {
    this.#options = options;
    this.#hooks = options.hooks;
    this.#limits = options.limits;
    this.#observer = options.hooks.observer;
    this.chain = new DrainHandoff({
      next: (session) => this.#next(session),
      run: (turn) => this.#run(turn),
      ended: (turn, end) => this.#ended(turn, end),
      abandonAfterMs: options.abandonAfterMs,
      onAbandon: options.hooks.onAbandon ?? "block",
      clock: options.clock,
      observer: {
        released: ({ key }) => {
          this.forgetIfUnused(key);
          this.#observer?.idle?.(key.key);
        },
        ...(this.#observer?.handedOff === undefined ? {} : {
          handedOff: (from, to) =>
            this.#observer?.handedOff?.(
              new SessionTurnTask(this, from),
              new SessionTurnTask(this, to),
            ),
        }),
      },
    });
  }

  /**
   * Gives a message its place, by its busy policy, and starts a turn if the session is idle: one
   * synchronous step from the check to the claim (`ATOMIC_CLAIM`).
   *
   * @returns why it has none.
   */
  place(entry: Entry<M, R, H>, options: SendOptions<R>): RejectReason | undefined {
    const session = entry.home;
    const { line } = session;
    const replaces = entry.policy === "interrupt" && options.queued === "supersede";
    const isFull = this.waiting >= this.#limits.waitingTotalMax ||
      (line.size >= this.#limits.waitingMax && !replaces);
    if (isFull || entry.policy !== "enqueue") {
      const turn = this.chain.turnOf(session);
      if (turn !== undefined) {
        if (entry.policy === "reject") return "busy";
        if (isFull) return "full";
        if (entry.policy === "interrupt") return this.#interrupt(entry, turn, replaces);
        if (entry.policy === "collect" && this.#collect(entry)) return undefined;
      }
    }
    line.push(entry);
    this.#stand(entry);
    this.chain.wake(session);
    return undefined;
  }

  /** Takes a message out of the line, or cancels the turn in which it runs alone. */
  withdraw(entry: Entry<M, R, H>): boolean {
    if (entry.status === "waiting") {
      this.#takeOut(entry, { status: "cancelled", cause: "withdrawn" });
      return true;
    }
    const turn = this.chain.turnOf(entry.home);
    if (turn?.item !== entry || entry.joined !== undefined) return false;
    return this.cancelTurn(turn, { status: "cancelled", cause: "withdrawn" }) !== undefined;
  }

  /** Gives everything that waits on a session the same outcome. */
  discard(session: Session<M, R, H>, outcome: Outcome<R>): number {
    const entries = [...session.line];
    for (const entry of entries) {
      // The outcome of an earlier one may have led somebody to withdraw this one.
      if (entry.status === "waiting") this.#takeOut(entry, outcome);
    }
    return entries.length;
  }

  /**
   * Cancels a turn at once. It keeps the guard until its work has settled.
   *
   * @returns what the agent's `requestCancel` gave; `undefined` if the turn was cancelled before.
   */
  cancelTurn(turn: Turn<M, R, H>, fate: Outcome<R>): Promise<void> | undefined {
    if (!turn.live) return undefined;
    const session = turn.key;
    const { task } = session;
    turn.item.fate = fate;
    if (task !== undefined) this.#observer?.stopping?.(task, "immediate");
    turn.interrupt(new DOMException(`The turn was cancelled: ${fate.status}`, "AbortError"));
    return task === undefined ? Promise.resolve() : this.#requestCancel(session, "immediate");
  }

  /** Asks a turn that has begun to end at the next good point; one that has not never begins. */
  stopTurn(turn: Turn<M, R, H>, fate: Outcome<R>): Promise<void> | undefined {
    const session = turn.key;
    const { task } = session;
    if (task === undefined || !session.connected && this.#options.connections.isNeeded(session)) {
      return this.cancelTurn(turn, fate);
    }
    if (!turn.live) return undefined;
    task.stopping = true;
    this.#observer?.stopping?.(task, "graceful");
    return this.#requestCancel(session, "graceful");
  }

  /** A session that is neither open nor busy costs nothing. */
  forgetIfUnused(session: Session<M, R, H>): void {
    if (session.connected || session.line.size > 0) return;
    if (this.chain.turnOf(session) !== undefined) return;
    if (this.#options.connections.isPending(session)) return;
    if (this.sessions.get(session.key) === session) this.sessions.delete(session.key);
  }

  emitted(task: SessionTurnTask<M, R, H>, data: unknown): void {
    this.#observer?.emitted?.(task, data);
  }

  endSession(session: Session<M, R, H>): void {
    this.#options.endSession(session);
  }

  #interrupt(entry: Entry<M, R, H>, turn: Turn<M, R, H>, replaces: boolean): undefined {
    const fate: Outcome<R> = { status: "superseded", by: entry.id };
    if (replaces) this.discard(entry.home, fate);
    // In line before the cancel: foreign code that runs inside the cancel finds it there.
    entry.home.line.unshift(entry);
    this.#stand(entry);
    void this.cancelTurn(turn, fate);
  }

  #collect(entry: Entry<M, R, H>): boolean {
    const { line } = entry.home;
    for (let host = line.head; host !== undefined; host = host.behind) {
      const fits = host.policy === "collect" && host.sender === entry.sender &&
        1 + (host.joined?.length ?? 0) < this.#limits.collectMax;
      if (!fits) continue;
      line.join(entry, host);
      this.#stand(entry);
      return true;
    }
    return false;
  }

  /** What every message does that took its place in line. */
  #stand(entry: Entry<M, R, H>): void {
    this.waiting++;
    this.#observer?.accepted?.(entry);
    if (entry.expiresAtMs < entry.home.timerAtMs) this.#watch(entry.home, entry.expiresAtMs);
  }

  #takeOut(entry: Entry<M, R, H>, outcome: Outcome<R>): void {
    entry.home.line.remove(entry);
    this.waiting--;
    this.#settle(entry, outcome);
  }

  /** The chain asks for the next turn: inside the step that claims or hands over the guard. */
  #next(session: Session<M, R, H>): Entry<M, R, H> | undefined {
    if (session.timer !== undefined) this.#expire(session);
    const entry = session.line.shift();
    if (entry === undefined) return undefined;
    if (session.timer !== undefined && session.line.size === 0) this.#watch(session, Infinity);
    this.waiting -= 1 + (entry.joined?.length ?? 0);
    entry.status = "running";
    for (const other of entry.joined ?? NONE) other.status = "running";
    return entry;
  }

  #run(turn: Turn<M, R, H>): unknown {
    const session = turn.key;
    const task = new SessionTurnTask<M, R, H>(this, turn);
    session.task = task;
    this.#observer?.started?.(task);
    const entry = turn.item;
    const plain = entry.deliver === undefined && !this.#options.connections.isNeeded(session);
    return plain ? this.#hooks.run(task) : this.#runWhole(turn, task);
  }

  /** Connect, run, deliver: all of it inside the turn. */
  async #runWhole(turn: Turn<M, R, H>, task: SessionTurnTask<M, R, H>): Promise<R> {
    const { key: session, item: entry } = turn;
    const { connections } = this.#options;
    if (connections.isNeeded(session)) {
      await connections.resume(session, turn.signal);
      turn.signal.throwIfAborted();
    }
    const value = await this.#hooks.run(task);
    if (entry.deliver === undefined || !turn.live) return value;
    await entry.deliver(value, turn.signal);
    entry.delivered = true;
    return value;
  }

  #ended(turn: Turn<M, R, H>, end: TurnEnd): void {
    const { key: session, item: entry } = turn;
    session.task = undefined;
    const outcome = outcomeOf<M, R, H>(entry, end);
    this.#settle(entry, outcome);
    if (entry.joined === undefined) return;
    const joined: Outcome<R> = outcome.status === "completed"
      ? { status: "merged", into: entry.id, value: outcome.value }
      : outcome;
    for (const other of entry.joined) this.#settle(other, joined);
  }

  #settle(entry: Entry<M, R, H>, outcome: Outcome<R>): void {
    if (outcome.status === "completed" || outcome.status === "merged") this.tally.completed++;
    else if (outcome.status === "failed") this.tally.failed++;
    else if (outcome.status !== "abandoned") this.tally.cancelled++;
    entry.settle(outcome);
    this.#observer?.settled?.(entry, outcome);
  }

  async #requestCancel(session: Session<M, R, H>, level: CancelLevel): Promise<void> {
    const { requestCancel } = this.#hooks;
    if (requestCancel === undefined || !session.connected) return;
    try {
      await requestCancel(session.handle as H, level, session.key);
    } catch (error) {
      this.#options.onError(error, { session: session.key, action: "requestCancel" });
    }
  }

  #watch(session: Session<M, R, H>, atMs: number): void {
    const { clock } = this.#options;
    if (session.timer !== undefined) clock.clearTimeout(session.timer);
    session.timerAtMs = atMs;
    session.timer = atMs === Infinity ? undefined : setTimer(clock, () => {
      this.#expire(session);
      this.forgetIfUnused(session);
    }, atMs - clock.now());
  }

  /** Settles what has waited too long, and watches for the next one that may. */
  #expire(session: Session<M, R, H>): void {
    const nowMs = this.#options.clock.now();
    let nextAtMs = Infinity;
    for (const entry of [...session.line]) {
      if (entry.status !== "waiting") continue;
      if (entry.expiresAtMs > nowMs) nextAtMs = Math.min(nextAtMs, entry.expiresAtMs);
      else this.#takeOut(entry, { status: "expired", waitedMs: nowMs - entry.acceptedAtMs });
    }
    this.#watch(session, nextAtMs);
  }
}

function outcomeOf<M, R, H>(entry: Entry<M, R, H>, end: TurnEnd): Outcome<R> {
  switch (end.status) {
    case "completed":
      return { status: "completed", value: end.value as R };
    case "failed":
      return { status: "failed", error: end.error };
    case "abandoned":
      return { status: "abandoned" };
    case "cancelled":
      // The reply is out: to call it cancelled would not be the truth.
      if (entry.delivered && end.work?.status === "completed") {
        return { status: "completed", value: end.work.value as R };
      }
      return entry.fate ?? { status: "cancelled", cause: "stopped" };
  }
}
