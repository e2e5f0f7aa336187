import type { Context, MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { timingSafeEqual } from "hono/utils/buffer";
import { RequestError } from "./request_error.ts";

/** Who may call the server. */
export interface AccessOptions {
  /**
   * Host names under which the server may be called, without port. Default: those of the loopback
   * interface. An empty list allows every name, which is safe only together with `token`.
   */
  readonly hostnames?: readonly string[];
  /** What every call must bring, as `Authorization: Bearer …`, as `?token=…` or as the cookie. */
  readonly token?: string;
}

const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];
const COOKIE = "lanekeeper_token";

/**
 * Refuses calls that a web page from elsewhere makes through a person's browser: with a foreign
 * `Host` (DNS rebinding) or from a foreign `Origin`; and calls without the token, where one is set.
 */
export function access(options: AccessOptions = {}): MiddlewareHandler {
  const { hostnames = LOOPBACK, token } = options;
  return async (c, next) => {
    checkHost(c, hostnames);
    checkOrigin(c);
    if (token !== undefined) {
      const redirect = await checkToken(c, token);
      if (redirect !== undefined) return redirect;
    }
    await next();
    return undefined;
  };
}

/** The authority that the caller asked for. */
function hostOf(c: Context): string {
  return c.req.header("host") ?? new URL(c.req.url).host;
}

function checkHost(c: Context, hostnames: readonly string[]): void {
  if (hostnames.length === 0) return;
  const host = hostOf(c).toLowerCase();
  const hostname = host.replace(/:\d+$/, "");
  if (hostnames.includes(hostname)) return;
  throw new RequestError(
    403,
    `host ${JSON.stringify(host)} is not allowed: this server answers to ${hostnames.join(", ")}`,
  );
}

function checkOrigin(c: Context): void {
  const origin = c.req.header("origin");
  const site = c.req.header("sec-fetch-site");
  const isForeign = origin !== undefined && authorityOf(origin) !== hostOf(c).toLowerCase();
  // Top-level navigation from elsewhere is fine for the page itself; it changes nothing.
  const isCrossSite = (site === "cross-site" || site === "same-site") &&
    c.req.path.startsWith("/api/");
  if (isForeign || isCrossSite) {
    throw new RequestError(403, "a page of another origin may not call this server");
  }
}

function authorityOf(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}

async function checkToken(c: Context, token: string): Promise<Response | undefined> {
  const { token: asked, ...rest } = c.req.query();
  const given = c.req.header("authorization")?.replace(/^Bearer +/i, "") ?? asked ??
    getCookie(c, COOKIE);
  if (given === undefined || !await timingSafeEqual(given, token)) {
    throw new RequestError(
      401,
      "the token is missing or wrong: send it as Authorization: Bearer TOKEN, or open /?token=TOKEN once",
    );
  }
  if (asked === undefined || c.req.method !== "GET" || c.req.path !== "/") return undefined;
  // Out of the address bar, into a cookie that only this server gets.
  setCookie(c, COOKIE, token, { path: "/", httpOnly: true, sameSite: "Strict" });
  const query = new URLSearchParams(rest).toString();
  return c.redirect(query === "" ? "/" : `/?${query}`);
}
