import {
  QueueDrainingError,
  SessionEndedError,
  SessionLimitError,
} from "@lanekeeper/session-queue";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { access, type AccessOptions } from "./access.ts";
import type { ChatBackend } from "./chat_backend.ts";
import { clientId, type WebChatEnv } from "./client_id.ts";
import { Clients } from "./clients.ts";
import { pageRoutes } from "./page_routes.ts";
import { brokenBody, RequestError } from "./request_error.ts";
import { chatRoutes, describeError } from "./routes_chat.ts";
import { eventRoutes } from "./routes_events.ts";
import { sessionRoutes } from "./routes_session.ts";
import type { SessionBoard } from "./session_board.ts";
import type { ErrorPlace, WebChatContext } from "./web_chat_context.ts";

/** Options of {@linkcode createWebChat}. */
export interface WebChatOptions {
  readonly backend: ChatBackend;
  /** The picture of the sessions: the same object that observes the queue. */
  readonly board: SessionBoard;
  readonly access?: AccessOptions;
  /** The longest message, in characters. Default 32,000. */
  readonly messageLengthMax?: number;
  /** The largest body, in bytes; a larger one gets 413. Default 256 KiB. */
  readonly bodyBytesMax?: number;
  /** Event streams at a time. Default 200. */
  readonly readersMax?: number;
  /** Names a client that has no cookie yet. Default `crypto.randomUUID`. */
  newClientId?(): string;
  /** Calls `fn` every `ms` until the function that it returns is called. */
  every?(fn: () => void, ms: number): () => void;
  /** Told of each error that became a 500. Default: the console. */
  onError?(error: unknown, place: ErrorPlace): void;
}

/** The web chat: a Hono app, and what its host must call when it stops. */
export interface WebChat {
  readonly app: Hono<WebChatEnv>;
  /** Ends the event streams, which would otherwise keep their connections open for ever. */
  closeStreams(): void;
}

/**
 * The web chat: routes, event stream and page on Hono (A1 to A5).
 *
 * When to use: to put a lanekeeper host behind a browser. Call `app.fetch` from any server, or
 * `app.request()` from a test, which needs no socket (A15).
 *
 * Guarantees
 * - `LOCK_NARROW`: nothing is held across a call to the backend. `CAS_ACTIVE_ID`, `ERROR_CLASS`: a
 *   client's session is forgotten only on the typed "session gone", and only if it still is the one.
 * - `NO_CREATE_LEAK`: a session that is replaced is ended.
 * - A client that goes away cancels nothing: stop is an explicit call.
 */
export function createWebChat(options: WebChatOptions): WebChat {
  const { backend } = options;
  const onError = options.onError ?? ((error, place) => console.error(place, error));
  const app = new Hono<WebChatEnv>();
  const context: WebChatContext = {
    backend,
    board: options.board,
    clients: new Clients(),
    messageLengthMax: options.messageLengthMax ?? 32_000,
    requireReady: () => requireReady(backend),
    endLater: (session) => void backend.end(session),
    onError,
  };
  app.onError((error, c) => respond(error, c, context));
  app.notFound((c) => c.json({ error: `there is nothing at ${c.req.method} ${c.req.path}` }, 404));
  app.use(access(options.access));
  app.get("/healthz", (c) => {
    const { state } = backend;
    return c.json(
      { status: state === "ready" ? "ok" : state, ...backend.counts() },
      state === "ready" ? 200 : 503,
    );
  });
  pageRoutes(app);
  app.use("/api/*", clientId(options.newClientId ?? (() => crypto.randomUUID())));
  app.use("/api/*", limitBody(options.bodyBytesMax ?? 256 * 1024));
  sessionRoutes(app, context);
  chatRoutes(app, context);
  const closeStreams = eventRoutes(app, context, {
    readersMax: options.readersMax ?? 200,
    eventsMax: 1_000,
    keepAliveMs: 15_000,
    every: options.every ?? every,
  });
  return { app, closeStreams };
}

function requireReady(backend: ChatBackend): void {
  if (backend.state === "ready") return;
  throw new RequestError(503, `the server is ${backend.state}`, { reason: backend.state });
}

function limitBody(maxSize: number): MiddlewareHandler {
  const limit = bodyLimit({
    maxSize,
    onError: () => {
      throw new RequestError(413, `the body is too large: ${maxSize} bytes are allowed`);
    },
  });
  return async (c, next) => {
    try {
      return await limit(c, next);
    } catch (error) {
      // What the routes throw does not come this way: this is a body that breaks off while it is read.
      throw error instanceof RequestError ? error : brokenBody();
    }
  };
}

/** Every error as JSON. What is not the caller's doing is logged. */
function respond(error: Error, c: Context<WebChatEnv>, context: WebChatContext): Response {
  if (error instanceof RequestError) {
    // The rest of the body is not read: the connection is of no further use.
    if (error.status === 413) c.header("connection", "close");
    return c.json({ error: error.message, ...error.details }, error.status);
  }
  if (error instanceof QueueDrainingError) {
    return c.json({ ...describeError(error), reason: "draining" }, 503);
  }
  if (error instanceof SessionEndedError) {
    const { session } = context.clients.capture(c.get("client"));
    return c.json({ ...describeError(error), session_connected: session !== undefined }, 409);
  }
  if (error instanceof SessionLimitError) {
    return c.json({ ...describeError(error), reason: "full" }, 429);
  }
  context.onError(error, { method: c.req.method, path: c.req.path });
  return c.json(describeError(error), 500);
}

function every(fn: () => void, ms: number): () => void {
  const timer = setInterval(fn, ms);
  return () => clearInterval(timer);
}
