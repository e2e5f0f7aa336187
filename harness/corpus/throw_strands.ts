import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import type { CorpusRow } from "./corpus_row.ts";

interface Entry {
  readonly message: string;
  resolve(reply: string): void;
  reject(error: unknown): void;
}

/** A queue for each session; who finds it free holds the lock, and drains what was queued meanwhile. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const queues = new Map<string, Entry[]>();
  const locks = new Map<string, object>();

  async function drain(session: string, queue: Entry[]): Promise<void> {
    locks.set(session, {});
    for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
      try {
        entry.resolve(await env.agent(session, entry.message));
      } catch (error) {
        entry.reject(error);
        // The flaw: the error of one handler ends the drain, and nobody comes back for the rest.
        if (isBroken) break;
      }
    }
    locks.delete(session);
  }

  return {
    send(session, message) {
      const queue = queues.get(session) ?? [];
      queues.set(session, queue);
      return new Promise((resolve, reject) => {
        queue.push({ message, resolve, reject });
        if (!locks.has(session)) void drain(session, queue);
      });
    },
    snapshot: () => ({
      sessions: [...queues].map(([session, queue]) => ({
        session,
        guard: locks.get(session),
        waiting: queue.map(({ message }) => message),
      })),
    }),
  };
}

/**
 * The lock is released in every case, but only a success drains the queue. If somebody writes again, the
 * rest comes up after all: then it shows that nobody had the lock while it waited.
 */
export const throwStrands: CorpusRow = {
  id: "throw-strands",
  bug: "the handler throws, and what was queued behind it stays queued",
  seenIn: "the queue strategy of Chat SDK 4.41; vellum-ai/vellum-assistant #898, #39278",
  expected: ["NO_STRANDED_PENDING", "GUARD_IDENTITY_CHAIN"],
  story: ["send a throws", "send a"],
  buggy: { name: "throw-strands", level: 2, create: (env) => createHost(env, true) },
  twin: { name: "throw-strands, corrected", level: 2, create: (env) => createHost(env, false) },
};
