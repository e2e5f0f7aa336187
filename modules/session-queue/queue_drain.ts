import type { Clock } from "@lanekeeper/drain-handoff";
import type { Connections } from "./connections.ts";
import type { Lanes } from "./lanes.ts";
import type { SessionQueueObserver, StopAllReport } from "./options.ts";
import { cancelled, type ResolvedLimits } from "./resolve_options.ts";
import type { SessionEnds } from "./session_ends.ts";
import type { Tally } from "./tally.ts";
import { setTimer, within } from "./waiting.ts";

/** What the end of a whole queue needs. */
export interface QueueDrainOptions<M, R, H> {
  readonly clock: Clock;
  readonly limits: ResolvedLimits;
  readonly connections: Connections<M, R, H>;
  readonly lanes: Lanes<M, R, H>;
  readonly ends: SessionEnds<M, R, H>;
  readonly observer: SessionQueueObserver<M, R> | undefined;
}

/** The one drain of a queue: what `stopAll()` does. */
export class QueueDrain<M, R, H> {
  readonly #clock: Clock;
  readonly #limits: ResolvedLimits;
  readonly #connections: Connections<M, R, H>;
  readonly #lanes: Lanes<M, R, H>;
  readonly #ends: SessionEnds<M, R, H>;
  readonly #observer: SessionQueueObserver<M, R> | undefined;
  #report: Promise<StopAllReport> | undefined = undefined;
  /** Ends the patience. */
  #force: () => void = () => {};

  constructor(options: QueueDrainOptions<M, R, H>) {
    this.#clock = options.clock;
    this.#limits = options.limits;
    this.#connections = options.connections;
    this.#lanes = options.lanes;
    this.#ends = options.ends;
    this.#observer = options.observer;
  }

  /** Starts the drain, or joins it and hurries it up. */
  run(queued: "keep" | "discard", deadlineMs: number): Promise<StopAllReport> {
    const drain = this.#report ??= this.#drain(queued);
    if (deadlineMs !== Infinity) {
      const timer = setTimer(this.#clock, () => this.#force(), deadlineMs);
      const clear = () => this.#clock.clearTimeout(timer);
      drain.then(clear, clear);
    }
    return drain;
  }

  async #drain(queued: "keep" | "discard"): Promise<StopAllReport> {
    const tally: Tally = { completed: 0, failed: 0, cancelled: 0, abandoned: new Set() };
    this.#lanes.tally = tally;
    const { chain, sessions } = this.#lanes;
    if (queued === "discard") this.#discardAll();
    const forced = new Promise<void>((resolve) => this.#force = resolve);
    await Promise.race([chain.quiet(), forced]);
    // What waits goes first: a turn that is cancelled must find nothing to hand the guard to.
    this.#discardAll();
    await Promise.all(
      chain.turns().map((turn) => {
        this.#lanes.cancelTurn(turn, cancelled("draining"));
        return this.#ends.over(turn);
      }),
    );
    for (const turn of chain.turns()) tally.abandoned.add(turn.key.key);
    this.#connections.shut();
    const ends = [...sessions.keys()].filter((session) => this.#ends.has(session));
    const [closed] = await Promise.all([
      this.#closeAll(),
      ...ends.map((session) => this.#ends.underWay(session)),
    ]);
    const { abandoned, ...counts } = tally;
    this.#lanes.tally = undefined;
    const report: StopAllReport = { ...counts, abandoned: [...abandoned], ...closed };
    this.#observer?.drained?.(report);
    return report;
  }

  #discardAll(): void {
    for (const home of this.#lanes.sessions.values()) {
      if (home.line.size > 0) this.#lanes.discard(home, cancelled("draining"));
    }
  }

  /** Side by side: together they take no longer than the slowest, and that no longer than `closeMs`. */
  async #closeAll(): Promise<Pick<StopAllReport, "closed" | "closeFailed">> {
    const { sessions } = this.#lanes;
    const pending = Array.from(sessions.values(), (home) => this.#connections.settled(home));
    await within(this.#clock, Promise.all(pending), this.#limits.closeMs);
    // What has an end under way is closed by that.
    const open = [...sessions.values()].filter((home) =>
      home.connected && !this.#ends.has(home.key)
    );
    const closeFailed: string[] = [];
    await Promise.all(open.map(async (home) => {
      if (!await this.#connections.close(home)) closeFailed.push(home.key);
    }));
    return { closed: open.length - closeFailed.length, closeFailed };
  }
}
