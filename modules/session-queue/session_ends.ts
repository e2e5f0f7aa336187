import type { Clock } from "@lanekeeper/drain-handoff";
import { SingleFlight } from "@lanekeeper/lock-scope";
import type { Connections } from "./connections.ts";
import type { Entry } from "./entry.ts";
import { SessionEndedError } from "./errors.ts";
import type { Lanes, Turn } from "./lanes.ts";
import type { EndReport, SessionQueueObserver, StopReport } from "./options.ts";
import { cancelled, type ResolvedLimits } from "./resolve_options.ts";
import type { Session } from "./session.ts";
import { within } from "./waiting.ts";

/** What the end of sessions needs. */
export interface SessionEndsOptions<M, R, H> {
  readonly clock: Clock;
  readonly limits: ResolvedLimits;
  readonly abandonAfterMs: number;
  /** The same where that is finite, else a time that is. */
  readonly patienceMs: number;
  readonly connections: Connections<M, R, H>;
  readonly lanes: Lanes<M, R, H>;
  readonly observer: SessionQueueObserver<M, R> | undefined;
}

/** The sessions that are being ended (A11). Calls for one session share one report. */
export class SessionEnds<M, R, H> {
  readonly #options: SessionEndsOptions<M, R, H>;
  readonly #clock: Clock;
  readonly #limits: ResolvedLimits;
  readonly #connections: Connections<M, R, H>;
  readonly #lanes: Lanes<M, R, H>;
  readonly #ends = new SingleFlight<string, EndReport>();

  constructor(options: SessionEndsOptions<M, R, H>) {
    this.#options = options;
    this.#clock = options.clock;
    this.#limits = options.limits;
    this.#connections = options.connections;
    this.#lanes = options.lanes;
  }

  /** Whether one is under way. */
  has(session: string): boolean {
    return this.#ends.has(session);
  }

  /** Ends a session, or joins whoever does. */
  end(session: string, deadlineMs: number): Promise<EndReport> {
    return this.#ends.run(session, () => this.#end(session, deadlineMs));
  }

  /** The end that is under way. */
  underWay(session: string): Promise<EndReport> {
    return this.end(session, 0);
  }

  /** From this step on the session takes nothing and nothing revives it: the tombstone is first. */
  mark(home: Session<M, R, H>): readonly Entry<M, R, H>[] {
    this.#connections.tombstones.add(home.key);
    home.ending = true;
    this.#connections.abandon(home, (how) => new SessionEndedError(home.key, how));
    return this.#lanes.discard(home, cancelled("ended"));
  }

  /** Whether it is gone, and was not ended once more since `mark` was seen. */
  isRevivable(session: string, mark: object | undefined): boolean {
    const markNow = this.#connections.tombstones.get(session);
    const isEndedAgain = markNow !== undefined && markNow !== mark;
    // What is left is a turn that was abandoned and goes on: another one must not start beside it.
    const isLeft = this.#lanes.sessions.get(session)?.ending === true;
    return !isEndedAgain && !isLeft;
  }

  /** A cancelled turn is over, at the latest as abandoned, unless it may never be given up. */
  over(turn: Turn<M, R, H>): Promise<boolean> {
    const { abandonAfterMs } = this.#options;
    const patienceMs = abandonAfterMs === Infinity ? this.#options.patienceMs : Infinity;
    return within(this.#clock, turn.ended, patienceMs);
  }

  async #end(session: string, deadlineMs: number): Promise<EndReport> {
    const { observer } = this.#options;
    const home = this.#lanes.sessions.get(session);
    if (home === undefined) {
      this.#connections.tombstones.add(session);
      observer?.ended?.(session);
      return { running: "none", discarded: 0, closed: false };
    }
    const turn = this.#lanes.chain.turnOf(home);
    const waited = this.mark(home);
    if (turn !== undefined) await this.#finish(turn, deadlineMs);
    await within(this.#clock, this.#connections.settled(home), this.#limits.closeMs);
    const closed = await this.#connections.close(home);
    observer?.ended?.(session);
    const running = turn === undefined ? "none" : stateOf(turn);
    return { running, discarded: countCancelled(waited), closed };
  }

  /** Lets the running turn of a session that ends finish, then cancels it. */
  async #finish(turn: Turn<M, R, H>, deadlineMs: number): Promise<void> {
    // A turn that has no handle yet would only wait for one that it must not get.
    const { task } = turn.key;
    const waits = task === undefined ? this.#connections.isNeeded(turn.key) : task.isConnecting;
    if (!waits && await within(this.#clock, turn.ended, deadlineMs)) return;
    this.#lanes.cancelTurn(turn, cancelled("ended"));
    await this.over(turn);
  }
}

/** How many of these were cancelled: what was on offer to a turn may have been taken. */
export function countCancelled<M, R, H>(entries: readonly Entry<M, R, H>[]): number {
  let count = 0;
  for (const { status } of entries) if (status === "cancelled") count++;
  return count;
}

/** What a report says of a turn that was asked to end. */
export function stateOf<M, R, H>({ state }: Turn<M, R, H>): StopReport["running"] {
  return state === "settled" || state === "abandoned" ? state : "asked";
}
