import {
  type Clock,
  DrainHandoff,
  type Turn as ChainTurn,
  type TurnEnd,
} from "@lanekeeper/drain-handoff";
import { AgentTurns } from "./agent_turns.ts";
import type { Connections } from "./connections.ts";
import { type Entry, Group } from "./entry.ts";
import { Expiry } from "./expiry.ts";
import {
  type ErrorContext,
  type SessionQueueObserver,
  type SessionQueueOptions,
} from "./options.ts";
import type { Outcome, RejectReason } from "./outcome.ts";
import type { ResolvedLimits } from "./resolve_options.ts";
import { Session } from "./session.ts";
import { type SessionTurnOwner, SessionTurnTask } from "./session_turn.ts";
import { Steering } from "./steering.ts";
import { count, type Tally } from "./tally.ts";

/** A turn of the chain below: its key is the session, its item the first message. */
export type Turn<M, R, H> = ChainTurn<Session<M, R, H>, Entry<M, R, H>>;

/** What the lanes need. */
export interface LanesOptions<M, R, H> {
  readonly hooks: SessionQueueOptions<M, R, H>;
  readonly clock: Clock;
  readonly limits: ResolvedLimits;
  readonly abandonAfterMs: number;
  /** The same where that is finite, else a time that is. */
  readonly patienceMs: number;
  readonly connections: Connections<M, R, H>;
  onError(error: unknown, where: ErrorContext): void;
  /** Lets a session take nothing any more. */
  markEnded(session: Session<M, R, H>): void;
  /** Ends a session whose turn is over. */
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
  /** How the messages end, counted while a drain is under way. */
  tally: Tally | undefined = undefined;
  readonly #options: LanesOptions<M, R, H>;
  readonly #hooks: SessionQueueOptions<M, R, H>;
  readonly #limits: ResolvedLimits;
  readonly #observer: SessionQueueObserver<M, R> | undefined;
  readonly #expiry: Expiry<M, R, H>;
  readonly #steering: Steering<M, R, H>;
  readonly #agent: AgentTurns<M, R, H>;
  /** The agent only runs: it is neither steered nor rolled back. */
  readonly #onlyRuns: boolean;

  constructor(options: LanesOptions<M, R, H>) {
    this.#options = options;
    this.#hooks = options.hooks;
    this.#limits = options.limits;
    this.#observer = options.hooks.observer;
    this.#expiry = new Expiry({
      clock: options.clock,
      takeOut: (entry, outcome) => this.#takeOut(entry, outcome),
    });
    this.#steering = new Steering({
      ...options,
      take: (entry, turn) => this.#take(entry, turn),
      takeOut: (entry, outcome) => this.#takeOut(entry, outcome),
    });
    this.#agent = new AgentTurns({ ...options, steering: this.#steering });
    const { steer, rollback } = options.hooks;
    this.#onlyRuns = steer === undefined && rollback === undefined;
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
  place(entry: Entry<M, R, H>): RejectReason | undefined {
    const { home, policy } = entry;
    const isFull = home.line.size >= this.#limits.waitingMax ||
      this.waiting >= this.#limits.waitingTotalMax;
    if (isFull || policy !== "enqueue") {
      const turn = this.chain.turnOf(home);
      // An idle session has nothing waiting: whatever the policy, the message runs.
      if (turn !== undefined) return this.#placeBusy(entry, turn, isFull);
    }
    home.line.push(entry);
    this.#stand(entry);
    this.chain.wake(home);
    return undefined;
  }

  /** Takes a message out of the line, or cancels the turn in which it runs alone. */
  withdraw(entry: Entry<M, R, H>): boolean {
    if (entry.status === "waiting") {
      this.#takeOut(entry, { status: "cancelled", cause: "withdrawn" });
      return true;
    }
    const turn = this.chain.turnOf(entry.home);
    if (turn?.item !== entry || entry.group !== undefined) return false;
    return this.cancelTurn(turn, { status: "cancelled", cause: "withdrawn" });
  }

  /**
   * Gives everything that waits on a session the same outcome.
   *
   * @returns what waited. What is on offer to the running turn has its outcome once that has answered.
   */
  discard(session: Session<M, R, H>, outcome: Outcome<R>): readonly Entry<M, R, H>[] {
    const entries = [...session.line];
    for (const entry of entries) {
      // The outcome of an earlier one may have led somebody to withdraw this one.
      if (entry.status === "waiting") this.#takeOut(entry, outcome);
    }
    return entries;
  }

  /**
   * Cancels a turn at once. It keeps the guard until its work has settled.
   *
   * @returns whether it was still live.
   */
  cancelTurn(turn: Turn<M, R, H>, fate: Outcome<R>): boolean {
    if (!turn.live) return false;
    const { task } = turn.key;
    turn.item.fate = fate;
    if (task !== undefined) this.#observer?.stopping?.(task, "immediate");
    turn.interrupt(new DOMException(`The turn was cancelled: it is ${fate.status}`, "AbortError"));
    if (task?.offer !== undefined) this.#steering.close(task);
    if (task !== undefined) this.#agent.requestCancel(turn, task, "immediate");
    return true;
  }

  /** Asks a turn that has begun to end at the next good point; one that has not never begins. */
  stopTurn(turn: Turn<M, R, H>, fate: Outcome<R>): void {
    const { task } = turn.key;
    if (task === undefined || task.isConnecting) {
      this.cancelTurn(turn, fate);
    } else if (turn.live) {
      task.stopping = true;
      this.#observer?.stopping?.(task, "graceful");
      this.#agent.requestCancel(turn, task, "graceful");
    }
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

  endAfter(task: SessionTurnTask<M, R, H>): void {
    task.endsSession = true;
    this.#options.markEnded(task.first.home);
  }

  #placeBusy(
    entry: Entry<M, R, H>,
    turn: Turn<M, R, H>,
    isFull: boolean,
  ): RejectReason | undefined {
    const { line } = entry.home;
    const { policy, options } = entry;
    if (policy === "reject") return "busy";
    if (policy === "interrupt" || policy === "rollback") {
      const replaces = options.queued === "supersede";
      // What it replaces makes room for it.
      if (isFull && !(replaces && line.size > 0)) return "full";
      this.#interrupt(entry, turn, replaces);
      return undefined;
    }
    if (isFull) return "full";
    if (policy === "collect" && this.#collect(entry)) return undefined;
    line.push(entry);
    this.#stand(entry);
    // Only now: what is on offer has its place, whatever the agent answers, and when.
    if (policy === "steer") this.#steering.offer(turn);
    return undefined;
  }

  #interrupt(entry: Entry<M, R, H>, turn: Turn<M, R, H>, replaces: boolean): void {
    const fate: Outcome<R> = { status: "superseded", by: entry.id };
    if (replaces) this.discard(entry.home, fate);
    // In line before the cancel: foreign code that runs inside the cancel finds it there.
    entry.home.line.interrupt(entry);
    this.#stand(entry);
    const { task } = turn.key;
    const isHit = this.cancelTurn(turn, fate);
    if (isHit && task !== undefined && entry.policy === "rollback") {
      this.#agent.rollBack(turn, task);
    }
  }

  /** Joins the last message of the same sender that waits, if that one is collected too. */
  #collect(entry: Entry<M, R, H>): boolean {
    const { line } = entry.home;
    let host = line.tail;
    // Only the last one: to join an earlier one would overtake what its sender sent since.
    while (host !== undefined && host.sender !== entry.sender) host = host.before;
    if (host?.policy !== "collect" || host.count >= this.#limits.collectMax) return false;
    line.join(entry, host);
    this.#stand(entry);
    return true;
  }

  /** What every message does that took its place in line. */
  #stand(entry: Entry<M, R, H>): void {
    this.waiting++;
    this.#observer?.accepted?.(entry);
    if (entry.expiresAtMs < entry.home.timerAtMs) this.#expiry.watch(entry.home, entry.expiresAtMs);
  }

  #takeOut(entry: Entry<M, R, H>, outcome: Outcome<R>): void {
    const offer = entry.home.task?.offer;
    if (offer?.entry === entry) return offer.takeBack(outcome);
    entry.home.line.remove(entry);
    this.waiting--;
    this.#settle(entry, outcome);
  }

  /** A message goes out of the line and into the turn that runs: its outcome is that of the turn. */
  #take(entry: Entry<M, R, H>, turn: Turn<M, R, H>): void {
    const { key: session, item: first } = turn;
    session.line.remove(entry);
    this.waiting--;
    if (session.timer !== undefined && session.line.size === 0) {
      this.#expiry.watch(session, Infinity);
    }
    entry.status = "running";
    entry.group = first.group ??= new Group(first);
    entry.group.steered.push(entry);
    if (session.task !== undefined) this.#observer?.steered?.(entry, session.task);
  }

  /** The chain asks for the next turn: inside the step that claims or hands over the guard. */
  #next(session: Session<M, R, H>): Entry<M, R, H> | undefined {
    if (session.timer !== undefined) {
      this.#expiry.settleDue(session, (entry, now) => entry.expiresAtMs < now);
    }
    const entry = session.line.shift();
    if (entry === undefined) return undefined;
    if (session.timer !== undefined && session.line.size === 0) {
      this.#expiry.watch(session, Infinity);
    }
    this.waiting -= entry.count;
    entry.status = "running";
    if (entry.group !== undefined) { for (const one of entry.group.joined) one.status = "running"; }
    return entry;
  }

  #run(turn: Turn<M, R, H>): unknown {
    const { key: session, item: entry } = turn;
    const task = new SessionTurnTask<M, R, H>(this, turn);
    session.task = task;
    this.#observer?.started?.(task);
    const isPlain = entry.group === undefined && entry.options.deliver === undefined &&
      !session.connected && this.#onlyRuns && !this.#options.connections.isNeeded(session);
    return isPlain ? this.#hooks.run(task) : this.#agent.run(turn, task);
  }

  #ended(turn: Turn<M, R, H>, end: TurnEnd): void {
    const { key: session, item: entry } = turn;
    const { task } = session;
    session.task = undefined;
    const outcome = outcomeOf<R>(entry, end);
    this.#settle(entry, outcome);
    if (entry.group !== undefined) {
      const joined: Outcome<R> = outcome.status === "completed"
        ? { status: "merged", into: entry.id, value: outcome.value }
        : outcome;
      for (const other of entry.group.others) this.#settle(other, joined);
    }
    if (task?.endsSession) this.#options.endSession(session);
  }

  #settle(entry: Entry<M, R, H>, outcome: Outcome<R>): void {
    if (this.tally !== undefined) count(this.tally, entry.session, outcome);
    entry.settle(outcome);
    this.#observer?.settled?.(entry, outcome);
  }
}

function outcomeOf<R>(entry: Entry<unknown, R, unknown>, end: TurnEnd): Outcome<R> {
  switch (end.status) {
    case "completed":
    case "failed":
      // The same shape: what the chain wrote down is the outcome.
      return end as Outcome<R>;
    case "abandoned":
      return { status: "abandoned" };
    case "cancelled":
      if (entry.delivered && end.work?.status === "completed") return end.work as Outcome<R>;
      return entry.fate ?? { status: "cancelled", cause: "stopped" };
  }
}
