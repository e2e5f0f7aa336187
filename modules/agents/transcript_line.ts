import type { ReplyEnd, TranscriptEntry } from "./agent.ts";

/** An entry, or a mark behind the entries of a turn which says that they do not count any more. */
export interface StoredEntry extends TranscriptEntry {
  readonly rollsBack?: true;
}

/** The version of the format that is written and read here. */
export const TRANSCRIPT_VERSION = 1;

/** The first line of a transcript: what `resume` needs (`RESUME_FIDELITY`). */
export interface TranscriptHeader {
  readonly id: string;
  readonly projectId: string;
  /** The directory that was meant, also while it is gone (A13). */
  readonly workingDir: string;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** One line of JSON, with its newline; JSON itself has none. */
export function encodeHeader(header: TranscriptHeader): string {
  return line({
    version: TRANSCRIPT_VERSION,
    id: header.id,
    project_id: header.projectId,
    working_dir: header.workingDir,
    created_at: header.createdAt,
  });
}

/** One line of JSON, with its newline. Absent fields are left out. */
export function encodeEntry(entry: StoredEntry): string {
  return line({
    role: entry.role,
    turn_id: entry.turnId,
    text: entry.text,
    at: entry.at,
    sender: entry.sender,
    end: entry.end,
    reason: entry.reason,
    rolls_back: entry.rollsBack,
  });
}

/** `undefined` for what is no header of this version. */
export function decodeHeader(bytes: Uint8Array): TranscriptHeader | undefined {
  const value = decode(bytes);
  if (!value || value["version"] !== TRANSCRIPT_VERSION) return undefined;
  const { id, project_id: projectId, working_dir: workingDir, created_at: createdAt } = value;
  if (!isText(id) || !isText(projectId) || !isText(workingDir) || !isText(createdAt)) {
    return undefined;
  }
  return { id, projectId, workingDir, createdAt };
}

/** `undefined` for what is no entry. Unknown fields are left out, so that they can be added later. */
export function decodeEntry(bytes: Uint8Array): StoredEntry | undefined {
  const value = decode(bytes);
  if (!value) return undefined;
  const { role, turn_id: turnId, text, at, sender, end, reason, rolls_back: rollsBack } = value;
  if (!isRole(role) || !isText(turnId) || !isText(text) || !isText(at)) return undefined;
  return {
    role,
    turnId,
    text,
    at,
    ...(isText(sender) ? { sender } : {}),
    ...(isEnd(end) ? { end } : {}),
    ...(isText(reason) ? { reason } : {}),
    ...(rollsBack === true ? { rollsBack } : {}),
  };
}

function line(value: object): string {
  return JSON.stringify(value) + "\n";
}

/** Strict UTF-8: a line that was cut inside a character is no line. */
function decode(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return typeof value === "object" && value !== null
      ? value as Record<string, unknown>
      : undefined;
  } catch {
    return undefined;
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isRole(value: unknown): value is TranscriptEntry["role"] {
  return value === "user" || value === "agent" || value === "note";
}

function isEnd(value: unknown): value is ReplyEnd {
  return value === "stopped" || value === "cancelled" || value === "failed";
}
