import type { Clock } from "@lanekeeper/session-queue";
import type { SlackCalls } from "./calls.ts";
import { SlackCallError } from "./errors.ts";
import type { SlackPost } from "./post.ts";

/** The sign of life of one post. */
export interface Sign {
  /** Its turn begins: what an earlier reply may have taken away is shown again. */
  working(): void;
  /** Takes it away. Fulfils when it is gone, or could not be taken away; a second time, too. */
  end(): Promise<void>;
}

/** Options of {@linkcode Signs}. */
export interface SignsOptions {
  readonly calls: SlackCalls;
  readonly clock: Clock;
  /** Status of the thread where there is one, else a reaction; or only reactions; or nothing. */
  readonly mode: "status" | "reaction" | "off";
  readonly status: string;
  /** The name of an emoji. */
  readonly emoji: string;
}

/** What Slack says where it has no status at all, and not only none for one thread. */
const NO_STATUS: ReadonlySet<string> = new Set([
  "access_denied",
  "feature_not_enabled",
  "missing_scope",
  "not_allowed_token_type",
  "unknown_method",
]);

/** Slack takes a status away after two minutes. */
const REFRESH_MS = 90_000;

/** The status of one thread, which all posts that are under way in it share. */
interface ThreadStatus {
  count: number;
  /** It is shown, and no reply has taken it away since. */
  isShown: boolean;
  last: Promise<unknown>;
  timer: unknown;
}

/**
 * Shows that somebody works, from the acceptance of a post to its end on every path.
 *
 * The status belongs to a thread and goes with the last of its posts; a reaction belongs to a post.
 * Whatever goes wrong with either keeps nobody from working: it is a sign, and no more.
 */
export class Signs {
  readonly #options: SignsOptions;
  readonly #threads = new Map<string, ThreadStatus>();
  #hasStatus: boolean;

  constructor(options: SignsOptions) {
    this.#options = options;
    this.#hasStatus = options.mode === "status";
  }

  /** Threads that show a status. */
  get size(): number {
    return this.#threads.size;
  }

  begin(post: SlackPost): Sign {
    if (this.#options.mode === "off") return NO_SIGN;
    return this.#hasStatus && post.replyTs !== undefined
      ? this.#status(post)
      : this.#reaction(post);
  }

  #status(post: SlackPost): Sign {
    const thread = this.#threads.get(post.thread) ??
      { count: 0, isShown: false, last: Promise.resolve(), timer: undefined };
    this.#threads.set(post.thread, thread);
    thread.count++;
    // Where Slack has no status, the post gets a reaction instead.
    let reaction: Sign | undefined;
    let ending: Promise<void> | undefined;
    const show = () => {
      if (thread.count === 0 || ending !== undefined || reaction !== undefined) return;
      thread.isShown = true;
      thread.last = thread.last.then(async () => {
        if (thread.count === 0) return;
        if (this.#hasStatus && await this.#setStatus(post, this.#options.status)) return;
        if (ending === undefined) reaction ??= this.#reaction(post);
      });
      this.#refreshLater(thread, show);
    };
    const working = () => {
      if (!thread.isShown) show();
    };
    working();
    return {
      working,
      end: () => ending ??= this.#endStatus(post, thread).then(() => reaction?.end()),
    };
  }

  async #endStatus(post: SlackPost, thread: ThreadStatus): Promise<void> {
    thread.count--;
    // With the reply Slack took it away.
    thread.isShown = false;
    if (thread.count > 0) return;
    this.#options.clock.clearTimeout(thread.timer);
    thread.timer = undefined;
    thread.last = thread.last.then(async () => {
      if (thread.count === 0 && this.#hasStatus) await this.#setStatus(post, "");
    });
    await thread.last;
    if (thread.count === 0 && this.#threads.get(post.thread) === thread) {
      this.#threads.delete(post.thread);
    }
  }

  #refreshLater(thread: ThreadStatus, show: () => void): void {
    const { clock } = this.#options;
    if (thread.timer !== undefined) clock.clearTimeout(thread.timer);
    thread.timer = clock.setTimeout(() => {
      thread.timer = undefined;
      show();
    }, REFRESH_MS);
  }

  /** @returns `false` if Slack has no status for the thread. */
  async #setStatus({ channel, replyTs }: SlackPost, status: string): Promise<boolean> {
    try {
      await this.#options.calls.call("assistant.threads.setStatus", {
        channel_id: channel,
        thread_ts: replyTs,
        status,
      });
    } catch (error) {
      if (!(error instanceof SlackCallError)) return true;
      if (NO_STATUS.has(error.slackError)) this.#hasStatus = false;
      return false;
    }
    return true;
  }

  #reaction({ channel, ts }: SlackPost): Sign {
    const { calls, emoji } = this.#options;
    const args = { channel, timestamp: ts, name: emoji };
    const added = calls.call("reactions.add", args).then(() => true, isThereAlready);
    let ending: Promise<void> | undefined;
    const remove = async () => {
      if (!await added) return;
      try {
        await calls.call("reactions.remove", args);
      } catch {
        // Somebody else took it away, or Slack can not be reached: there is nothing to be done.
      }
    };
    return { working: () => {}, end: () => ending ??= remove() };
  }
}

const NO_SIGN: Sign = { working: () => {}, end: () => Promise.resolve() };

/** What could not be added need not be removed, unless it is only the answer that got lost. */
function isThereAlready(error: unknown): boolean {
  return !(error instanceof SlackCallError) || error.slackError === "already_reacted";
}
