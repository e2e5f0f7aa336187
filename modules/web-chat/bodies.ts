import type { BusyPolicy, CancelLevel } from "@lanekeeper/session-queue";
import type { HonoRequest } from "hono";
import { brokenBody, RequestError } from "./request_error.ts";

type Fields = Readonly<Record<string, unknown>>;

const POLICIES: readonly BusyPolicy[] = [
  "reject",
  "enqueue",
  "interrupt",
  "collect",
  "steer",
  "rollback",
];
const LEVELS: readonly CancelLevel[] = ["graceful", "immediate"];
const QUEUED = ["keep", "discard"] as const;
const FIELD_LENGTH_MAX = 4_096;
/** Of a message and of a session: no path, no space. */
const ID = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/;

/** The body of `POST /api/chat`. */
export interface ChatBody {
  readonly message: string;
  readonly policy: BusyPolicy;
  readonly id: string | undefined;
}

/** The body of `POST /api/session`. */
export interface SessionBody {
  readonly sessionId: string | undefined;
  readonly projectId: string | undefined;
  readonly workingDir: string | undefined;
}

/** The body of `POST /api/stop`. */
export interface StopBody {
  readonly level: CancelLevel | undefined;
  readonly queued: "keep" | "discard" | undefined;
}

/** @throws {RequestError} 400 with what is wrong. */
export async function readChatBody(req: HonoRequest, lengthMax: number): Promise<ChatBody> {
  const fields = await readObject(req, { isOptional: false });
  const { message } = fields;
  if (message === undefined) {
    throw new RequestError(400, 'message is missing: send {"message": "…"}');
  }
  if (typeof message !== "string") {
    throw new RequestError(400, `message must be a string, not ${kindOf(message)}`);
  }
  if (message.trim() === "") throw new RequestError(400, "message is empty");
  if (message.length > lengthMax) {
    throw new RequestError(
      400,
      `message is too long: it has ${message.length} characters, ${lengthMax} are allowed`,
    );
  }
  const id = req.header("x-message-id");
  if (id !== undefined && !ID.test(id)) {
    throw new RequestError(
      400,
      "x-message-id must be 1 to 128 letters, digits, dots, dashes or underscores, no dot first",
    );
  }
  return { message, policy: choice(fields, "policy", POLICIES) ?? "reject", id };
}

/** @throws {RequestError} 400 with what is wrong. */
export async function readSessionBody(req: HonoRequest): Promise<SessionBody> {
  const fields = await readObject(req, { isOptional: true });
  const sessionId = text(fields, "session_id");
  if (sessionId !== undefined && !ID.test(sessionId)) {
    throw new RequestError(400, "session_id is not an id that this server gives out");
  }
  return {
    sessionId,
    projectId: text(fields, "project_id"),
    workingDir: text(fields, "working_dir"),
  };
}

/** @throws {RequestError} 400 with what is wrong. */
export async function readStopBody(req: HonoRequest): Promise<StopBody> {
  const fields = await readObject(req, { isOptional: true });
  return { level: choice(fields, "level", LEVELS), queued: choice(fields, "queued", QUEUED) };
}

async function readObject(req: HonoRequest, options: { isOptional: boolean }): Promise<Fields> {
  const body = await readText(req);
  if (body.trim() === "") {
    if (options.isOptional) return {};
    throw new RequestError(400, "the body is empty: send a JSON object");
  }
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new RequestError(400, "the body is not valid JSON");
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new RequestError(400, `the body must be a JSON object, not ${kindOf(value)}`);
  }
  return value as Fields;
}

async function readText(req: HonoRequest): Promise<string> {
  try {
    return await req.text();
  } catch (error) {
    if (error instanceof RequestError) throw error;
    throw brokenBody();
  }
}

function text(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") {
    throw new RequestError(400, `${name} must be a string, not ${kindOf(value)}`);
  }
  if (value === "" || value.length > FIELD_LENGTH_MAX) {
    throw new RequestError(400, `${name} must have 1 to ${FIELD_LENGTH_MAX} characters`);
  }
  return value;
}

function choice<T extends string>(
  fields: Fields,
  name: string,
  allowed: readonly T[],
): T | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  const found = allowed.find((item) => item === value);
  if (found !== undefined) return found;
  throw new RequestError(400, `${name} must be one of ${allowed.join(", ")}`);
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
