import type { Clock } from "@lanekeeper/drain-handoff";
import type { Entry } from "./entry.ts";
import type { Outcome } from "./outcome.ts";
import type { Session } from "./session.ts";
import { setTimer } from "./waiting.ts";

/** What the expiry of waiting messages needs. */
export interface ExpiryOptions<M, R, H> {
  readonly clock: Clock;
  takeOut(entry: Entry<M, R, H>, outcome: Outcome<R>): void;
}

/** Watches how long messages wait: one timer for each session that has any which may expire. */
export class Expiry<M, R, H> {
  readonly #options: ExpiryOptions<M, R, H>;

  constructor(options: ExpiryOptions<M, R, H>) {
    this.#options = options;
  }

  /** Watches for what expires at `atMs`. */
  watch(session: Session<M, R, H>, atMs: number): void {
    const { clock } = this.#options;
    if (session.timer !== undefined) clock.clearTimeout(session.timer);
    session.timerAtMs = atMs;
    session.timer = atMs === Infinity ? undefined : setTimer(clock, () => {
      this.settleDue(session, (entry, now) => entry.expiresAtMs <= now);
    }, atMs - clock.now());
  }

  /** Settles what has waited too long, and watches for the next one that may. */
  settleDue(
    session: Session<M, R, H>,
    isDue: (entry: Entry<M, R, H>, nowMs: number) => boolean,
  ): void {
    const nowMs = this.#options.clock.now();
    let nextAtMs = Infinity;
    for (const entry of [...session.line]) {
      if (entry.status !== "waiting") continue;
      if (!isDue(entry, nowMs)) nextAtMs = Math.min(nextAtMs, entry.expiresAtMs);
      else {this.#options.takeOut(entry, {
          status: "expired",
          waitedMs: nowMs - entry.acceptedAtMs,
        });}
    }
    this.watch(session, nextAtMs);
  }
}
