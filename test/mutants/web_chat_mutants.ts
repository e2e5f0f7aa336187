import type { Mutant } from "./mutant.ts";

const CLIENTS = { module: "web-chat", file: "clients.ts" } as const;
const CHAT = { module: "web-chat", file: "routes_chat.ts" } as const;
const SESSION = { module: "web-chat", file: "routes_session.ts" } as const;
const EVENTS = { module: "web-chat", file: "routes_events.ts" } as const;
const FEED = { module: "web-chat", file: "event_feed.ts" } as const;
const BOARD = { module: "web-chat", file: "session_board.ts" } as const;
const APP = { module: "web-chat", file: "web_chat.ts" } as const;

/** The lines of `modules/web-chat` that keep a guarantee. */
export const WEB_CHAT: readonly Mutant[] = [
  {
    ...CLIENTS,
    id: "clear-newer",
    line: "    if (!cell.compareAndSet(seen, undefined)) return false;\n",
    broken: "    cell.set(undefined);\n",
    why: "The news that an old session is gone takes the new one from its client (clear-newer).",
    guarantee: "CAS_ACTIVE_ID",
    killedBy: {
      test: "clients_test.ts",
      named:
        "clear() leaves a newer session alone, also one of the same name (CAS_ACTIVE_ID, clear-newer)",
    },
  },
  {
    ...CLIENTS,
    id: "commit-replaced",
    line: "    this.#owners.set(session, client);\n    return before;\n",
    broken: "    this.#owners.set(session, client);\n    return undefined;\n",
    why: "A session that was replaced is never ended.",
    guarantee: "NO_CREATE_LEAK",
    killedBy: { adapter: "web_clients", operationsMax: 2 },
  },
  {
    ...CLIENTS,
    id: "client-forgotten",
    line: "    this.#cells.delete(client);\n",
    broken: "",
    why: "Every client that ever had a session is kept.",
    guarantee: "BOUNDED_STATE",
    killedBy: {
      test: "clients_test.ts",
      named: "a client without a session costs nothing (BOUNDED_STATE)",
    },
  },
  {
    ...CHAT,
    id: "chat-ready",
    line: "    context.requireReady();\n    const body = await readChatBody",
    broken: "    const body = await readChatBody",
    why: "A server that stops reads requests it can not take.",
    guarantee: "QUIESCENT_AFTER_STOP",
    killedBy: {
      test: "routes_chat_test.ts",
      named:
        "a server that is not ready says so before it looks at the body (QUIESCENT_AFTER_STOP)",
    },
  },
  {
    ...CHAT,
    id: "chat-duplicate",
    line:
      "    if (body.id !== undefined && context.board.hasMessage(captured.session, body.id)) {\n",
    broken: '    if (body.id === "") {\n',
    why: "A message that a client sends again because its answer was lost runs twice.",
    guarantee: "DEDUPE_SOUND",
    killedBy: {
      test: "routes_chat_test.ts",
      named:
        "a message id that waits or runs on the session is refused, and free again after it (DEDUPE_SOUND)",
    },
  },
  {
    ...CHAT,
    id: "chat-error-class",
    line: "  if (error instanceof SessionGoneError) {\n",
    broken: "  if (error instanceof Error) {\n",
    why: "Any failure takes its session from a client (any-error-gone).",
    guarantee: "ERROR_CLASS",
    killedBy: { adapter: "web_chat", operationsMax: 1 },
  },
  {
    ...CHAT,
    id: "chat-reply-session",
    line: "        session_id: receipt.session,\n",
    broken: '        session_id: context.clients.capture(c.get("client")).session,\n',
    why: "A reply names another session than the one that ran it.",
    guarantee: "REPLY_SESSION_MATCH",
    killedBy: {
      test: "routes_chat_test.ts",
      named:
        "a reply names the session that ran it, whatever the client has by then (REPLY_SESSION_MATCH)",
    },
  },
  {
    ...SESSION,
    id: "session-recheck",
    line: "    if (backend.isEnded(session.id)) throw endedMeanwhile(context, c.var.client);\n",
    broken: "",
    why: "A client gets a session that was ended while it was opened.",
    guarantee: "NO_RESURRECTION",
    killedBy: {
      test: "routes_session_test.ts",
      named:
        "no session that is over becomes a client's, at whatever microtask it ends (NO_RESURRECTION)",
    },
  },
  {
    ...SESSION,
    id: "session-replaced-ends",
    line: "      context.endLater(replaced);\n",
    broken: "",
    why: "A session that was replaced is never ended.",
    guarantee: "NO_CREATE_LEAK",
    killedBy: { adapter: "web_clients", operationsMax: 2 },
  },
  {
    ...SESSION,
    id: "session-dead-only",
    line: "    const isDead = id !== undefined && backend.isEnded(id);\n",
    broken: "    const isDead = id !== undefined && session === undefined;\n",
    why: "A look at a session whose connection was lost takes it from its client.",
    guarantee: "ERROR_CLASS",
    killedBy: {
      test: "routes_session_test.ts",
      named: "a session whose connection was lost stays its client's, and comes back (ERROR_CLASS)",
    },
  },
  {
    ...EVENTS,
    id: "readers-limit",
    line: "    if (open.size >= options.readersMax) {\n",
    broken: "    if (open.size < 0) {\n",
    why: "As many event streams as come are open at a time.",
    guarantee: "BOUNDED_STATE",
    killedBy: {
      test: "routes_events_test.ts",
      named: "one reader too many gets 429, until another one has left (BOUNDED_STATE)",
    },
  },
  {
    ...EVENTS,
    id: "reader-leaves",
    line: "        unlisten();\n",
    broken: "",
    why: "A reader who left is written to for ever.",
    guarantee: "EVENTUALLY_IDLE",
    killedBy: {
      test: "routes_events_test.ts",
      named: "a reader who leaves holds nothing any more (EVENTUALLY_IDLE)",
    },
  },
  {
    ...EVENTS,
    id: "reader-timer",
    line: "        quiet();\n",
    broken: "",
    why: "A reader who left keeps its timer for ever.",
    guarantee: "EVENTUALLY_IDLE",
    killedBy: {
      test: "routes_events_test.ts",
      named: "a reader who leaves holds nothing any more (EVENTUALLY_IDLE)",
    },
  },
  {
    ...EVENTS,
    id: "reader-own-text",
    line: "  if (event.session !== session) return undefined;\n",
    broken: "",
    why: "The pieces of a reply go to clients whose session it is not.",
    guarantee: "REPLY_SESSION_MATCH",
    killedBy: {
      test: "routes_events_test.ts",
      named:
        "the pieces of a reply go to the client whose session it is, and to no other (REPLY_SESSION_MATCH)",
    },
  },
  {
    ...FEED,
    id: "feed-limit",
    line: "    if (this.#events.length > this.#eventsMax) this.close();\n",
    broken: "",
    why: "For a reader that does not read, all that happens is kept.",
    guarantee: "BOUNDED_STATE",
    killedBy: {
      test: "event_feed_test.ts",
      named:
        "a reader who falls behind is cut off, and what waited for it is dropped (BOUNDED_STATE)",
    },
  },
  {
    ...BOARD,
    id: "board-sessions",
    line: "    if (this.#sessions.size > this.#sessionsMax) this.#dropQuietest();\n",
    broken: "",
    why: "Every session there ever was is shown, and kept.",
    guarantee: "BOUNDED_STATE",
    killedBy: {
      test: "session_board_test.ts",
      named:
        "the session that was quiet for longest is dropped, and never one that is busy (BOUNDED_STATE)",
    },
  },
  {
    ...BOARD,
    id: "board-outcomes",
    line: "    if (view.outcomes.length > OUTCOMES_MAX) view.outcomes.shift();\n",
    broken: "",
    why: "All that was ever said on a session is kept.",
    guarantee: "BOUNDED_STATE",
    killedBy: {
      test: "session_board_test.ts",
      named:
        "texts are kept as excerpts of 80 characters, and outcomes up to twelve (BOUNDED_STATE)",
    },
  },
  {
    ...APP,
    id: "body-limit",
    line: '  app.use("/api/*", limitBody(options.bodyBytesMax ?? 256 * 1024));\n',
    broken: "",
    why: "A body of any size is read into memory.",
    guarantee: "BOUNDED_STATE",
    killedBy: {
      test: "bodies_test.ts",
      named: "a body that is too large gets 413, whether its length is told or not (BOUNDED_STATE)",
    },
  },
];
