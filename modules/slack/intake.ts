import type { Clock } from "@lanekeeper/session-queue";
import type { TaskTracker } from "@lanekeeper/task-tracker";
import { SlackAcceptTimeoutError } from "./errors.ts";
import type { Lines, Place } from "./lines.ts";
import type { ReadEvent, SlackPost } from "./post.ts";

/** Where something happened: what an error's log line carries (A6). */
export interface SlackPlace {
  readonly channel: string;
  readonly user: string;
  /** The post that began the thread; of a post in none, the post itself. */
  readonly thread: string;
  /** The first 80 characters of what was written. */
  readonly text: string;
}

/** Plain callbacks: they look, and must not throw. */
export interface SlackObserver {
  /** An event is no message for the bot, and why. It is acknowledged, and that is all. */
  ignored?(reason: string): void;
  /** Slack was told that an event was taken. */
  acknowledged?(place: SlackPlace): void;
  /** An event was not acknowledged, so that it comes again, and why. */
  unacknowledged?(error: unknown): void;
  /** The task of an event begins. */
  started?(place: SlackPlace): void;
  /** The same post was, or is, handled: it is not handled again. */
  duplicate?(place: SlackPlace): void;
  /** The task of an event is over. */
  settled?(place: SlackPlace, how: "completed" | "failed" | "cancelled" | "abandoned"): void;
  /** Slack can deliver, for the first time or again. */
  connected?(): void;
  /** A connection ended, or none came. It goes on trying, next in so many ms. */
  disconnected?(why: string, retryMs: number): void;
}

/** One delivery of an event. */
export interface Delivery {
  /** The payload of the `event_callback`. */
  readonly payload: unknown;
  /** Tells Slack that the event was taken. */
  acknowledge(): Promise<void>;
  /** It is not acknowledged: Slack delivers it again. */
  release(): void;
}

/** Options of {@linkcode Intake}. */
export interface IntakeOptions {
  readonly tracker: TaskTracker<SlackPlace>;
  readonly lines: Lines;
  readonly clock: Clock;
  read(payload: unknown): ReadEvent;
  isAllowed(post: SlackPost): boolean;
  /** Takes the event over before it is acknowledged, for instance into a journal. */
  accept: ((payload: unknown, signal: AbortSignal) => Promise<void>) | undefined;
  /** How long that may take, in ms. */
  readonly acceptMs: number;
  handle(post: SlackPost, options: { place: Place; signal: AbortSignal }): Promise<void>;
  readonly observer: SlackObserver | undefined;
}

const EXCERPT_CHARS = 80;

/** Where a post is, for a log line. */
export function placeOf({ channel, user, threadTs, ts, text }: SlackPost): SlackPlace {
  return { channel, user, thread: threadTs ?? ts, text: text.slice(0, EXCERPT_CHARS) };
}

/**
 * Takes events in: reads, accepts, acknowledges, and only then starts the task that handles one (A6).
 *
 * - `ACK_BEFORE_DEADLINE`: no acknowledgement waits for a handler, its own or another's. Before it there
 *   is `accept` alone, and that has `acceptMs`.
 * - `ACK_TRUTH`: an event that could not be accepted, or finds no room, is not acknowledged.
 * - `FIFO`: a post has its place in the line of its thread from the step in which it arrives.
 */
export class Intake {
  readonly #options: IntakeOptions;
  #pending = 0;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Acknowledgements under way. */
  get pending(): number {
    return this.#pending;
  }

  /**
   * Takes a delivery. Fulfils, and never rejects, when it is acknowledged or will not be.
   *
   * @returns whether it was acknowledged.
   */
  async take(delivery: Delivery): Promise<boolean> {
    this.#pending++;
    try {
      const event = this.#options.read(delivery.payload);
      if (event.kind === "post" && this.#options.isAllowed(event.post)) {
        return await this.#takePost(event.post, delivery);
      } else {
        this.#options.observer?.ignored?.(event.kind === "post" ? "not allowed" : event.reason);
        await delivery.acknowledge();
        return true;
      }
    } catch (error) {
      delivery.release();
      this.#options.observer?.unacknowledged?.(error);
      return false;
    } finally {
      this.#pending--;
    }
  }

  async #takePost(post: SlackPost, delivery: Delivery): Promise<boolean> {
    const { tracker, lines, handle, observer } = this.#options;
    const place = lines.take(post.thread);
    const context = placeOf(post);
    let isAcknowledged = false;
    try {
      const task = await tracker.ackThenRun({
        name: `${post.channel} ${post.ts}`,
        context,
        ack: async () => {
          await this.#accept(delivery.payload);
          await delivery.acknowledge();
          isAcknowledged = true;
          observer?.acknowledged?.(context);
        },
        run: (signal) => {
          observer?.started?.(context);
          return handle(post, { place, signal });
        },
      });
      void task.settled.then(({ status }) => {
        place.leave();
        observer?.settled?.(context, status);
      });
      // Turned away: nothing starts any more, and it was not even tried to acknowledge it.
      if (!isAcknowledged) delivery.release();
      return isAcknowledged;
    } catch (error) {
      place.leave();
      throw error;
    }
  }

  async #accept(payload: unknown): Promise<void> {
    const { accept, acceptMs, clock } = this.#options;
    if (accept === undefined) return;
    const controller = new AbortController();
    const late = new SlackAcceptTimeoutError(acceptMs);
    let timer: unknown;
    const timeout = new Promise<never>((_resolve, reject) => {
      timer = clock.setTimeout(() => {
        controller.abort(late);
        reject(late);
      }, acceptMs);
    });
    try {
      await Promise.race([accept(payload, controller.signal), timeout]);
    } finally {
      clock.clearTimeout(timer);
    }
  }
}
