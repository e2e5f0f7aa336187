import { EndpointError, type EndpointErrorCode } from "./endpoint_error.ts";
import { ReplyTooLongError } from "./turn_errors.ts";

/** What the message of an error quotes of what the endpoint said, in characters. */
const QUOTED_CHARS_MAX = 300;

/** What is looked at of an error of the client library. */
interface ClientFailure {
  readonly status?: number;
  readonly headers?: Headers;
  readonly error?: unknown;
  readonly message: string;
  readonly cause?: unknown;
}

/** Where a failure comes from. */
export interface FailureContext {
  readonly model: string;
  readonly address: string;
  readonly apiKey: string | undefined;
  /** Whether the answer had begun: then what fails is the stream. */
  readonly isStreaming: boolean;
  readonly nowMs: number;
}

/** Makes a typed error of whatever the client library or the connection threw. */
export function endpointFailure(error: unknown, context: FailureContext): Error {
  if (error instanceof EndpointError || error instanceof ReplyTooLongError) return error;
  const failure = error as ClientFailure;
  const said = quote(failure, context.apiKey);
  const fail = (code: EndpointErrorCode, text: string) =>
    new EndpointError(code, text, {
      status: failure.status,
      retryAfterMs: retryAfter(failure.headers, context.nowMs),
    });
  const at = `the endpoint ${context.address}`;
  const { status } = failure;
  if (status !== undefined) return fail(codeOf(status), `${explain(status, context)}: ${said}`);
  if (error instanceof SyntaxError || error instanceof RangeError) {
    return fail("malformed", `Cannot read the reply of ${at}: ${said}`);
  }
  if (failure.error !== undefined) {
    return fail("failed", `The endpoint ${context.address} failed: ${said}`);
  }
  if (context.isStreaming) return fail("broken", `The reply of ${at} broke off: ${said}`);
  return fail("unreachable", `Cannot reach ${at}: ${said}`);
}

function codeOf(status: number): EndpointErrorCode {
  if (status === 401) return "unauthorized";
  if (status === 403) return "forbidden";
  if (status === 404) return "not_found";
  if (status === 429) return "rate_limited";
  return status >= 500 || status === 408 || status === 409 ? "unavailable" : "invalid";
}

function explain(status: number, { model, address, apiKey }: FailureContext): string {
  const key = apiKey === undefined ? "no key was given" : "the key is not accepted";
  switch (codeOf(status)) {
    case "unauthorized":
      return `Cannot use the endpoint ${address}: ${key} (401)`;
    case "not_found":
      return `Cannot find the model "${model}" at ${address} (404)`;
    case "rate_limited":
      return `Cannot use the endpoint ${address} now: too many requests, or no quota (429)`;
    default:
      return `Cannot use the endpoint ${address} (${status})`;
  }
}

/** What the endpoint, or the connection, said: one line, cut, and without the key. */
function quote({ error, message, cause }: ClientFailure, apiKey: string | undefined): string {
  const told = typeof error === "object" && error !== null
    ? (error as ClientFailure).message
    : error;
  const text = [told, cause instanceof Error && causeText(cause), message]
    .find((one) => typeof one === "string" && one !== "") as string | undefined;
  const line = (text ?? "it says nothing").replace(/\s+/g, " ").replace(/\.$/, "").trim();
  return (apiKey === undefined ? line : line.replaceAll(apiKey, "(the key)"))
    .slice(0, QUOTED_CHARS_MAX);
}

function causeText(cause: Error): string {
  // Several addresses were tried: each has its own error.
  const errors = cause instanceof AggregateError ? cause.errors : [cause];
  return errors.map((one) => one instanceof Error ? one.message : String(one)).join("; ");
}

/** In seconds, or as a date; some endpoints say it in ms as well. */
function retryAfter(headers: Headers | undefined, nowMs: number): number | undefined {
  const exactMs = Number(headers?.get("retry-after-ms") || NaN);
  if (exactMs >= 0) return exactMs;
  const text = headers?.get("retry-after");
  if (!text) return undefined;
  const ms = /^\s*[\d.]+\s*$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
