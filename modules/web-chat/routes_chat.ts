import { type Outcome, type Receipt, SessionGoneError } from "@lanekeeper/session-queue";
import type { Context, Hono } from "hono";
import { readChatBody, readStopBody } from "./bodies.ts";
import type { WebChatEnv } from "./client_id.ts";
import type { Captured } from "./clients.ts";
import { RequestError } from "./request_error.ts";
import type { WebChatContext } from "./web_chat_context.ts";

const NO_SESSION = "no session: create one with POST /api/session";

/** `POST /api/chat` and `POST /api/stop` (A1, A2, A3). */
export function chatRoutes(app: Hono<WebChatEnv>, context: WebChatContext): void {
  const { backend, clients } = context;

  app.post("/api/chat", async (c) => {
    context.requireReady();
    const body = await readChatBody(c.req, context.messageLengthMax);
    // One synchronous step from here to the receipt: the id is captured and the session claimed with
    // nothing in between. What follows waits for the backend and holds nothing.
    const captured = clients.capture(c.var.client);
    if (captured.session === undefined) {
      throw new RequestError(409, NO_SESSION, { session_connected: false });
    }
    if (body.id !== undefined && context.board.hasMessage(captured.session, body.id)) {
      throw new RequestError(409, `message "${body.id}" is on its way already`, {
        session_connected: true,
        in_flight: true,
      });
    }
    const receipt = backend.send(captured.session, { text: body.message }, {
      policy: body.policy,
      ...(body.id === undefined ? {} : { id: body.id }),
    });
    return answer(c, { captured, receipt, outcome: await receipt.outcome, context });
  });

  app.post("/api/stop", async (c) => {
    const { level, queued } = await readStopBody(c.req);
    const { session } = clients.capture(c.var.client);
    if (session === undefined) {
      throw new RequestError(409, NO_SESSION, { session_connected: false });
    }
    const report = await backend.stop(session, {
      ...(level === undefined ? {} : { level }),
      ...(queued === undefined ? {} : { queued }),
    });
    return c.json(report);
  });
}

interface Answer {
  readonly captured: Captured;
  readonly receipt: Receipt<string>;
  readonly outcome: Outcome<string>;
  readonly context: WebChatContext;
}

/** The outcome as HTTP: 200 for a reply, 409 for what ended otherwise, 429, 500 and 503. */
function answer(c: Context, { captured, receipt, outcome, context }: Answer): Response {
  const message = { message_id: receipt.id, outcome: outcome.status };
  switch (outcome.status) {
    case "completed":
    case "merged":
      return c.json({
        response: outcome.value,
        session_id: receipt.session,
        session_connected: true,
        ...message,
        ...(outcome.status === "merged" ? { merged_into: outcome.into } : {}),
      });
    case "failed":
      return failed(c, { captured, error: outcome.error, message, context });
    case "rejected":
      return rejected(c, { captured, reason: outcome.reason, message });
    default:
      return c.json({
        error: `the message was ${outcome.status}`,
        session_connected: !context.backend.isEnded(receipt.session),
        // The abandoned turn still has the guard: the next message finds the session busy.
        in_flight: outcome.status === "abandoned",
        ...message,
        ...("cause" in outcome ? { cause: outcome.cause } : {}),
      }, 409);
  }
}

function failed(
  c: Context,
  { captured, error, message, context }: {
    captured: Captured;
    error: unknown;
    message: object;
    context: WebChatContext;
  },
): Response {
  // The one failure that forgets the session, and only if it still is the active one (A3).
  if (error instanceof SessionGoneError) {
    captured.clear();
    return c.json({ error: error.message, session_connected: false, ...message }, 409);
  }
  context.onError(error, { method: "POST", path: "/api/chat" });
  return c.json({ ...describeError(error), session_connected: true, ...message }, 500);
}

function rejected(
  c: Context,
  { captured, reason, message }: { captured: Captured; reason: string; message: object },
): Response {
  switch (reason) {
    case "busy":
      return c.json({
        error: "a message is in flight: wait for it, or send with another policy",
        session_connected: true,
        in_flight: true,
        ...message,
      }, 409);
    case "full":
      return c.json({ error: "the queue is full: try again later", reason, ...message }, 429);
    case "draining":
      return c.json({ error: "the server is draining", reason, ...message }, 503);
    case "ended":
      captured.clear();
      return c.json({ error: "the session was ended", session_connected: false, ...message }, 409);
    default:
      return c.json({ error: "the message is not valid", reason, ...message }, 400);
  }
}

/** What a caller is told of an error: what it says and its type, never its stack. */
export function describeError(error: unknown): { error: string; type: string } {
  if (error instanceof Error) return { error: error.message, type: error.name };
  return { error: String(error), type: typeof error };
}
