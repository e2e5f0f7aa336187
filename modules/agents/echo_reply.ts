import { type Clock, SessionGoneError } from "@lanekeeper/session-queue";
import { sleep } from "./_sleep.ts";
import type { AgentTurn, ChatMessage } from "./agent.ts";
import { ECHO_HELP, parseEchoCommand, SLOW_SECONDS_MAX } from "./echo_command.ts";
import { TurnReply } from "./turn_reply.ts";

/** Messages that one reply names; of more it says how many. */
const MESSAGES_MAX = 100;
/** What one reply quotes, in characters, and in how many pieces it streams that. */
const QUOTED_CHARS_MAX = 20_000;
const PIECES_MAX = 500;
const SENDER_CHARS_MAX = 80;

/** Options of `EchoReply`. */
export interface EchoReplyOptions {
  readonly session: string;
  readonly clock: Clock;
  readonly wordDelayMs: number;
}

/** A message that came while the reply was spoken; it is answered once it is stored. */
interface Steered {
  readonly message: ChatMessage;
  readonly stored: Promise<void>;
}

/** One reply of the echo agent: what it says, and where it stops. */
export class EchoReply extends TurnReply {
  readonly #options: EchoReplyOptions;
  #deaf = false;
  /** Says nothing but what it is at: no other message is taken. */
  #alone = false;
  #isOver = false;
  /** Messages that came while it spoke, and how many these were in all. */
  readonly #steered: Steered[] = [];
  #steeredCount = 0;
  #secondsLeft = SLOW_SECONDS_MAX;

  constructor(turn: AgentTurn, options: EchoReplyOptions) {
    super(turn);
    this.#options = options;
  }

  /** Whether one more message can still be answered. */
  override get takes(): boolean {
    return !this.#isOver && !this.#alone && !this.stopSignal.aborted &&
      this.turn.messages.length + this.#steeredCount < MESSAGES_MAX;
  }

  /** Answers one more message, behind the others and once it is stored. */
  override take(message: ChatMessage, stored: Promise<void>): void {
    stored.catch(() => {});
    this.#steeredCount++;
    this.#steered.push({ message, stored });
  }

  protected override async answer(): Promise<void> {
    try {
      await this.#answer(this.turn.messages);
      for (let next = this.#steered.shift(); next; next = this.#steered.shift()) {
        await this.#answerSteered(next);
      }
    } finally {
      // In the step in which nothing was left to say: what comes later is refused, and not lost.
      this.#isOver = true;
    }
  }

  async #answer(messages: readonly ChatMessage[]): Promise<void> {
    if (messages.length <= 1) return await this.#perform(messages[0]?.text ?? "", 1);
    const named = messages.slice(0, MESSAGES_MAX);
    await this.#say(`You said ${messages.length} things:`, 1);
    for (const [index, { sender, text }] of named.entries()) {
      const who = sender === undefined ? "" : `${cut(sender, SENDER_CHARS_MAX)}: `;
      this.emit(`\n${index + 1}. ${who}`);
      this.#throwIfStopped();
      await this.#perform(text, named.length);
    }
    const unnamed = messages.length - named.length;
    if (unnamed > 0) await this.#say(`\n… and ${unnamed} more`, 1);
  }

  async #answerSteered({ message, stored }: Steered): Promise<void> {
    await stored;
    this.#throwIfStopped();
    this.emit("\n");
    this.#throwIfStopped();
    const among = this.turn.messages.length + this.#steeredCount;
    await this.#perform(message.text, among, "You added: ");
  }

  /** @param among How many messages share the limits of this reply. */
  async #perform(
    message: string,
    among: number,
    lead: string = among === 1 ? "You said: " : "",
  ): Promise<void> {
    const command = parseEchoCommand(message);
    switch (command.kind) {
      case "say":
        return await this.#say(lead + this.#quote(command.text, among), among);
      case "help":
        return await this.#say(ECHO_HELP, among);
      case "fail":
        throw new Error(this.#quote(command.text || "The echo agent was told to fail", among));
      case "gone":
        throw new SessionGoneError(this.#options.session);
      case "slow":
      case "alone":
        this.#alone = command.kind === "alone";
        await this.#count(this.#alone ? "Alone" : "Slowly", command.seconds);
        this.#alone = false;
        if (command.text !== "") await this.#say(` ${this.#quote(command.text, among)}`, among);
        return;
      case "ignore-cancel":
        this.#deaf = true;
        await this.#count("Cancelled or not", command.seconds);
        this.#deaf = false;
    }
  }

  /** Word by word. */
  async #say(text: string, among: number): Promise<void> {
    const words = text.match(/\s*\S+\s*|\s+/g) ?? [];
    const wordsPerPiece = Math.ceil(words.length * among / PIECES_MAX);
    for (let start = 0; start < words.length; start += wordsPerPiece) {
      if (this.text !== "") await this.#pause(this.#options.wordDelayMs);
      this.emit(words.slice(start, start + wordsPerPiece).join(""));
      this.#throwIfStopped();
    }
  }

  /** One number a second. All counts of one reply together stay within `SLOW_SECONDS_MAX`. */
  async #count(lead: string, wantedSeconds: number): Promise<void> {
    const seconds = Math.min(wantedSeconds, this.#secondsLeft);
    this.#secondsLeft -= seconds;
    const steps = Math.ceil(seconds);
    this.emit(`${lead}, for ${seconds} s:`);
    this.#throwIfStopped();
    for (let step = 1; step <= steps; step++) {
      await this.#pause(seconds * 1_000 / steps);
      this.emit(` ${step}`);
      this.#throwIfStopped();
    }
    this.emit(" done");
    this.#throwIfStopped();
  }

  #pause(ms: number): Promise<void> {
    return sleep(ms, { clock: this.#options.clock, signal: this.#signal });
  }

  /** What ends the reply where it is now: a deaf one hears of the end of its session only. */
  get #signal(): AbortSignal {
    return this.#deaf ? this.closeSignal : this.stopSignal;
  }

  /** After each piece, so that a cancel that comes from inside `emit` counts as well. */
  #throwIfStopped(): void {
    this.#signal.throwIfAborted();
  }

  #quote(text: string, among: number): string {
    return text === "" ? "(nothing)" : cut(text, Math.floor(QUOTED_CHARS_MAX / among));
  }
}

/** At most `charsMax` characters, never half of a surrogate pair. */
function cut(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  return text.slice(0, charsMax).replace(/[\uD800-\uDBFF]$/, "") + "…";
}
