import { SessionEndedError, SessionGoneError } from "@lanekeeper/session-queue";
import type { Hono } from "hono";
import { readSessionBody, type SessionBody } from "./bodies.ts";
import type { ChatSession } from "./chat_backend.ts";
import type { WebChatEnv } from "./client_id.ts";
import { RequestError } from "./request_error.ts";
import type { WebChatContext } from "./web_chat_context.ts";

/** `GET`, `POST` and `DELETE /api/session`: which session a client has (A4, A5). */
export function sessionRoutes(app: Hono<WebChatEnv>, context: WebChatContext): void {
  const { backend, clients } = context;

  app.get("/api/session", (c) => {
    const captured = clients.capture(c.var.client);
    const session = captured.session === undefined ? undefined : backend.find(captured.session);
    // A dead id is forgotten only if it still is the one that was looked at.
    if (session === undefined) captured.clear();
    return c.json({
      connected: session !== undefined,
      session_id: session?.id ?? null,
      project_id: session?.projectId ?? null,
      working_dir: session?.workingDir ?? null,
    });
  });

  app.post("/api/session", async (c) => {
    context.requireReady();
    const body = await readSessionBody(c.req);
    const session = body.sessionId === undefined
      ? await backend.create(optionsOf(body))
      : await resume(context, { client: c.var.client, session: body.sessionId });
    const owner = clients.ownerOf(session.id);
    if (owner !== undefined && owner !== c.var.client) throw takenBy(session.id);
    // A create that fails above has changed nothing: the client keeps the session it had.
    const replaced = clients.commit(c.var.client, session.id);
    if (replaced !== undefined) context.endLater(replaced);
    return c.json(describe(session));
  });

  app.delete("/api/session", async (c) => {
    const session = clients.remove(c.var.client);
    if (session === undefined) return c.json({ ended: false, session_id: null });
    const report = await backend.end(session);
    return c.json({ ended: true, session_id: session, ...report });
  });

  app.get("/api/transcript", async (c) => {
    const { session } = clients.capture(c.var.client);
    if (session === undefined || backend.find(session) === undefined) {
      return c.json({ session_id: null, entries: [] });
    }
    const entries = await backend.transcript(session);
    return c.json({
      session_id: session,
      entries: entries.map(({ role, text, turnId, at }) => ({ role, text, turn: turnId, at })),
    });
  });
}

async function resume(
  { backend, clients }: WebChatContext,
  wanted: { client: string; session: string },
): Promise<ChatSession> {
  const { client, session } = wanted;
  const owner = clients.ownerOf(session);
  if (owner !== undefined && owner !== client) throw takenBy(session);
  try {
    return await backend.resume(session);
  } catch (error) {
    if (!(error instanceof SessionGoneError || error instanceof SessionEndedError)) throw error;
    throw new RequestError(409, error.message, {
      type: error.name,
      session_connected: clients.capture(client).session !== undefined,
    });
  }
}

function optionsOf({ projectId, workingDir }: SessionBody) {
  return {
    ...(projectId === undefined ? {} : { projectId }),
    ...(workingDir === undefined ? {} : { workingDir }),
  };
}

function takenBy(session: string): RequestError {
  return new RequestError(409, `session "${session}" is the active one of another client`, {
    session_connected: false,
  });
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
