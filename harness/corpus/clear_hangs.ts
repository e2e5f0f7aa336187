import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { within } from "./_within.ts";
import type { CorpusRow } from "./corpus_row.ts";

interface Entry {
  readonly message: string;
  resolve(reply: string): void;
  reject(error: unknown): void;
}

interface Turn {
  readonly controller: AbortController;
  readonly over: PromiseWithResolvers<void>;
}

/** A queue for each session, which a stop clears. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const queues = new Map<string, Entry[]>();
  const turns = new Map<string, Turn>();

  function next(session: string): void {
    const entry = queues.get(session)?.shift();
    if (entry === undefined) return void turns.delete(session);
    const turn = { controller: new AbortController(), over: Promise.withResolvers<void>() };
    turns.set(session, turn);
    const { signal } = turn.controller;
    void env.agent(session, entry.message, { signal }).then(entry.resolve, entry.reject)
      .then(() => {
        turn.over.resolve();
        next(session);
      });
  }

  function clear(session: string): void {
    const cleared = queues.get(session)?.splice(0) ?? [];
    // The flaw: what is cleared is forgotten, and with it whoever waits for it.
    if (isBroken) return;
    for (const { reject } of cleared) reject(new Error("Cleared"));
  }

  return {
    send: (session, message) =>
      new Promise((resolve, reject) => {
        const queue = queues.get(session) ?? [];
        queues.set(session, queue);
        queue.push({ message, resolve, reject });
        if (!turns.has(session)) next(session);
      }),
    async stop(session, { level, queued }) {
      if (queued !== "keep") clear(session);
      const turn = turns.get(session);
      if (turn === undefined) return;
      if (level === "immediate") turn.controller.abort(new Error("Stopped"));
      return { abandoned: !await within(env.clock, turn.over.promise, 5_000) };
    },
    snapshot: () => ({
      sessions: [...queues].map(([session, queue]) => ({
        session,
        guard: turns.has(session) ? queue : undefined,
        waiting: queue.map(({ message }) => message),
      })),
    }),
  };
}

/** `clear()` of a queue of promises, and a request that hangs until its client gives up. */
export const clearHangs: CorpusRow = {
  id: "clear-hangs",
  bug: "a stop clears the queue, and the promises of what was cleared never settle",
  seenIn: "sindresorhus/p-queue #239, openclaw/openclaw #15617, henrygd/queue #4",
  expected: ["FUTURE_SETTLES"],
  story: ["send a", "send a", "stop a"],
  buggy: { name: "clear-hangs", level: 2, create: (env) => createHost(env, true) },
  twin: { name: "clear-hangs, corrected", level: 2, create: (env) => createHost(env, false) },
};
