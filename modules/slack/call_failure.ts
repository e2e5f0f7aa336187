/** What a failed call says: what to do about it, and in which words. */
export type CallFailure =
  | { readonly kind: "limited"; readonly retryAfterMs: number }
  | { readonly kind: "auth"; readonly slackError: string }
  | { readonly kind: "refused"; readonly slackError: string }
  /** `wasDone`: whether Slack may have done it all the same. */
  | { readonly kind: "unreachable"; readonly why: string; readonly wasDone: boolean };

/** What Slack says of a token that is of no use, whichever method is called with it. */
const AUTH_ERRORS: ReadonlySet<string> = new Set([
  "account_inactive",
  "invalid_auth",
  "not_authed",
  "token_expired",
  "token_revoked",
]);

/** Said of a server that will be back. */
const PASSING: ReadonlySet<string> = new Set([
  "fatal_error",
  "internal_error",
  "request_timeout",
  "service_unavailable",
  "team_added_to_org",
]);

/** What the runtimes say of a connection that never was: so nothing was sent over it. */
const NEVER_CONNECTED =
  /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CONNECT_TIMEOUT|connection ?refused|dns error|FailedToOpenSocket|ConnectionRefused/i;

/** When Slack asks to wait and does not say for how long, in ms. */
const RETRY_AFTER_MS = 1_000;

/**
 * Reads an error of `@slack/web-api` by its fields: of another client, or of a test, they are enough.
 *
 * @param method The method that was called: a token that cannot even be asked who it is, or connect, is
 * of no use, whatever Slack says.
 */
export function readFailure(method: string, error: unknown): CallFailure {
  const { code, retryAfter, statusCode, data, message } = (error ?? {}) as {
    code?: unknown;
    retryAfter?: unknown;
    statusCode?: unknown;
    data?: { error?: unknown };
    message?: unknown;
  };
  if (code === "slack_webapi_rate_limited_error") return limited(retryAfter);
  if (code === "slack_webapi_platform_error") {
    const slackError = String(data?.error).slice(0, 200);
    if (slackError === "ratelimited" || slackError === "rate_limited") return limited(undefined);
    if (PASSING.has(slackError)) {
      return { kind: "unreachable", why: `Slack says "${slackError}"`, wasDone: true };
    }
    const isVital = method === "auth.test" || method === "apps.connections.open";
    const isAuth = isVital || AUTH_ERRORS.has(slackError);
    return { kind: isAuth ? "auth" : "refused", slackError };
  }
  if (code === "slack_webapi_http_error") {
    const why = `Slack answers with status ${statusCode}`;
    return { kind: "unreachable", why, wasDone: statusCode !== 503 };
  }
  const why = `Slack cannot be reached (${String(message ?? error).slice(0, 200)})`;
  return { kind: "unreachable", why, wasDone: !NEVER_CONNECTED.test(causesOf(error)) };
}

/** What an error and those behind it say, and their codes. */
function causesOf(error: unknown): string {
  const texts: string[] = [];
  let next = error;
  for (let depth = 0; depth < 5 && next !== null && typeof next === "object"; depth++) {
    const { message, code, original, cause } = next as Record<string, unknown>;
    texts.push(String(message), String(code));
    next = original ?? cause;
  }
  return texts.join(" ");
}

function limited(retryAfter: unknown): CallFailure {
  const seconds = Number(retryAfter);
  return { kind: "limited", retryAfterMs: seconds > 0 ? seconds * 1_000 : RETRY_AFTER_MS };
}
