import { readFile } from "node:fs/promises";
import type { Context, Hono } from "hono";
import { RequestError } from "./request_error.ts";
import type { WebChatEnv } from "./client_id.ts";

const FOLDER = new URL("./page/", import.meta.url);
const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};
const FILE = /^[a-z0-9_]+\.(css|js|svg)$/;
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The page at `/` and its files under `/page/`: served as they lie there, without a build step. */
export function pageRoutes(app: Hono<WebChatEnv>): void {
  app.get("/", (c) => file(c, "index.html"));
  app.get("/page/:name", (c) => {
    const name = c.req.param("name");
    return FILE.test(name) ? file(c, name) : c.notFound();
  });
}

async function file(c: Context, name: string): Promise<Response> {
  let body: Uint8Array<ArrayBuffer>;
  try {
    body = new Uint8Array(await readFile(new URL(name, FOLDER)));
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return c.notFound();
    throw new RequestError(503, `the page's file ${name} cannot be read`);
  }
  return c.body(body, 200, {
    "content-type": TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream",
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
  });
}
