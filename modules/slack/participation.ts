import type { SlackCalls } from "./calls.ts";
import { SlackCallError } from "./errors.ts";
import { Lru } from "./lru.ts";
import type { SlackIdentity, SlackPost } from "./post.ts";

/** Options of {@linkcode Participation}. */
export interface ParticipationOptions {
  readonly calls: SlackCalls;
  readonly identity: () => SlackIdentity;
  /** Threads that are remembered, be it as the bot's or as others'. */
  readonly threadsMax: number;
}

/** So much of a thread is looked at, from its beginning. */
const REPLIES_MAX = 50;

/**
 * In which threads the bot takes part, so that nobody there has to name it: it has said something, or
 * was named.
 *
 * A thread that is not known, because this process did not see its beginning, is looked up once at
 * Slack. Whoever asks waits in the line of the thread, so the order is kept (`FIFO`).
 */
export class Participation {
  readonly #options: ParticipationOptions;
  readonly #threads: Lru<boolean>;

  constructor(options: ParticipationOptions) {
    this.#options = options;
    this.#threads = new Lru(options.threadsMax);
  }

  /** How many threads are remembered. */
  get size(): number {
    return this.#threads.size;
  }

  /** The bot takes part in the thread from now on. */
  join(thread: string): void {
    this.#threads.set(thread, true);
  }

  /** Whether it does: at once, if that is known. */
  in(post: SlackPost, signal: AbortSignal): boolean | Promise<boolean> {
    return this.#threads.get(post.thread) ?? this.#lookUp(post, signal);
  }

  async #lookUp(post: SlackPost, signal: AbortSignal): Promise<boolean> {
    const { identity } = this.#options;
    const messages = await this.#messages(post, signal);
    const { userId, botId } = identity();
    const isIn = messages.some((message) => {
      const { user, bot_id: bot, text } = message ?? {};
      const isOwn = user === userId || (botId !== undefined && bot === botId);
      return isOwn || String(text).includes(`<@${userId}`);
    });
    // Somebody may have named it meanwhile.
    const known = this.#threads.get(post.thread) ?? isIn;
    this.#threads.set(post.thread, known);
    return known;
  }

  async #messages(
    post: SlackPost,
    signal: AbortSignal,
  ): Promise<Readonly<Partial<ThreadMessage>>[]> {
    const args = { channel: post.channel, ts: post.threadTs, limit: REPLIES_MAX };
    try {
      const { messages } = await this.#options.calls.call("conversations.replies", args, {
        signal,
      });
      return Array.isArray(messages) ? messages : [];
    } catch (error) {
      // What the bot may not read it does not take part in.
      if (error instanceof SlackCallError) return [];
      throw error;
    }
  }
}

/** What is looked at of a message. */
interface ThreadMessage {
  readonly user: unknown;
  readonly bot_id: unknown;
  readonly text: unknown;
}
