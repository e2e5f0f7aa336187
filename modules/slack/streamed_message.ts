import { EditedMessage } from "./edited_message.ts";
import { isRefusal, mayBeDone } from "./errors.ts";
import { mute } from "./mute.ts";
import type { GrowthKind, ShownMessage, ShownMessageOptions } from "./shown_message.ts";

/**
 * A message that grows by Slack's own stream, and by edits once that has ended. Slack may end a stream by
 * itself, after some minutes or when nothing comes for a while (python-slack-sdk #1859). While the stream
 * goes on, Slack takes no edit of it.
 */
export class StreamedMessage implements ShownMessage {
  readonly #options: ShownMessageOptions;
  #shown: string;
  /** Whether Slack has just what is shown: of a piece without an answer that is not known. */
  #isCertain = true;
  /** The same message, once the stream has ended. */
  #edited: EditedMessage | undefined = undefined;

  constructor(options: ShownMessageOptions) {
    this.#options = options;
    this.#shown = options.shown;
  }

  get growth(): GrowthKind {
    return this.#edited === undefined ? "stream" : "edits";
  }

  get shown(): string {
    return this.#edited?.shown ?? this.#shown;
  }

  async show(text: string, signal: AbortSignal): Promise<void> {
    if (this.#edited !== undefined) return await this.#edited.show(text, signal);
    const { calls, channel, ts } = this.#options;
    const piece = mute(text.slice(this.#shown.length));
    try {
      await calls.call("chat.appendStream", { channel, ts, markdown_text: piece }, { signal });
    } catch (error) {
      if (isRefusal(error, "message_not_in_streaming_state")) {
        return await this.#ended({ shown: this.#shown }).show(text, signal);
      }
      if (mayBeDone(error)) {
        this.#isCertain = false;
        this.#shown = text;
      }
      throw error;
    }
    this.#shown = text;
  }

  async complete(text: string, signal?: AbortSignal): Promise<void> {
    const message = this.#edited ?? await this.#end(text, signal);
    try {
      await message.complete(text, signal);
    } catch (error) {
      if (!isRefusal(error, "streaming_state_conflict")) throw error;
      // The stop without an answer was not done. Whatever comes of this one, the edit tells.
      await this.#stop("", signal).catch((stopError) => {
        if (!isRefusal(stopError) && !mayBeDone(stopError)) throw stopError;
      });
      await message.complete(text, signal);
    }
  }

  /** Ends the stream, with the rest of the text if it can. What is missing then is for an edit. */
  async #end(text: string, signal: AbortSignal | undefined): Promise<EditedMessage> {
    const isNext = this.#isCertain && text.startsWith(this.#shown);
    const shown = isNext ? text : this.#shown;
    try {
      await this.#stop(shown.slice(this.#shown.length), signal);
    } catch (error) {
      if (isRefusal(error)) return this.#ended({ shown: this.#shown });
      if (mayBeDone(error)) return this.#ended({ shown });
      throw error;
    }
    return this.#ended(isNext ? { shown, sent: text } : { shown });
  }

  #ended(known: { readonly shown: string; readonly sent?: string }): EditedMessage {
    return this.#edited = new EditedMessage({ ...this.#options, ...known });
  }

  async #stop(rest: string, signal: AbortSignal | undefined): Promise<void> {
    const { calls, channel, ts } = this.#options;
    const text = rest === "" ? {} : { markdown_text: mute(rest) };
    await calls.call("chat.stopStream", { channel, ts, ...text }, { signal });
  }
}
