import { type Clock, systemClock } from "@lanekeeper/session-queue";
import type { Agent, OpenOptions, ResumeOptions } from "./agent.ts";
import { assertSessionId } from "./session_id.ts";
import { StoredSession, type StoredShared } from "./stored_session.ts";
import { type StoredTranscript, TranscriptStore } from "./transcript.ts";
import type { TranscriptLimits } from "./transcript_limits.ts";
import { resolveWorkingDir, type WorkingDirEnv } from "./working_dir.ts";

/** Options that every agent with a transcript has. */
export interface StoredAgentOptions extends Omit<WorkingDirEnv, "fallbackDir"> {
  /** Where transcripts are kept, as `sessions/<id>.jsonl`. One process at a time owns it. */
  readonly dataDir: string;
  /** Of a session that names none. Default `"default"`. */
  readonly projectId?: string;
  /** The time of the waits and deadlines. Default: the runtime's. */
  readonly clock?: Clock;
  /** The time of the transcript, in ms since 1970. Default `Date.now`. */
  readonly wallClockMs?: () => number;
  readonly limits?: TranscriptLimits;
  /** Told of an error that has no caller: a cancelled turn could not be noted. Default: the console. */
  readonly onError?: (error: unknown, session: string) => void;
}

/** An agent with a transcript. */
export interface StoredAgent extends Agent {
  open(options: OpenOptions): Promise<StoredSession>;
  resume(id: string, options?: ResumeOptions): Promise<StoredSession>;
  close(): Promise<void>;
}

/** What differs from agent to agent. */
export interface StoredAgentParts
  extends Pick<StoredShared, "name" | "reply" | "release" | "forget"> {
  /** The agent's own end, once no turn runs and every session is let go of. */
  readonly close?: () => Promise<void>;
}

/** What the parts of an agent need to know of the sessions. */
export type StoredContext = Pick<StoredShared, "store" | "clock" | "wallClockMs" | "onError">;

/**
 * Makes an agent of a way to reply: everything that has to do with the transcript and the working
 * directory is here, once for all agents (`RESUME_FIDELITY`, `NO_GLOBAL_CWD`, `BOUNDED_STATE`).
 */
export function createStoredAgent(
  options: StoredAgentOptions,
  makeParts: (context: StoredContext) => StoredAgentParts,
): StoredAgent {
  const { dataDir, limits = {}, wallClockMs = Date.now } = options;
  const context: StoredContext = {
    store: new TranscriptStore({ dataDir, limits, wallClockMs }),
    clock: options.clock ?? systemClock,
    wallClockMs,
    onError: options.onError ?? ((error, id) => console.error(`Session "${id}":`, error)),
  };
  const { close, ...parts } = makeParts(context);
  const shared: StoredShared = { ...context, ...parts, running: new Set(), closed: false };
  return {
    name: parts.name,
    open: (wanted) => openSession(wanted, { options, shared }),
    resume: (id, wanted) => resumeSession({ id, ...wanted }, { options, shared }),
    close: () => closeAgent(shared, close),
  };
}

interface Context {
  readonly options: StoredAgentOptions;
  readonly shared: StoredShared;
}

async function openSession(
  { id, signal, ...wanted }: OpenOptions,
  { options, shared }: Context,
): Promise<StoredSession> {
  assertOpen(id, { shared, signal });
  const dir = await resolveWorkingDir(wanted.workingDir, options);
  signal?.throwIfAborted();
  const projectId = wanted.projectId ?? options.projectId ?? "default";
  const createdAt = new Date(shared.wallClockMs()).toISOString();
  await shared.store.create({ id, projectId, workingDir: dir.wanted, createdAt });
  const notice = dir.notice === undefined ? {} : { notice: dir.notice };
  return new StoredSession({ id, projectId, workingDir: dir.path, ...notice }, shared);
}

async function resumeSession(
  { id, fallbackDir, signal }: ResumeOptions & { readonly id: string },
  { options, shared }: Context,
): Promise<StoredSession> {
  assertOpen(id, { shared, signal });
  const stored = await shared.store.read(id);
  const dir = await resolveWorkingDir(stored.header.workingDir, { ...options, fallbackDir });
  signal?.throwIfAborted();
  const notices = [dir.notice, ...losses(stored)].filter((notice) => notice !== undefined);
  const { projectId } = stored.header;
  const notice = notices.length === 0 ? {} : { notice: notices.join(". ") };
  return new StoredSession({ id, projectId, workingDir: dir.path, ...notice }, shared);
}

/** Idempotent; turns that still run end at once, and their ends are in the transcripts. */
async function closeAgent(
  shared: StoredShared,
  close: (() => Promise<void>) | undefined,
): Promise<void> {
  shared.closed = true;
  await Promise.all([...shared.running].map((session) => session.close()));
  await close?.();
  await shared.store.quiet();
}

function assertOpen(
  id: string,
  { shared, signal }: { shared: StoredShared; signal: AbortSignal | undefined },
): void {
  signal?.throwIfAborted();
  assertSessionId(id);
  if (!shared.closed) return;
  throw new Error(`Cannot open session "${id}": the ${shared.name} agent is closed`);
}

function losses({ tornBytes, skippedLines }: StoredTranscript): string[] {
  const lost: string[] = [];
  if (tornBytes > 0) {
    lost.push(`The last line of the transcript was cut off and is left out (${tornBytes} bytes)`);
  }
  if (skippedLines > 0) {
    lost.push(`Lines of the transcript that can not be read are left out: ${skippedLines}`);
  }
  return lost;
}
