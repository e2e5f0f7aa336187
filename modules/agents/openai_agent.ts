import { OpenAiReply, type OpenAiShared } from "./_openai_reply.ts";
import { createStoredAgent, type StoredAgent, type StoredAgentOptions } from "./stored_agent.ts";
import { limitsForReplies } from "./transcript_limits.ts";

/** Options of `createOpenAiAgent()`. */
export interface OpenAiAgentOptions extends StoredAgentOptions {
  /** The model, as the endpoint names it. */
  readonly model: string;
  /** The endpoint, up to the version: `http://127.0.0.1:11434/v1`. Default: OpenAI's. */
  readonly baseUrl?: string;
  /** Sent as a bearer token. Default: none is sent, which is right for most local servers. */
  readonly apiKey?: string;
  /** Said to the model before everything else. Default: nothing. */
  readonly systemPrompt?: string;
  /** How many of the last messages and replies the model is told. Default 100. */
  readonly historyMessagesMax?: number;
  /** How many characters they have together. The running turn's are always told. Default 100,000. */
  readonly historyCharsMax?: number;
  /** The longest reply, in characters; a longer one fails its turn. Default 200,000. */
  readonly replyCharsMax?: number;
  /** How long one turn may take, with all its tries, in ms. Default 600,000. */
  readonly turnMs?: number;
  /** How long the endpoint may be silent, also before its first word, in ms. Default 120,000. */
  readonly idleMs?: number;
  /** How often a request is tried again that failed before its reply began. Default 2. */
  readonly retriesMax?: number;
  /** The longest wait before that, in ms; who asks for more with `Retry-After` fails. Default 30,000. */
  readonly retryMsMax?: number;
}

const DEFAULTS = {
  historyMessagesMax: 100,
  historyCharsMax: 100_000,
  replyCharsMax: 200_000,
  turnMs: 600_000,
  idleMs: 120_000,
  retriesMax: 2,
  retryMsMax: 30_000,
};

/**
 * Makes an agent of a chat endpoint that speaks OpenAI's protocol: OpenAI itself, Ollama, llama.cpp,
 * vLLM, LM Studio and many more.
 *
 * When to use: for a conversation with a model. When not: for an agent with tools of its own, which
 * is what `createAcpAgent()` starts.
 *
 * - The transcript is the memory: the model is told the last of it with each turn, so that a restart
 *   loses nothing (`RESUME_FIDELITY`), and `SessionGoneError` means that nothing is stored.
 * - `SINGLE_TURN`: a cancelled `run` settles once its connection is closed: our side was ended and the
 *   endpoint has ended its own, or 100 ms have passed and it was destroyed.
 * - `CANCEL_LEVEL`: graceful keeps what was said and returns it, immediate rejects with
 *   `signal.reason`. Either closes the connection, which is all that the protocol has.
 * - `BOUNDED_STATE`: see the limits among the options; a line of the stream has 1 MiB at most.
 *
 * A request that failed before its reply began is tried again when that may help (no connection, 408,
 * 409, 429, 5xx, a stream that broke off; not silence), after `Retry-After` or 500 ms doubled each time.
 * The `openai` package is loaded with the first turn. Proxies of the environment are not used.
 *
 * @throws {RangeError} if a limit is not a whole number, or `baseUrl` is no http address.
 *
 * @example A model of a local Ollama
 * ```ts ignore
 * import { createOpenAiAgent } from "@lanekeeper/agents";
 *
 * const agent = createOpenAiAgent({
 *   dataDir: ".lanekeeper",
 *   model: "llama3.2",
 *   baseUrl: "http://127.0.0.1:11434/v1",
 * });
 * ```
 */
export function createOpenAiAgent(options: OpenAiAgentOptions): StoredAgent {
  const limits = { ...DEFAULTS };
  for (const name of Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]) {
    const value = options[name] ?? DEFAULTS[name];
    const least = name === "retriesMax" || name === "retryMsMax" ? 0 : 1;
    if (!Number.isSafeInteger(value) || value < least) {
      throw new RangeError(`Cannot use ${name} ${value}: it must be a whole number from ${least}`);
    }
    limits[name] = value;
  }
  const baseUrl = (options.baseUrl ?? "https://api.openai.com/v1").replace(/\/+$/, "");
  const url = URL.parse(baseUrl);
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw new RangeError("Cannot use baseUrl: it is no http or https address");
  }
  const address = `${url.origin}${url.pathname}`.replace(/\/$/, "");
  const { historyMessagesMax: messagesMax, historyCharsMax: charsMax, ...rest } = limits;
  const stored = { ...options, limits: limitsForReplies(limits.replyCharsMax, options.limits) };
  return createStoredAgent(stored, (context) => {
    const shared: OpenAiShared = {
      ...context,
      ...rest,
      model: options.model,
      baseUrl,
      address,
      apiKey: options.apiKey,
      systemPrompt: options.systemPrompt,
      history: { messagesMax, charsMax },
    };
    return {
      name: `openai:${options.model}`,
      reply: (turn, { id }) => new OpenAiReply(turn, id, shared),
    };
  });
}
