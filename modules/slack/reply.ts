import type { Outcome } from "@lanekeeper/session-queue";
import type { ReplyWriter } from "./reply_writer.ts";
import type { Sign } from "./signs.ts";
import type { SlackTexts } from "./texts.ts";

/** Options of {@linkcode Reply}. */
export interface ReplyOptions {
  readonly writer: ReplyWriter;
  readonly texts: SlackTexts;
  /** A sign or a note could not be shown. */
  onTrouble(error: unknown): void;
}

/** What a person sees of the turn of one message: its sign of life, its pieces, its reply. */
export class Reply {
  readonly #options: ReplyOptions;
  #sign: Sign | undefined = undefined;
  #isDelivered = false;

  constructor(options: ReplyOptions) {
    this.#options = options;
  }

  /** The message was accepted: from now on there is a sign of life, until the end. */
  accepted(sign: Sign): void {
    this.#sign = sign;
  }

  /** Its turn begins. */
  started(): void {
    this.#sign?.working();
  }

  /** A piece of the reply. */
  push(piece: unknown): void {
    this.#options.writer.push(String(piece));
  }

  /** Its turn was cancelled (`STALE_EFFECT_FENCED`). */
  freeze(reason: unknown): void {
    if (!this.#isDelivered) this.#options.writer.freeze(reason);
  }

  /** Delivers the reply, within the turn. @throws what Slack says, or the reason of the signal. */
  async deliver(value: string, signal: AbortSignal): Promise<void> {
    const { writer, texts } = this.#options;
    const onAbort = () => writer.freeze(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await writer.finish(value.trim() === "" ? texts.empty : value);
      this.#isDelivered = true;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** The message has its outcome: what is shown of a reply that will not come ends. Never rejects. */
  async end(outcome: Outcome<string>): Promise<void> {
    const { writer, texts, onTrouble } = this.#options;
    const isWhole = this.#isDelivered || outcome.status === "merged";
    if (!isWhole) writer.freeze();
    await Promise.all([
      isWhole ? undefined : writer.abandon(noteOf(outcome, texts)).catch(onTrouble),
      this.#sign?.end(),
    ]);
  }
}

/** What stands behind a reply that will not be completed. */
function noteOf(outcome: Outcome<string>, texts: SlackTexts): string {
  return outcome.status === "failed" ? texts.brokenOff : texts.stopped;
}
