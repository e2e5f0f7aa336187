/**
 * What went wrong at a chat endpoint.
 *
 * - `unauthorized` (401), `forbidden` (403), `not_found` (404: the model, or the address),
 *   `invalid` (another 4xx): the same message fails again until something is changed.
 * - `rate_limited` (429), `unavailable` (5xx, 408, 409), `unreachable` (no connection), `timeout`
 *   (nothing came for `idleMs`): a later message may succeed.
 * - `broken` (the stream ended before the reply was whole), `malformed` (it is not what the protocol
 *   says), `failed` (the endpoint told an error inside the stream).
 */
export type EndpointErrorCode =
  | "unauthorized"
  | "forbidden"
  | "not_found"
  | "invalid"
  | "rate_limited"
  | "unavailable"
  | "unreachable"
  | "timeout"
  | "broken"
  | "malformed"
  | "failed";

/** What is known of an `EndpointError` besides its code. */
export interface EndpointErrorOptions extends ErrorOptions {
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
}

/**
 * A chat endpoint did not answer a message, or not wholly. It is never `SessionGoneError`: the
 * transcript is here, and the next message goes on with it (`ERROR_CLASS`). Its text has no key in it.
 */
export class EndpointError extends Error {
  override readonly name = "EndpointError";
  /** Stable code for callers that cross a realm or a wire. */
  readonly code: EndpointErrorCode;
  /** The HTTP status, where there was one. */
  readonly status: number | undefined;
  /** How long the endpoint asks to wait, in ms. */
  readonly retryAfterMs: number | undefined;

  constructor(code: EndpointErrorCode, message: string, options: EndpointErrorOptions = {}) {
    const { status, retryAfterMs, ...rest } = options;
    super(message, rest);
    this.code = code;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}
