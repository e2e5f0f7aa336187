import type { SessionQueueObserver } from "@lanekeeper/session-queue";
import type { ChatMessage } from "@lanekeeper/web-chat";
import type { Hono } from "hono";

/**
 * A surface beside the web chat, for instance Slack: it sends to the host's queue and takes its part in
 * the shutdown.
 */
export interface HostSurface {
  /** For the shutdown's report and its log. */
  readonly name: string;
  /** Routes of its own. They come before the web chat's, and its access rules are not theirs. */
  readonly app?: Hono;
  /** To be told what the queue tells. */
  readonly observer?: HostObserver;
  /**
   * Whether a session is its own: no client of the web chat gets it, be it open, at rest or only stored.
   * It says the same at all times, also of a session that it has not seen since a restart.
   */
  owns?(session: string): boolean;
  /** Whether it has a message under way on this session: then it is made if it is not stored. */
  expects?(session: string): boolean;
  /** Takes no message on from now on. */
  closeIntake(): void;
  /** The turns are over: waits for what is left of its own, within `leftMs`. */
  drain(leftMs: number): Promise<unknown>;
  /** Closes its connections. */
  close(): Promise<unknown>;
}

/** Looks at the queue of a host. */
export type HostObserver = SessionQueueObserver<ChatMessage, string>;

/**
 * Tells several observers, each in turn. Those that are added later are told from then on. What the
 * queue tells and this does not pass on is an error of its type.
 */
export function composeObservers(observers: readonly HostObserver[]): HostObserver {
  return {
    accepted: (...told) => observers.forEach((one) => one.accepted?.(...told)),
    rejected: (...told) => observers.forEach((one) => one.rejected?.(...told)),
    started: (...told) => observers.forEach((one) => one.started?.(...told)),
    steered: (...told) => observers.forEach((one) => one.steered?.(...told)),
    stopping: (...told) => observers.forEach((one) => one.stopping?.(...told)),
    emitted: (...told) => observers.forEach((one) => one.emitted?.(...told)),
    settled: (...told) => observers.forEach((one) => one.settled?.(...told)),
    handedOff: (...told) => observers.forEach((one) => one.handedOff?.(...told)),
    idle: (...told) => observers.forEach((one) => one.idle?.(...told)),
    opened: (...told) => observers.forEach((one) => one.opened?.(...told)),
    ended: (...told) => observers.forEach((one) => one.ended?.(...told)),
    drained: (...told) => observers.forEach((one) => one.drained?.(...told)),
  } satisfies Required<HostObserver>;
}
