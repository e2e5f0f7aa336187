import type { Context, MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { RequestError } from "./request_error.ts";

const COOKIE = "lanekeeper_client";
const ID = /^[A-Za-z0-9._-]{1,128}$/;
const YEAR_S = 365 * 24 * 60 * 60;

/** What the routes find in their context. */
export interface WebChatEnv {
  Variables: { client: string };
}

/**
 * Tells which client a request comes from: its header `x-client-id`, else its cookie, else a new one
 * that it is given.
 */
export function clientId(newId: () => string): MiddlewareHandler<WebChatEnv> {
  return async (c, next) => {
    c.set("client", fromHeader(c) ?? fromCookie(c, newId));
    await next();
  };
}

function fromHeader(c: Context): string | undefined {
  const id = c.req.header("x-client-id");
  if (id === undefined || ID.test(id)) return id;
  throw new RequestError(
    400,
    "x-client-id must be 1 to 128 letters, digits, dots, dashes or underscores",
  );
}

function fromCookie(c: Context, newId: () => string): string {
  const known = getCookie(c, COOKIE);
  if (known !== undefined && ID.test(known)) return known;
  const id = newId();
  setCookie(c, COOKIE, id, { path: "/", httpOnly: true, sameSite: "Strict", maxAge: YEAR_S });
  return id;
}
