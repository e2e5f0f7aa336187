import type { SlackCalls } from "./calls.ts";
import { EditedMessage } from "./edited_message.ts";
import { isRefusal, mayBeDone } from "./errors.ts";
import { findLost } from "./lost_message.ts";
import { mute } from "./mute.ts";
import { isAfter, type OwnMessages } from "./own_messages.ts";
import type { SlackIdentity } from "./post.ts";
import type { GrowthKind, ShownMessage } from "./shown_message.ts";
import { closeFence } from "./split_markdown.ts";
import { StreamedMessage } from "./streamed_message.ts";
import type { SlackResult } from "./web_client.ts";

/** Where a reply goes. */
export interface ReplyTarget {
  readonly channel: string;
  /** The post that is answered. */
  readonly ts: string;
  /** In this thread; `undefined`: plainly into the conversation. */
  readonly replyTs: string | undefined;
  /** Who is answered, and of which workspace. */
  readonly user: string;
  readonly userTeam: string;
}

/** How replies are shown while they grow. Shared by all, and changed when Slack can not do it. */
export interface StreamSupport {
  /** Slack's own streams (in threads), edits of one message, or not at all. */
  mode: "stream" | "edits" | "off";
}

/** Options of {@linkcode PartWriter}. */
export interface PartWriterOptions {
  readonly calls: SlackCalls;
  readonly own: OwnMessages;
  readonly identity: () => SlackIdentity;
  readonly target: ReplyTarget;
  readonly support: StreamSupport;
}

/** Slack's answers to `chat.startStream` which say that there are no streams here at all. */
const NO_STREAMS: ReadonlySet<string> = new Set([
  "app_missing_action_url",
  "feature_not_enabled",
  "method_deprecated",
  "missing_scope",
  "not_allowed_token_type",
  "not_supported",
  "unknown_method",
]);

/** What begins a message. */
interface Said {
  readonly text: string;
  messageAt(ts: string): ShownMessage;
}

/** What Slack may have or not: its answer was lost. */
interface Lost extends Said {
  /** It is behind this message. */
  readonly since: string;
  readonly error: unknown;
}

/** One message of a reply, from before it is there to its end. */
export class PartWriter {
  readonly #options: PartWriterOptions;
  #message: ShownMessage | undefined = undefined;
  #ts: string | undefined = undefined;
  #lost: Lost | undefined = undefined;

  constructor(options: PartWriterOptions) {
    this.#options = options;
  }

  /** Whether there is a message, or may be. */
  get isBegun(): boolean {
    return this.isShown || this.#lost !== undefined;
  }

  /** Whether there is a message. */
  get isShown(): boolean {
    return this.#message !== undefined;
  }

  /** How it grows; `undefined`: there is no message yet. */
  get growth(): GrowthKind | undefined {
    return this.#message?.growth;
  }

  /** What of the text is out. */
  get shown(): string {
    return this.#message?.shown ?? "";
  }

  /** Shows as much of the text as there is. */
  async show(text: string, signal: AbortSignal): Promise<void> {
    if (text === this.shown) return;
    if (this.#message !== undefined) return await this.#message.show(text, signal);
    if (this.#mayStream() && await this.#start(text, signal)) return;
    await this.#post(closeFence(text), { shown: text, signal });
  }

  /**
   * The text is complete.
   *
   * @throws what Slack says. Of a message whose answer was lost and that is not found: that.
   */
  async complete(text: string, signal: AbortSignal): Promise<void> {
    if (!this.isBegun) {
      await this.#post(text, { shown: text, signal }).catch((error) => {
        if (this.#lost === undefined) throw error;
      });
    }
    await (await this.#found(signal)).complete(text, signal);
  }

  /** It will not be completed: it ends with a note, outside of every code block. */
  async abandon(note: string): Promise<void> {
    if (!this.isBegun) return;
    const message = await this.#found(undefined);
    // Not fenced: it is no part of the reply, and there must not be a message that never ends.
    await message.complete(`${closeFence(message.shown)}\n\n${note}`);
  }

  /** It is no part of the reply any more: its message goes. */
  async remove(signal: AbortSignal): Promise<void> {
    const { calls, target: { channel } } = this.#options;
    const message = await this.#found(signal);
    // A stream is to end first.
    await message.complete(message.shown, signal);
    await calls.call("chat.delete", { channel, ts: this.#ts }, { signal }).catch((error) => {
      if (!isRefusal(error, "message_not_found")) throw error;
    });
  }

  /** A stream that Slack would let neither start nor end now holds up a reply. */
  #mayStream(): boolean {
    const { calls, support, target } = this.#options;
    return support.mode === "stream" && target.replyTs !== undefined &&
      !calls.isResting("chat.startStream") && !calls.isResting("chat.stopStream");
  }

  /** @returns whether Slack streams here. */
  async #start(text: string, signal: AbortSignal): Promise<boolean> {
    const { calls, target, support } = this.#options;
    const { channel } = target;
    const args = {
      channel,
      thread_ts: target.replyTs,
      recipient_team_id: target.userTeam,
      recipient_user_id: target.user,
      markdown_text: mute(text),
    };
    try {
      await this.#say(calls.call("chat.startStream", args, { signal }), {
        text,
        messageAt: (ts) => new StreamedMessage({ calls, channel, ts, shown: text }),
      });
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (NO_STREAMS.has(error.slackError)) support.mode = "edits";
      return false;
    }
    return true;
  }

  /** @param shown What of the reply `text` is. */
  async #post(
    text: string,
    { shown, signal }: { readonly shown: string; readonly signal: AbortSignal },
  ): Promise<void> {
    const { calls, target: { channel, replyTs } } = this.#options;
    const args = {
      channel,
      ...(replyTs === undefined ? {} : { thread_ts: replyTs }),
      markdown_text: mute(text),
      unfurl_links: false,
      unfurl_media: false,
    };
    await this.#say(calls.call("chat.postMessage", args, { signal }), {
      text,
      messageAt: (ts) => new EditedMessage({ calls, channel, ts, shown, sent: text }),
    });
  }

  async #say(call: Promise<SlackResult>, said: Said): Promise<void> {
    const { own, target: { channel, ts: post } } = this.#options;
    // Before the answer: it is no later than the call.
    const newest = own.newest(channel) ?? post;
    const since = isAfter(newest, post) ? newest : post;
    try {
      const ts = String((await call).ts);
      own.add(channel, ts);
      this.#ts = ts;
      this.#message = said.messageAt(ts);
    } catch (error) {
      if (mayBeDone(error)) this.#lost = { ...said, since, error };
      throw error;
    }
  }

  /** The message; one whose answer was lost is looked for. */
  async #found(signal: AbortSignal | undefined): Promise<ShownMessage> {
    if (this.#message !== undefined) return this.#message;
    const { calls, own, identity, target: { channel, replyTs } } = this.#options;
    const { text, messageAt, since, error } = this.#lost as Lost;
    const options = { calls, own, identity: identity(), channel, replyTs, since, signal };
    const ts = await findLost(text, options).catch(() => undefined);
    signal?.throwIfAborted();
    if (ts === undefined) throw error;
    this.#ts = ts;
    return this.#message = messageAt(ts);
  }
}
