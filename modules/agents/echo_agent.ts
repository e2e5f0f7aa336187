import { EchoReply } from "./echo_reply.ts";
import { createStoredAgent, type StoredAgent, type StoredAgentOptions } from "./stored_agent.ts";
import type { StoredSession } from "./stored_session.ts";

/** Options of `createEchoAgent()`. */
export interface EchoAgentOptions extends StoredAgentOptions {
  /** The wait between two words, in ms. Default 40. */
  readonly wordDelayMs?: number;
}

/** A session of the echo agent. */
export type EchoSession = StoredSession;

/** The agent that `createEchoAgent()` makes. */
export type EchoAgent = StoredAgent;

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
  const { wordDelayMs = 40 } = options;
  if (!(wordDelayMs >= 0 && wordDelayMs <= 60_000)) {
    throw new RangeError(`Cannot use wordDelayMs ${wordDelayMs}: it must be 0 to 60000`);
  }
  return createStoredAgent(options, ({ clock }) => ({
    name: "echo",
    reply: (turn, { id: session }) => new EchoReply(turn, { session, clock, wordDelayMs }),
  }));
}
