import { type Logger, LogLevel, WebClient } from "@slack/web-api";

/** Arguments of a call, as Slack names them. */
export type SlackArgs = Readonly<Record<string, unknown>>;

/** What Slack answers. */
export type SlackResult = Readonly<Record<string, unknown>>;

/**
 * Slack's Web API: the port through which every call goes. A `WebClient` of `@slack/web-api` fits.
 *
 * It must not retry, wait or queue by itself: that is done here, in one place and on one clock.
 */
export interface SlackWeb {
  /** Rejects with the errors of `@slack/web-api`, of which `code`, `data` and `retryAfter` are read. */
  apiCall(method: string, args?: Record<string, unknown>): Promise<SlackResult>;
  /** Cuts off the calls that are under way: nothing is called any more. Default: they are let be. */
  close?(): void;
}

/** Options of {@linkcode createWebClient}. */
export interface WebClientOptions {
  /** Default: Slack's own. */
  readonly apiUrl?: string | undefined;
  /** When a connection is given up, in ms. */
  readonly timeoutMs: number;
}

/** The real client: it calls once, and tells what came of it. */
export function createWebClient(token: string, options: WebClientOptions): SlackWeb {
  const { apiUrl, timeoutMs } = options;
  const end = new AbortController();
  const client = new WebClient(token, {
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    maxRequestConcurrency: Infinity,
    timeout: timeoutMs,
    // An address from an answer is never called with the token.
    allowAbsoluteUrls: false,
    logger: SILENT,
    fetch: fetchUntil(end.signal),
    ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
  });
  return {
    apiCall: async (method, args) => {
      const { ok: _ok, ...result } = await client.apiCall(method, args);
      return result;
    },
    close: () => end.abort(new Error("the client was closed")),
  };
}

/**
 * Calls that hang until Slack answers would keep the process from its end, so `end` cuts them off.
 *
 * On Deno `fetch` sends a POST again by itself when the connection that it reuses ends before the answer:
 * a text would be said twice. There each call has a connection of its own.
 */
function fetchUntil(end: AbortSignal): typeof fetch {
  const { Deno: deno } = globalThis as {
    Deno?: { createHttpClient?(options: { poolMaxIdlePerHost: number }): unknown };
  };
  const client = deno?.createHttpClient?.({ poolMaxIdlePerHost: 0 });
  return (input, init) => {
    const signal = init?.signal == null ? end : AbortSignal.any([init.signal, end]);
    return fetch(input, { ...init, signal, ...(client == null ? {} : { client }) } as RequestInit);
  };
}

/** The client logs arguments, which are what people wrote. What matters comes back as an error. */
const SILENT: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => LogLevel.ERROR,
  setName: () => {},
};
