import type { OpenAI } from "openai";

/** What is looked at of a reply, as it comes in a stream. */
export type ReplyChoice = Partial<OpenAI.ChatCompletionChunk["choices"][number]>;

/** At most, with the end of the line before. */
const DONE_CHARS = "\ndata: [DONE]".length;

/**
 * What the client library does not tell of an answer: whether a stream said that it is over, for some
 * say it without a `finish_reason`, and the reply of an endpoint that does not stream.
 */
export class RawAnswer {
  isDone = false;
  readonly #bytesMax: number;
  /** Of what came last. The first line begins as any other. */
  #tail = "\n";
  /** Whether it is one object of JSON, which no stream begins as. */
  #isWhole: boolean | undefined;
  #parts: Uint8Array[] = [];
  #bytes = 0;

  /** Of an answer that is no stream, `bytesMax` at most are kept. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** To be called with each piece of it. */
  look(chunk: Uint8Array): void {
    const text = Buffer.from(chunk).toString("latin1");
    const [first] = text.match(/\S/) ?? [];
    if (first !== undefined) this.#isWhole ??= first === "{";
    if (this.#isWhole) {
      this.#bytes += chunk.length;
      if (this.#bytes <= this.#bytesMax) this.#parts.push(chunk);
    } else {
      const last = this.#tail + text;
      this.isDone ||= /[\r\n]data: ?\[DONE\]/.test(last);
      this.#tail = last.slice(-DONE_CHARS);
    }
  }

  /**
   * What was answered instead of a stream, as one piece of it; `undefined` if it was one.
   *
   * @throws {SyntaxError} if it is no reply. @throws {RangeError} if it is too long. @throws {Error} with
   * an `error` that the endpoint told.
   */
  whole(): ReplyChoice | undefined {
    if (!this.#isWhole) return undefined;
    if (this.#bytes > this.#bytesMax) {
      throw new RangeError(`An answer that is no stream is longer than ${this.#bytesMax} bytes`);
    }
    const { choices, error } = JSON.parse(Buffer.concat(this.#parts).toString());
    if (error) throw Object.assign(new Error("it told an error"), { error });
    const { message, finish_reason: end } = choices?.[0] ?? {};
    if (!message) throw new SyntaxError("it has no message");
    return { delta: message, finish_reason: end ?? "stop" };
  }
}
