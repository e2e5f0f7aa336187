import { type Clock, systemClock } from "@lanekeeper/session-queue";
import type { Agent, OpenOptions, ResumeOptions } from "./agent.ts";
import { EchoSession, type EchoShared } from "./echo_session.ts";
import { assertSessionId } from "./session_id.ts";
import { type StoredTranscript, TranscriptStore } from "./transcript.ts";
import type { TranscriptLimits } from "./transcript_limits.ts";
import { resolveWorkingDir, type WorkingDirEnv } from "./working_dir.ts";

/** Options of `createEchoAgent()`. */
export interface EchoAgentOptions extends WorkingDirEnv {
  /** Where transcripts are kept, as `sessions/<id>.jsonl`. One process at a time owns it. */
  readonly dataDir: string;
  /** Of a session that names none. Default `"default"`. */
  readonly projectId?: string;
  /** The wait between two words, in ms. Default 40. */
  readonly wordDelayMs?: number;
  /** The time of the waits. Default: the runtime's. */
  readonly clock?: Clock;
  /** The time of the transcript, in ms since 1970. Default `Date.now`. */
  readonly wallClockMs?: () => number;
  readonly limits?: TranscriptLimits;
  /** Told of an error that has no caller: a cancelled turn could not be noted. Default: the console. */
  readonly onError?: (error: unknown, session: string) => void;
}

/** The agent that `createEchoAgent()` makes. */
export interface EchoAgent extends Agent {
  open(options: OpenOptions): Promise<EchoSession>;
  resume(id: string, options?: ResumeOptions): Promise<EchoSession>;
  close(): Promise<void>;
}

/**
 * Makes the embedded default agent: it repeats what it is told, word by word, and keeps a
 * transcript. It needs no key, no account and no network.
 *
 * When to use: to start a host at once, to try out its surfaces, and in tests, where its words
 * (`help` lists them) make a turn slow, failing, deaf to its cancel or gone on purpose. When not:
 * for an answer to anything.
 *
 * - `RESUME_FIDELITY`: `resume` keeps working directory, project and transcript, also when the last
 *   line was cut off at any byte; `info.notice` says what was lost (A10).
 * - `NO_GLOBAL_CWD`: a directory that is gone is replaced by the user's home, for that session
 *   alone and for as long as it is gone: what is stored is the directory that was meant (A13).
 * - `CANCEL_LEVEL`: graceful and immediate are two things (A12).
 * - `BOUNDED_STATE`: no file stays open, and the agent keeps no list of its idle sessions.
 *
 * Cancel safety: the signal of `open` and `resume` is looked at before anything is written; a
 * session that was stored is returned, for the caller to close.
 *
 * @throws {RangeError} if a limit or `wordDelayMs` is not a number in its range.
 *
 * @example A conversation of one turn
 * ```ts
 * import { createEchoAgent } from "@lanekeeper/agents";
 * import assert from "node:assert/strict";
 * import { mkdtemp, rm } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 *
 * const dataDir = await mkdtemp(join(tmpdir(), "echo-"));
 * const agent = createEchoAgent({ dataDir, wordDelayMs: 0 });
 * const session = await agent.open({ id: "s1" });
 * const { signal } = new AbortController();
 * const reply = await session.run({ id: "t1", messages: [{ text: "hi" }], signal, emit() {} });
 * assert.equal(reply, "You said: hi");
 * assert.equal((await session.transcript()).length, 2);
 * await agent.close();
 * await rm(dataDir, { recursive: true });
 * ```
 */
export function createEchoAgent(options: EchoAgentOptions): EchoAgent {
  const { wordDelayMs = 40, wallClockMs = Date.now } = options;
  if (!(wordDelayMs >= 0 && wordDelayMs <= 60_000)) {
    throw new RangeError(`Cannot use wordDelayMs ${wordDelayMs}: it must be 0 to 60000`);
  }
  const { dataDir, limits = {} } = options;
  const shared: EchoShared = {
    store: new TranscriptStore({ dataDir, limits, wallClockMs }),
    clock: options.clock ?? systemClock,
    wordDelayMs,
    wallClockMs,
    onError: options.onError ?? ((error, id) => console.error(`Session "${id}":`, error)),
    running: new Set(),
    closed: false,
  };
  return {
    name: "echo",
    open: (wanted) => openSession(wanted, { options, shared }),
    resume: (id, { signal } = {}) => resumeSession(id, { options, shared, signal }),
    close: () => closeAgent(shared),
  };
}

interface Context {
  readonly options: EchoAgentOptions;
  readonly shared: EchoShared;
  readonly signal?: AbortSignal | undefined;
}

async function openSession(
  { id, signal, ...wanted }: OpenOptions,
  { options, shared }: Context,
): Promise<EchoSession> {
  assertOpen(id, { shared, signal });
  const dir = await resolveWorkingDir(wanted.workingDir, options);
  signal?.throwIfAborted();
  const projectId = wanted.projectId ?? options.projectId ?? "default";
  const createdAt = new Date(shared.wallClockMs()).toISOString();
  await shared.store.create({ id, projectId, workingDir: dir.wanted, createdAt });
  const notice = dir.notice === undefined ? {} : { notice: dir.notice };
  return new EchoSession({ id, projectId, workingDir: dir.path, ...notice }, shared);
}

async function resumeSession(
  id: string,
  { options, shared, signal }: Context,
): Promise<EchoSession> {
  assertOpen(id, { shared, signal });
  const stored = await shared.store.read(id);
  const dir = await resolveWorkingDir(stored.header.workingDir, options);
  signal?.throwIfAborted();
  const notices = [dir.notice, ...losses(stored)].filter((notice) => notice !== undefined);
  const { projectId } = stored.header;
  const notice = notices.length === 0 ? {} : { notice: notices.join(". ") };
  return new EchoSession({ id, projectId, workingDir: dir.path, ...notice }, shared);
}

/** Idempotent; turns that still run end at once, and their ends are in the transcripts. */
async function closeAgent(shared: EchoShared): Promise<void> {
  shared.closed = true;
  await Promise.all([...shared.running].map((session) => session.close()));
  await shared.store.quiet();
}

function assertOpen(
  id: string,
  { shared, signal }: { shared: EchoShared; signal: AbortSignal | undefined },
): void {
  signal?.throwIfAborted();
  assertSessionId(id);
  if (shared.closed) throw new Error(`Cannot open session "${id}": the echo agent is closed`);
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
