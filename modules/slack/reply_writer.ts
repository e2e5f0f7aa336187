import type { Clock } from "@lanekeeper/session-queue";
import type { SlackCalls } from "./calls.ts";
import { isRefusal } from "./errors.ts";
import { withoutOpenEnd } from "./mute.ts";
import type { OwnMessages } from "./own_messages.ts";
import type { Pace } from "./pace.ts";
import { PartWriter, type ReplyTarget, type StreamSupport } from "./part_writer.ts";
import type { SlackIdentity } from "./post.ts";
import type { GrowthKind } from "./shown_message.ts";
import { cutMarkdown, splitMarkdown } from "./split_markdown.ts";

/** Options of {@linkcode ReplyWriter}. */
export interface ReplyWriterOptions {
  readonly calls: SlackCalls;
  readonly own: OwnMessages;
  readonly clock: Clock;
  /** Who the bot is: a message whose answer was lost is looked for. */
  readonly identity: () => SlackIdentity;
  readonly target: ReplyTarget;
  readonly support: StreamSupport;
  /** The longest message, in characters. */
  readonly partMax: number;
  /** Between two looks of the reader, in ms: for each reply. */
  readonly streamMs: number;
  /** What grows goes at these paces, shared by all replies: Slack counts those together. */
  readonly paces: Readonly<Record<GrowthKind, Pace>>;
  /**
   * A piece could not be shown, or a message that is no part of the reply any more not be deleted. The
   * reply will be whole all the same, or fail.
   */
  onTrouble(error: unknown): void;
}

/** How much of a message is kept back while it grows, so that there is a good place to cut it. */
const KEPT_BACK = 1_500;

/** Slack's answers to an edit of a message that is gone, or that nobody may edit any more. */
const NO_EDIT = ["message_not_found", "cant_update_message", "edit_window_closed"];

/**
 * One reply on its way into Slack: pieces as they come, and whole in the end, in as many messages as it
 * takes.
 *
 * - What is shown piece by piece never holds up the agent; pieces that come faster than `streamMs` are
 *   shown together, and so are those that wait for their turn among the replies. The end waits for no
 *   turn, and a piece that still waits for Slack then does not go out any more.
 * - `STALE_EFFECT_FENCED`: after `freeze()` nothing more of the reply goes out. A call that is under way
 *   already can not be called back.
 * - `finish()` fulfils when all of the reply is there, and rejects if it is not. No text is said twice: a
 *   message whose answer was lost is looked for, and one that is not found is not said again.
 */
export class ReplyWriter {
  readonly #options: ReplyWriterOptions;
  readonly #fence = new AbortController();
  /** Aborts when nothing is shown piece by piece any more. */
  readonly #growth = new AbortController();
  #part: PartWriter;
  /** The messages before it, from the first: they are complete, and corrected if the reply is another. */
  readonly #done: PartWriter[] = [];
  /** Messages with what is no longer the reply: the next parts take their places. */
  #outdated: PartWriter[] = [];
  /** Of the message that is being written: all that is known of it. */
  #text = "";
  /** All that was pushed. */
  #whole = "";
  /** Takes back what will show the next pieces. */
  #unschedule: (() => void) | undefined = undefined;
  #showing: Promise<void> | undefined = undefined;
  #nextAtMs = 0;
  #isOver = false;
  #isBroken = false;

  constructor(options: ReplyWriterOptions) {
    this.#options = options;
    this.#part = this.#newPart();
  }

  /** One more piece. */
  push(piece: string): void {
    if (this.#isOver || piece === "") return;
    this.#whole += piece;
    this.#text += piece;
    if (this.#options.support.mode !== "off") this.#schedule();
  }

  /** From now on nothing goes out: the turn was cancelled. */
  freeze(reason?: unknown): void {
    this.#end();
    this.#fence.abort(reason);
  }

  /**
   * The reply is complete: `text` is all of it. What was shown is completed, or corrected if the reply
   * is another one: from its first message on, and a message that is left over is deleted.
   *
   * @throws what Slack says, or the reason of {@linkcode freeze}.
   */
  async finish(text: string): Promise<void> {
    this.#end();
    await this.#showing;
    this.#fence.signal.throwIfAborted();
    const isSame = text.trim() === this.#whole.trim();
    if (text.startsWith(this.#whole)) this.#text += text.slice(this.#whole.length);
    else if (!isSame) this.#startOver(text);
    for (let cut = this.#cut(); cut !== undefined; cut = this.#cut()) {
      await this.#complete(cut.part);
      this.#next(cut.rest);
    }
    if (this.#text.trim() !== "") await this.#complete(this.#text);
    for (const part of this.#outdated) {
      await part.remove(this.#fence.signal).catch((error) => this.#options.onTrouble(error));
    }
  }

  /** The reply will not be completed: what is shown of it gets a note, so that nobody waits for more. */
  async abandon(note: string): Promise<void> {
    this.#end();
    await this.#showing;
    const last = this.#part.isBegun ? this.#part : this.#done.at(-1);
    await last?.abandon(note);
  }

  #end(): void {
    this.#isOver = true;
    this.#unschedule?.();
    this.#unschedule = undefined;
    this.#growth.abort();
  }

  #schedule(): void {
    if (this.#unschedule !== undefined || this.#showing !== undefined || this.#isBroken) return;
    const { clock, paces } = this.#options;
    const go = () => {
      this.#unschedule = undefined;
      this.#showing = this.#show();
    };
    const timer = clock.setTimeout(() => {
      const { growth } = this.#part;
      if (growth === undefined) go();
      else this.#unschedule = paces[growth].wait(go);
    }, Math.max(0, this.#nextAtMs - clock.now()));
    this.#unschedule = () => clock.clearTimeout(timer);
  }

  async #show(): Promise<void> {
    try {
      const cut = this.#cut();
      if (cut !== undefined) {
        await this.#complete(cut.part);
        this.#next(cut.rest);
      } else {
        const text = this.#growable();
        if (text.trim() !== "") await this.#part.show(text, this.#growth.signal);
      }
    } catch (error) {
      const isTakenBack = this.#fence.signal.aborted || error === this.#growth.signal.reason;
      if (!isTakenBack) this.#options.onTrouble(error);
      this.#isBroken = true;
    }
    this.#nextAtMs = this.#options.clock.now() + this.#options.streamMs;
    this.#showing = undefined;
    const isMore = this.#text.length > this.#options.partMax ||
      this.#growable().length > this.#part.shown.length;
    if (isMore && !this.#isOver) this.#schedule();
  }

  /** What of the message may be shown while it grows. */
  #growable(): string {
    return withoutOpenEnd(this.#text.slice(0, this.#options.partMax - KEPT_BACK));
  }

  #cut() {
    return cutMarkdown(this.#text, {
      max: this.#options.partMax,
      min: Math.min(this.#part.shown.length, this.#options.partMax - KEPT_BACK),
    });
  }

  #next(rest: string): void {
    if (this.#part.isBegun) this.#done.push(this.#part);
    this.#part = this.#outdated.shift() ?? this.#newPart();
    this.#text = rest;
  }

  /** The reply is another one than its pieces: from its first message on. */
  #startOver(text: string): void {
    if (this.#part.isBegun) this.#done.push(this.#part);
    this.#outdated = this.#done.splice(0);
    this.#part = this.#outdated.shift() ?? this.#newPart();
    this.#text = text;
  }

  async #complete(text: string): Promise<void> {
    const { signal } = this.#fence;
    try {
      await this.#part.complete(text, signal);
    } catch (error) {
      // Its message is gone, for instance because somebody deleted it: then once more, as a new one.
      if (!isRefusal(error, ...NO_EDIT) || !this.#part.isShown) throw error;
      for (const [at, part] of splitMarkdown(text, this.#options.partMax).entries()) {
        if (at > 0) this.#done.push(this.#part);
        this.#part = this.#newPart();
        await this.#part.complete(part, signal);
      }
    }
  }

  #newPart(): PartWriter {
    const { calls, own, identity, target, support } = this.#options;
    return new PartWriter({ calls, own, identity, target, support });
  }
}
