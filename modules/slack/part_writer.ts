import type { SlackCalls } from "./calls.ts";
import { SlackCallError } from "./errors.ts";
import { mute } from "./mute.ts";
import { closeFence } from "./split_markdown.ts";
import type { SlackArgs, SlackResult } from "./web_client.ts";

/** Where a reply goes. */
export interface ReplyTarget {
  readonly channel: string;
  /** In this thread; `undefined`: plainly into the conversation. */
  readonly replyTs: string | undefined;
  /** Who is answered, and of which workspace. */
  readonly user: string;
  readonly userTeam: string;
}

/** How one message grows: by Slack's own stream, or by edits. */
export type GrowthKind = "stream" | "edits";

/** How replies are shown while they grow. Shared by all, and changed when Slack can not do it. */
export interface StreamSupport {
  /** Slack's own streams (in threads), edits of one message, or not at all. */
  mode: "stream" | "edits" | "off";
}

/** Options of {@linkcode PartWriter}. */
export interface PartWriterOptions {
  readonly calls: SlackCalls;
  readonly target: ReplyTarget;
  readonly support: StreamSupport;
  /** Once it is aborted nothing of the reply goes out. */
  readonly signal: AbortSignal;
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

/** One message of a reply. Its calls go out one after the other. */
export class PartWriter {
  readonly #options: PartWriterOptions;
  #ts: string | undefined = undefined;
  #how: GrowthKind = "edits";
  #isStreaming = false;
  /** Whether Slack has what was sent: of a call without an answer that is not known. */
  #isCertain = true;
  /** The message as it was last sent whole. */
  #sent = "";
  /** What of the text is out. */
  shown = "";

  constructor(options: PartWriterOptions) {
    this.#options = options;
  }

  /** Whether there is a message. */
  get isShown(): boolean {
    return this.#ts !== undefined;
  }

  /** How it grows; `undefined`: there is no message yet. */
  get growth(): GrowthKind | undefined {
    return this.isShown ? this.#how : undefined;
  }

  /** Shows as much of the text as there is. */
  async show(text: string): Promise<void> {
    if (text === this.shown) return;
    if (this.#ts === undefined) return await this.#begin(text);
    if (this.#how === "edits") await this.#update(closeFence(text));
    else await this.#append(text.slice(this.shown.length));
    this.shown = text;
  }

  /** The text is complete. */
  async complete(text: string): Promise<void> {
    if (this.#ts === undefined) {
      await this.#post(text);
    } else if (!this.#isStreaming) {
      await this.#update(text);
    } else if (!this.#isCertain || !text.startsWith(this.shown)) {
      await this.#stop("");
      await this.#update(text);
    } else {
      await this.#completeStream(text);
    }
    this.shown = text;
  }

  /** It will not be completed. */
  async abandon(note: string): Promise<void> {
    if (this.#ts === undefined) return;
    const { channel } = this.#options.target;
    const ts = this.#ts;
    // Not fenced: it is no part of the reply, and there must not be a message that never ends.
    if (this.#isStreaming) {
      this.#isStreaming = false;
      await this.#options.calls.call("chat.stopStream", {
        channel,
        ts,
        markdown_text: `\n\n${note}`,
      });
    } else {
      const text = mute(`${closeFence(this.shown)}\n\n${note}`);
      await this.#options.calls.call("chat.update", { channel, ts, markdown_text: text });
    }
  }

  async #begin(text: string): Promise<void> {
    const { support, target } = this.#options;
    if (support.mode === "stream" && target.replyTs !== undefined && await this.#start(text)) {
      return;
    }
    await this.#post(closeFence(text));
    this.shown = text;
  }

  /** @returns whether Slack streams here. */
  async #start(text: string): Promise<boolean> {
    const { target, support } = this.#options;
    try {
      const { ts } = await this.#call("chat.startStream", {
        channel: target.channel,
        thread_ts: target.replyTs,
        recipient_team_id: target.userTeam,
        recipient_user_id: target.user,
        markdown_text: mute(text),
      });
      this.#ts = String(ts);
      this.#how = "stream";
      this.#isStreaming = true;
      this.shown = text;
      return true;
    } catch (error) {
      if (!(error instanceof SlackCallError)) throw error;
      if (NO_STREAMS.has(error.slackError)) support.mode = "edits";
      return false;
    }
  }

  async #append(piece: string): Promise<void> {
    const { channel } = this.#options.target;
    this.#isCertain = false;
    await this.#call("chat.appendStream", { channel, ts: this.#ts, markdown_text: mute(piece) });
    this.#isCertain = true;
  }

  async #completeStream(text: string): Promise<void> {
    try {
      await this.#stop(text.slice(this.shown.length));
    } catch (error) {
      // Slack ended the stream before, for instance because it took too long.
      if (!(error instanceof SlackCallError)) throw error;
      await this.#update(text);
    }
  }

  async #stop(rest: string): Promise<void> {
    const { channel } = this.#options.target;
    this.#isStreaming = false;
    await this.#call("chat.stopStream", {
      channel,
      ts: this.#ts,
      ...(rest === "" ? {} : { markdown_text: mute(rest) }),
    });
  }

  async #post(text: string): Promise<void> {
    const { channel, replyTs } = this.#options.target;
    const { ts } = await this.#call("chat.postMessage", {
      channel,
      ...(replyTs === undefined ? {} : { thread_ts: replyTs }),
      markdown_text: mute(text),
      unfurl_links: false,
      unfurl_media: false,
    });
    this.#ts = String(ts);
    this.#sent = text;
  }

  async #update(text: string): Promise<void> {
    if (text === this.#sent) return;
    const { channel } = this.#options.target;
    await this.#call("chat.update", { channel, ts: this.#ts, markdown_text: mute(text) });
    this.#sent = text;
  }

  #call(method: Parameters<SlackCalls["call"]>[0], args: SlackArgs): Promise<SlackResult> {
    return this.#options.calls.call(method, args, { signal: this.#options.signal });
  }
}
