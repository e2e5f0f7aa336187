import type { AgentTurn, ChatMessage } from "./agent.ts";
import { ReplyTooLongError } from "./turn_errors.ts";

/** The reason of a stop that lets the reply end where it is. */
const GRACEFUL = Symbol("graceful");

/** Options of `TurnReply`. */
export interface TurnReplyOptions {
  /** The longest reply, in characters. Default: as long as it gets. */
  readonly charsMax?: number;
}

/**
 * One reply in the making: what was said of it so far, and who asked it to stop.
 *
 * When to use: as the base of what an agent of this package does for one turn; it implements
 * {@linkcode answer}. When not: for what is stored of a turn, which is the session's concern.
 *
 * - `CANCEL_LEVEL`: `stopSignal` aborts for either level, `nowSignal` for the immediate one and for
 *   the end of the session, `closeSignal` for that end alone.
 */
export abstract class TurnReply {
  protected readonly turn: AgentTurn;
  readonly #charsMax: number;
  readonly #stop = new AbortController();
  readonly #now = new AbortController();
  readonly #close = new AbortController();
  #text = "";
  #charsBeforeAbort = Infinity;

  constructor(turn: AgentTurn, { charsMax = Infinity }: TurnReplyOptions = {}) {
    this.turn = turn;
    this.#charsMax = charsMax;
    turn.signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** What was said before the immediate cancel; what came later was for nobody. */
  get said(): string {
    return this.#text.slice(0, this.#charsBeforeAbort);
  }

  /** Whether a graceful cancel came. */
  get stopped(): boolean {
    return this.#stop.signal.reason === GRACEFUL;
  }

  /** Whether it can answer one more message. Default: no. */
  get takes(): boolean {
    return false;
  }

  /** Answers one more message, once it is stored. Called only in the step in which it `takes` one. */
  take(message: ChatMessage, _stored: Promise<void>): void {
    throw new Error(`Cannot take "${message.text.slice(0, 80)}": this reply takes no message`);
  }

  /** Lets the reply end at the next good point. */
  stop(): void {
    this.#stop.abort(GRACEFUL);
  }

  /** Ends the reply at once, unless it ignores that. */
  cancel(reason: unknown): void {
    this.#stop.abort(reason);
    this.#now.abort(reason);
  }

  /** Ends the reply at once, also one that ignores its cancel. */
  close(reason: unknown): void {
    this.cancel(reason);
    this.#close.abort(reason);
  }

  /** Whether `error` is a cancel, not a failure. */
  isCancel(error: unknown): boolean {
    return this.turn.signal.aborted ||
      [this.#stop, this.#now, this.#close].some(({ signal }) =>
        signal.aborted && error === signal.reason
      );
  }

  /** To be called when the turn has settled. */
  dispose(): void {
    this.turn.signal.removeEventListener("abort", this.#onAbort);
  }

  /** Says everything. Rejects with the reason of an immediate cancel, or with the failure. */
  async speak(): Promise<string> {
    try {
      this.#stop.signal.throwIfAborted();
      await this.answer();
    } catch (error) {
      if (error !== GRACEFUL || this.turn.signal.aborted) throw error;
    }
    return this.#text;
  }

  /** Says the reply. It may throw the reason of any of the signals. */
  protected abstract answer(): Promise<void>;

  /** All that was said so far. */
  protected get text(): string {
    return this.#text;
  }

  protected get stopSignal(): AbortSignal {
    return this.#stop.signal;
  }

  protected get nowSignal(): AbortSignal {
    return this.#now.signal;
  }

  protected get closeSignal(): AbortSignal {
    return this.#close.signal;
  }

  /** @throws {ReplyTooLongError} if the reply would become longer than its limit; nothing is said. */
  protected emit(text: string): void {
    if (this.#text.length + text.length > this.#charsMax) {
      throw new ReplyTooLongError(this.#charsMax);
    }
    this.#text += text;
    this.turn.emit(text);
  }

  readonly #onAbort = (): void => {
    this.#charsBeforeAbort = this.#text.length;
    this.cancel(this.turn.signal.reason);
  };
}
