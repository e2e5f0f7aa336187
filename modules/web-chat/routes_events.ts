import type { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import type { WebChatEnv } from "./client_id.ts";
import { EventFeed, type FeedEvent } from "./event_feed.ts";
import { RequestError } from "./request_error.ts";
import type { BoardEvent } from "./session_board.ts";
import { viewOf } from "./session_view.ts";
import type { WebChatContext } from "./web_chat_context.ts";

/** Options of the event stream. */
export interface EventRoutesOptions {
  /** Readers at a time; one more gets 429. */
  readonly readersMax: number;
  /** Events that one reader may be behind. */
  readonly eventsMax: number;
  /** How often a comment keeps an idle connection open, in ms. */
  readonly keepAliveMs: number;
  /** Calls `fn` every `ms` until the function that it returns is called. */
  every(fn: () => void, ms: number): () => void;
}

/** `GET /api/sessions`, and `GET /api/events`: the picture of the sessions, once and live. */
export function eventRoutes(
  app: Hono<WebChatEnv>,
  context: WebChatContext,
  options: EventRoutesOptions,
): () => void {
  const { board, clients, backend } = context;
  /** What ends each open stream. */
  const open = new Set<() => void>();

  const snapshot = (client: string) => {
    const { session } = clients.capture(client);
    const viewer = { session, backend };
    return {
      sessions: board.sessions().map((view) => viewOf(view, viewer)),
      now: board.now(),
      ...(backend.agent === undefined ? {} : { agent: backend.agent }),
    };
  };

  app.get("/api/sessions", (c) => c.json(snapshot(c.var.client)));

  app.get("/api/events", (c) => {
    // Nobody would read the stream, and nobody would end it.
    if (c.req.method === "HEAD") return c.body(null, 200, { "content-type": "text/event-stream" });
    if (open.size >= options.readersMax) {
      throw new RequestError(429, "too many event streams are open", { reason: "full" });
    }
    const { client } = c.var;
    const feed = new EventFeed(options);
    feed.push(json("sessions", snapshot(client)));
    c.header("cache-control", "no-store");
    return streamSSE(c, async (stream) => {
      // Also when the writer below waits for a reader that does not read.
      const end = () => {
        if (!open.delete(end)) return;
        unlisten();
        quiet();
        feed.close();
        stream.abort();
      };
      const push = (event: FeedEvent) => {
        if (!feed.push(event)) end();
      };
      const unlisten = board.listen((event) => {
        const told = tell(event, client, context);
        if (told !== undefined) push(told);
      });
      const quiet = options.every(() => push(KEEP_ALIVE), options.keepAliveMs);
      open.add(end);
      stream.onAbort(end);
      try {
        await write(stream, feed);
      } finally {
        end();
      }
    });
  });

  return () => {
    for (const end of open) end();
  };
}

/** A comment, which keeps a connection open on which nothing happens. */
const KEEP_ALIVE: FeedEvent = { event: "", data: "" };

interface EventSink {
  readonly aborted: boolean;
  readonly closed: boolean;
  writeSSE(event: { event: string; data: string }): Promise<void>;
  write(text: string): Promise<unknown>;
}

async function write(stream: EventSink, feed: EventFeed): Promise<void> {
  for (let batch = await feed.next(); batch !== undefined; batch = await feed.next()) {
    for (const event of batch) {
      if (stream.aborted || stream.closed) return;
      if (event.event === "") await stream.write(": keep-alive\n\n");
      else await stream.writeSSE(event);
    }
  }
}

/** What one client is told of an event: the text of a reply only of its own session. */
function tell(event: BoardEvent, client: string, context: WebChatContext): FeedEvent | undefined {
  if (event.type === "draining") return json("draining", {});
  const { session } = context.clients.capture(client);
  if (event.type === "session") {
    return json("session", viewOf(event.session, { session, backend: context.backend }));
  }
  if (event.session !== session) return undefined;
  return json("text", { session_id: event.session, turn: event.turn, text: event.text });
}

function json(event: string, data: unknown): FeedEvent {
  return { event, data: JSON.stringify(data) };
}
