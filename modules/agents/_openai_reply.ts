import type { OpenAI } from "openai";
import { chatHistory, type HistoryLimits, type HistoryMessage } from "./_chat_history.ts";
import { endpointFailure } from "./_endpoint_failure.ts";
import { HttpCall } from "./_http_call.ts";
import { RawAnswer, type ReplyChoice } from "./_raw_answer.ts";
import { sleep } from "./_sleep.ts";
import type { AgentTurn } from "./agent.ts";
import { EndpointError } from "./endpoint_error.ts";
import type { StoredContext } from "./stored_agent.ts";
import { TurnTimeoutError } from "./turn_errors.ts";
import { TurnReply } from "./turn_reply.ts";

/** How long the endpoint may take to confirm that a connection is closed, in ms. */
const LINGER_MS = 100;
/** The longest line of a stream, in bytes. */
const LINE_BYTES_MAX = 1024 * 1024;
/** The longest answer that tells of an error, in bytes: the library reads it whole. */
const ERROR_BYTES_MAX = 64 * 1024;
/** The library has its own timers and retries, which neither know our clock nor an abort. */
const NO_TIMEOUT_MS = 2 ** 31 - 1;
const RETRY_BASE_MS = 500;

/** What the replies of one agent have in common. */
export interface OpenAiShared extends StoredContext {
  readonly model: string;
  readonly baseUrl: string;
  /** The same for errors: without a password in it. */
  readonly address: string;
  readonly apiKey: string | undefined;
  readonly systemPrompt: string | undefined;
  readonly history: HistoryLimits;
  readonly replyCharsMax: number;
  readonly turnMs: number;
  readonly idleMs: number;
  readonly retriesMax: number;
  readonly retryMsMax: number;
}

/** How a reply can end that the model did not end by itself. */
const ENDS: Readonly<Record<string, string>> = {
  length: "\n\n[The reply was cut off: the model's own limit]",
  content_filter: "\n\n[The reply was cut off: the endpoint's content filter]",
};

/** One reply of a chat endpoint. */
export class OpenAiReply extends TurnReply {
  readonly #shared: OpenAiShared;
  readonly #session: string;

  constructor(turn: AgentTurn, session: string, shared: OpenAiShared) {
    super(turn, { charsMax: shared.replyCharsMax });
    this.#session = session;
    this.#shared = shared;
  }

  protected override async answer(): Promise<void> {
    const { clock, turnMs, store, history } = this.#shared;
    const deadline = new AbortController();
    const timer = clock.setTimeout(() => deadline.abort(new TurnTimeoutError(turnMs)), turnMs);
    try {
      const { entries } = await store.read(this.#session);
      const messages = chatHistory(entries, { turnId: this.turn.id, limits: history });
      await this.#try(messages, AbortSignal.any([this.stopSignal, deadline.signal]));
    } finally {
      clock.clearTimeout(timer);
    }
  }

  /** Once a piece was said nothing is tried again: it would be said twice. */
  async #try(messages: readonly HistoryMessage[], signal: AbortSignal): Promise<void> {
    const { clock, retriesMax } = this.#shared;
    for (let tries = 0;; tries++) {
      try {
        return await this.#ask(messages, signal);
      } catch (error) {
        if (signal.aborted || tries === retriesMax || this.text !== "") throw error;
        const waitMs = this.#retryMs(error, tries);
        if (waitMs === undefined) throw error;
        await sleep(waitMs, { clock, signal });
      }
    }
  }

  /**
   * `undefined` for what fails again, and where the endpoint wants more patience than there is. Silence
   * is no reason to ask again: the endpoint may be at work, and each time would begin anew.
   */
  #retryMs(error: unknown, tries: number): number | undefined {
    const isPassing = error instanceof EndpointError &&
      ["rate_limited", "unavailable", "unreachable", "broken"].includes(error.code);
    if (!isPassing) return undefined;
    const waitMs = error.retryAfterMs ?? RETRY_BASE_MS * 2 ** tries;
    return waitMs <= this.#shared.retryMsMax ? waitMs : undefined;
  }

  /** One request. It settles once its connection is closed. */
  async #ask(messages: readonly HistoryMessage[], signal: AbortSignal): Promise<void> {
    const watch = new IdleWatch(this.#shared);
    const call = new HttpCall({
      clock: this.#shared.clock,
      lingerMs: LINGER_MS,
      lineBytesMax: LINE_BYTES_MAX,
      errorBytesMax: ERROR_BYTES_MAX,
      onData: (chunk) => {
        watch.restart();
        progress.raw.look(chunk);
      },
    });
    const progress = { isStreaming: false, finish: "", raw: new RawAnswer(LINE_BYTES_MAX) };
    try {
      const both = AbortSignal.any([signal, watch.signal]);
      await this.#stream({ messages, signal: both, call, progress });
      both.throwIfAborted();
    } catch (error) {
      signal.throwIfAborted();
      // The reply is whole: what went wrong after it is nobody's concern.
      if (progress.finish === "") throw this.#failure(watch.error ?? error, progress.isStreaming);
    } finally {
      await call.hangUp();
      watch.stop();
    }
    const end = ENDS[progress.finish];
    if (end !== undefined) this.emit(end);
  }

  async #stream({ messages, signal, call, progress }: {
    readonly messages: readonly HistoryMessage[];
    readonly signal: AbortSignal;
    readonly call: HttpCall;
    readonly progress: { isStreaming: boolean; finish: string; readonly raw: RawAnswer };
  }): Promise<void> {
    const { model, systemPrompt } = this.#shared;
    const client = await this.#client(call);
    const system = systemPrompt === undefined
      ? []
      : [{ role: "system" as const, content: systemPrompt }];
    const stream = await client.chat.completions.create(
      { model, messages: [...system, ...messages], stream: true },
      { signal },
    );
    progress.isStreaming = true;
    const take = (choice: ReplyChoice | undefined) => {
      const piece = choice?.delta?.content ?? choice?.delta?.refusal;
      if (typeof piece === "string" && piece !== "" && !signal.aborted) this.emit(piece);
      progress.finish = choice?.finish_reason ?? progress.finish;
    };
    for await (const chunk of stream) take(chunk?.choices?.[0]);
    if (signal.aborted || progress.finish !== "") return;
    take(progress.raw.whole());
    if (progress.finish === "" && !progress.raw.isDone) {
      throw new Error("it ended before the reply was whole");
    }
  }

  async #client(call: HttpCall): Promise<OpenAI> {
    const { OpenAI } = await import("openai");
    const { apiKey, baseUrl } = this.#shared;
    return new OpenAI({
      baseURL: baseUrl,
      // The library wants a key; without one no header is sent.
      apiKey: apiKey ?? "none",
      adminAPIKey: null,
      ...(apiKey === undefined ? { defaultHeaders: { Authorization: null } } : {}),
      maxRetries: 0,
      timeout: NO_TIMEOUT_MS,
      logLevel: "off",
      fetch: call.fetch,
    });
  }

  #failure(error: unknown, isStreaming: boolean): Error {
    const { model, address, apiKey, wallClockMs } = this.#shared;
    const nowMs = wallClockMs();
    return endpointFailure(error, { model, address, apiKey, isStreaming, nowMs });
  }
}

/** Aborts when nothing came for `idleMs`. */
class IdleWatch {
  readonly #shared: OpenAiShared;
  readonly #abort = new AbortController();
  #timer: unknown;

  constructor(shared: OpenAiShared) {
    this.#shared = shared;
    this.restart();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Why it aborted, if it did. */
  get error(): unknown {
    return this.signal.reason;
  }

  restart(): void {
    this.stop();
    const { clock, idleMs, address } = this.#shared;
    const text = `Cannot wait for the endpoint ${address}: nothing came for ${idleMs} ms`;
    this.#timer = clock.setTimeout(
      () => this.#abort.abort(new EndpointError("timeout", text)),
      idleMs,
    );
  }

  stop(): void {
    this.#shared.clock.clearTimeout(this.#timer);
  }
}
