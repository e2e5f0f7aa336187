/** A request that is refused before anything was done: its status and the reason for the caller. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly status: 400 | 401 | 403 | 409 | 413 | 429 | 503;
  /** What stands in the body beside `error`. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    status: RequestError["status"],
    message: string,
    details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.status = status;
    this.details = details;
  }
}

/** The caller went away in the middle of its body. */
export function brokenBody(): RequestError {
  return new RequestError(400, "the body did not arrive whole");
}
