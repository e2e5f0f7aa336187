import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Delivery } from "./intake.ts";
import { isSignedBySlack } from "./signature.ts";

/** Options of {@linkcode createHttpEvents}. */
export interface HttpEventsOptions {
  readonly secret: string;
  /** Milliseconds since 1970. */
  wallClockMs(): number;
  /** Whether events are taken; anything else is answered with 503, so that Slack delivers again. */
  isOpen(): boolean;
  take(delivery: Delivery): Promise<boolean>;
  /** Calls `fn` once the answer is with the server: the handler begins then. */
  afterAnswer(fn: () => void): void;
}

const BODY_BYTES_MAX = 1024 * 1024;

/**
 * The Events API over HTTP: `POST /slack/events`, for hosts that scale out. The answer is the
 * acknowledgement: it is given when the event was accepted, and waits for no handler. Nor does a handler
 * run before it: its task starts after the response was returned to the server (A6).
 *
 * A request whose signature is missing, wrong or more than five minutes old gets 401, and nothing of it
 * is read. An event that was not taken gets 503: Slack delivers it again.
 */
export function createHttpEvents(options: HttpEventsOptions): Hono {
  const app = new Hono();
  const limit = bodyLimit({
    maxSize: BODY_BYTES_MAX,
    onError: (c) => {
      // The rest of the body is not read: the connection is of no further use.
      c.header("connection", "close");
      return c.json({ error: `the body is too large: ${BODY_BYTES_MAX} bytes are allowed` }, 413);
    },
  });
  app.post("/slack/events", limit, async (c) => {
    const body = new Uint8Array(await c.req.arrayBuffer());
    const request = {
      body,
      timestamp: c.req.header("x-slack-request-timestamp"),
      signature: c.req.header("x-slack-signature"),
    };
    const { secret } = options;
    if (!isSignedBySlack(request, { secret, nowS: Math.floor(options.wallClockMs() / 1_000) })) {
      return c.json({ error: "the signature is missing, wrong or too old" }, 401);
    }
    const payload = parse(body);
    if (payload === undefined) return c.json({ error: "the body is no JSON object" }, 400);
    if (payload["type"] === "url_verification") {
      return c.json({ challenge: String(payload["challenge"]) });
    }
    if (!options.isOpen()) return await unavailable(c);
    return await answered(options, payload) ? c.body(null, 200) : await unavailable(c);
  });
  return app;
}

function unavailable(c: Context): Response {
  return c.json({ error: "the event was not taken: deliver it again" }, 503);
}

/** Fulfils when it is known whether the event was taken, whatever becomes of it then. */
function answered(options: HttpEventsOptions, payload: unknown): Promise<boolean> {
  return new Promise((resolve) => {
    const acknowledge = () => {
      resolve(true);
      return new Promise<void>((acknowledged) => options.afterAnswer(acknowledged));
    };
    options.take({ payload, acknowledge, release: () => resolve(false) }).then(resolve);
  });
}

function parse(body: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    return value !== null && typeof value === "object" && !Array.isArray(value)
      ? value as Record<string, unknown>
      : undefined;
  } catch {
    return undefined;
  }
}
