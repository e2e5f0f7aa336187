import { SessionEndedError, SessionGoneError } from "@lanekeeper/session-queue";
import type { Hono } from "hono";
import { readSessionBody, type SessionBody } from "./bodies.ts";
import type { ChatSession, ChatTranscriptEntry } from "./chat_backend.ts";
import type { WebChatEnv } from "./client_id.ts";
import type { Captured } from "./clients.ts";
import { RequestError } from "./request_error.ts";
import type { WebChatContext } from "./web_chat_context.ts";

/** `GET`, `POST` and `DELETE /api/session`: which session a client has (A4, A5). */
export function sessionRoutes(app: Hono<WebChatEnv>, context: WebChatContext): void {
  const { backend, board, clients } = context;

  app.get("/api/session", (c) => {
    const captured = clients.capture(c.var.client);
    const id = captured.session;
    const session = id === undefined ? undefined : backend.find(id);
    // A dead id is forgotten, if it still is the one that was looked at. One whose handle was only
    // lost is not dead: the next message brings it back.
    const isDead = id !== undefined && backend.isEnded(id);
    if (isDead) captured.clear();
    return c.json({
      connected: session !== undefined,
      session_id: isDead ? null : id ?? null,
      project_id: session?.projectId ?? null,
      working_dir: session?.workingDir ?? null,
    });
  });

  app.post("/api/session", async (c) => {
    context.requireReady();
    const body = await readSessionBody(c.req);
    const session = body.sessionId === undefined
      ? await create(context, body)
      : await resume(context, { client: c.var.client, session: body.sessionId });
    // Looked at again, in the step that commits: while it was opened it may have been ended, or
    // become another client's. What failed above has changed nothing: the client keeps what it had.
    checkOwner(context, { client: c.var.client, session: session.id });
    if (backend.isEnded(session.id)) throw endedMeanwhile(context, c.var.client);
    const replaced = clients.commit(c.var.client, session.id);
    board.refresh(session.id);
    if (replaced !== undefined) {
      board.refresh(replaced);
      context.endLater(replaced);
    }
    return c.json(describe(session));
  });

  app.delete("/api/session", async (c) => {
    const session = clients.remove(c.var.client);
    if (session === undefined) return c.json({ ended: false, session_id: null });
    const report = await backend.end(session);
    return c.json({ ended: true, session_id: session, ...report });
  });

  app.get("/api/transcript", async (c) => {
    const captured = clients.capture(c.var.client);
    const { session } = captured;
    if (session === undefined || backend.find(session) === undefined) {
      return c.json({ session_id: null, entries: [] });
    }
    const entries = await transcript(context, { captured, session });
    return c.json({
      session_id: session,
      entries: entries.map(({ role, text, turnId, at }) => ({ role, text, turn: turnId, at })),
    });
  });
}

async function transcript(
  { backend }: WebChatContext,
  { captured, session }: { captured: Captured; session: string },
): Promise<readonly ChatTranscriptEntry[]> {
  try {
    return await backend.transcript(session);
  } catch (error) {
    if (!(error instanceof SessionGoneError)) throw error;
    captured.clear();
    throw new RequestError(409, error.message, { session_connected: false });
  }
}

async function create({ backend }: WebChatContext, body: SessionBody): Promise<ChatSession> {
  const { workingDir } = body;
  if (workingDir !== undefined && await backend.isPrivateDir?.(workingDir)) {
    throw new RequestError(400, "working_dir is in a folder that the server keeps for itself");
  }
  return await backend.create(optionsOf(body));
}

async function resume(context: WebChatContext, wanted: Wanted): Promise<ChatSession> {
  checkSurface(context, wanted);
  checkOwner(context, wanted);
  try {
    return await context.backend.resume(wanted.session);
  } catch (error) {
    if (!(error instanceof SessionGoneError || error instanceof SessionEndedError)) throw error;
    throw new RequestError(409, error.message, {
      type: error.name,
      session_connected: hasSession(context, wanted.client),
    });
  }
}

interface Wanted {
  readonly client: string;
  readonly session: string;
}

/** What people write elsewhere is theirs: nobody reads, ends or goes on with it by its name alone. */
function checkSurface(context: WebChatContext, { client, session }: Wanted): void {
  if (!context.backend.belongsElsewhere?.(session)) return;
  throw new RequestError(409, `session "${session}" is not one of the web chat`, {
    session_connected: hasSession(context, client),
  });
}

/** A session that is active for one client is not given to another: its name is no secret. */
function checkOwner(context: WebChatContext, { client, session }: Wanted): void {
  const owner = context.clients.ownerOf(session);
  if (owner === undefined || owner === client) return;
  throw new RequestError(409, `session "${session}" is the active one of another client`, {
    session_connected: hasSession(context, client),
  });
}

function endedMeanwhile(context: WebChatContext, client: string): RequestError {
  return new RequestError(409, "the session was ended while it was opened", {
    session_connected: hasSession(context, client),
  });
}

function hasSession({ clients }: WebChatContext, client: string): boolean {
  return clients.capture(client).session !== undefined;
}

function optionsOf({ projectId, workingDir }: SessionBody) {
  return {
    ...(projectId === undefined ? {} : { projectId }),
    ...(workingDir === undefined ? {} : { workingDir }),
  };
}

function describe(session: ChatSession) {
  return {
    session_id: session.id,
    session_connected: true,
    project_id: session.projectId,
    working_dir: session.workingDir,
    ...(session.notice === undefined ? {} : { notice: session.notice }),
  };
}
