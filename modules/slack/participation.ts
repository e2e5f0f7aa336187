import type { SlackCalls } from "./calls.ts";
import { SlackCallError, SlackLookUpError } from "./errors.ts";
import { Lru } from "./lru.ts";
import type { SlackIdentity, SlackPost } from "./post.ts";
import { PEOPLE_MAX, type SlackBindings } from "./slack_backend.ts";

/** Options of {@linkcode Participation}. */
export interface ParticipationOptions {
  readonly calls: SlackCalls;
  readonly identity: () => SlackIdentity;
  readonly bindings: SlackBindings;
  /** Threads that are remembered, be it as the bot's or as others'. */
  readonly threadsMax: number;
  /** Whether a message of the post's thread names the bot, and is of somebody whom it answers there. */
  isInvitation(message: object, post: SlackPost): boolean;
  /** A thread could not be stored. */
  onTrouble(error: unknown, post: SlackPost): void;
}

/** So much of a thread is looked at, from its beginning: as much as Slack gives at a time. */
const REPLIES_MAX = 999;

/**
 * In which threads the bot takes part, so that nobody there has to name it: it has said something, or
 * was named by somebody whom it answers. And whether more than one person writes there, so that the
 * agent is told who wrote what.
 *
 * A thread in which it takes part is kept in the bindings, so that a restart does not forget it. One that
 * is not known is looked up once at Slack. Whoever asks waits in the line of the thread, so the order is
 * kept (`FIFO`). While Slack does not answer, a thread that is not known counts as others': the bot does
 * not talk into what may not be meant for it. That message is lost, with an error of its own.
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

  /**
   * The bot takes part in the thread from now on. Never throws: what cannot be stored is told, and holds
   * for as long as this process remembers it.
   */
  join(post: SlackPost, { isMessage }: { readonly isMessage: boolean }): void {
    this.#threads.set(post.thread, true);
    // Direct: always the bot's, and of one person.
    if (post.isDirect) return;
    const { bindings, onTrouble } = this.#options;
    const known = bindings.get(post.thread);
    const people = known?.people ?? [];
    const isNew = isMessage && people.length < PEOPLE_MAX && !people.includes(post.user);
    if (known !== undefined && !isNew) return;
    try {
      bindings.set(post.thread, { ...known, people: isNew ? [...people, post.user] : people });
    } catch (error) {
      onTrouble(error, post);
    }
  }

  /** Whether the agent is to be told who wrote: more than one person does, or it is not known. */
  isShared(post: SlackPost): boolean {
    if (post.isDirect) return false;
    const people = this.#options.bindings.get(post.thread)?.people ?? [];
    return people.length >= PEOPLE_MAX || !people.includes(post.user);
  }

  /**
   * Whether the bot takes part in the thread: at once, if that is known.
   *
   * @throws {SlackLookUpError} if Slack does not say; or the reason of the signal
   */
  in(post: SlackPost, signal: AbortSignal): boolean | Promise<boolean> {
    const known = this.#threads.get(post.thread);
    if (known !== undefined) return known;
    return this.#options.bindings.get(post.thread) !== undefined || this.#lookUp(post, signal);
  }

  async #lookUp(post: SlackPost, signal: AbortSignal): Promise<boolean> {
    const { identity, isInvitation } = this.#options;
    const messages = await this.#messages(post, signal);
    const { userId, botId } = identity();
    const isIn = messages.some((message) => {
      const { user, bot_id: bot } = message ?? {};
      const isOwn = user === userId || (botId !== undefined && bot === botId);
      return isOwn || isInvitation(message ?? {}, post);
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
      throw signal.aborted ? error : new SlackLookUpError(post.thread, { cause: error });
    }
  }
}

/** What is looked at of a message. */
interface ThreadMessage {
  readonly user: unknown;
  readonly bot_id: unknown;
}
