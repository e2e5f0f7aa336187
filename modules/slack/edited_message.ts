import { mayBeDone } from "./errors.ts";
import { mute } from "./mute.ts";
import type { ShownMessage, ShownMessageOptions } from "./shown_message.ts";
import { closeFence } from "./split_markdown.ts";

/** Options of {@linkcode EditedMessage}. */
export interface EditedMessageOptions extends ShownMessageOptions {
  /** What Slack is known to have, word for word. */
  readonly sent?: string;
}

/**
 * A message that grows by edits (`chat.update`). Each of them says all of it, so one whose answer was
 * lost is simply made again.
 */
export class EditedMessage implements ShownMessage {
  readonly growth = "edits";
  readonly #options: EditedMessageOptions;
  #sent: string | undefined;
  #shown: string;

  constructor(options: EditedMessageOptions) {
    this.#options = options;
    this.#sent = options.sent;
    this.#shown = options.shown;
  }

  get shown(): string {
    return this.#shown;
  }

  async show(text: string, signal: AbortSignal): Promise<void> {
    await this.#update(closeFence(text), signal);
    this.#shown = text;
  }

  async complete(text: string, signal?: AbortSignal): Promise<void> {
    await this.#update(text, signal);
    this.#shown = text;
  }

  async #update(text: string, signal: AbortSignal | undefined): Promise<void> {
    if (text === this.#sent) return;
    const { calls, channel, ts } = this.#options;
    try {
      await calls.call("chat.update", { channel, ts, markdown_text: mute(text) }, { signal });
    } catch (error) {
      if (mayBeDone(error)) {
        this.#sent = undefined;
        this.#shown = text;
      }
      throw error;
    }
    this.#sent = text;
  }
}
