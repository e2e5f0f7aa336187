import type { HostAdapter, HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { within } from "./_within.ts";
import type { CorpusRow } from "./corpus_row.ts";

interface Turn {
  readonly controller: AbortController;
  readonly over: PromiseWithResolvers<void>;
  /** The agent is asked to stop what it runs. */
  cancel?: Promise<void>;
}

interface Entry {
  readonly message: string;
  resolve(reply: string): void;
  reject(error: unknown): void;
}

/** A graceful stop asks the agent to stop by itself, an immediate one aborts it. What waits is kept. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const queues = new Map<string, Entry[]>();
  const turns = new Map<string, Turn>();

  async function work(session: string, queue: Entry[]): Promise<void> {
    for (let entry = queue[0]; entry !== undefined; entry = queue[0]) {
      const { message, resolve, reject } = entry;
      const turn: Turn = {
        controller: new AbortController(),
        over: Promise.withResolvers<void>(),
      };
      turns.set(session, turn);
      const { signal } = turn.controller;
      await env.agent(session, message, { signal }).then(resolve, reject);
      turns.delete(session);
      turn.over.resolve();
      // The flaw: nobody waits until the agent has answered. Its cancel comes to the next turn.
      if (!isBroken) await turn.cancel;
      queue.shift();
    }
    queues.delete(session);
  }

  return {
    send: (session, message) =>
      new Promise((resolve, reject) => {
        const entry = { message, resolve, reject };
        const queue = queues.get(session);
        if (queue !== undefined) return void queue.push(entry);
        const fresh = [entry];
        queues.set(session, fresh);
        void work(session, fresh);
      }),
    async stop(session, { level }) {
      const turn = turns.get(session);
      if (turn === undefined) return;
      if (level === "immediate") turn.controller.abort(new Error("Stopped"));
      else turn.cancel ??= env.backend.requestCancel(session, level);
      return { abandoned: !await within(env.clock, turn.over.promise, 5_000) };
    },
    snapshot: () => ({ sessions: [], held: { queues: queues.size, turns: turns.size } }),
  };
}

const common = {
  level: 2,
  policies: { queuedOnStop: "keep" },
} satisfies Partial<HostAdapter>;

/** The agent's method to cancel returns a promise in some agents, and nothing in others. */
export const cancelUnawaited: CorpusRow = {
  id: "cancel-unawaited",
  bug: "the agent's cancel returns a promise that nobody awaits",
  seenIn: "hosts of several agents, some of which cancel at once and some with a promise",
  expected: ["CANCEL_LEVEL"],
  story: ["send a", "send a", "stop a graceful"],
  buggy: { ...common, name: "cancel-unawaited", create: (env) => createHost(env, true) },
  twin: { ...common, name: "cancel-unawaited, corrected", create: (env) => createHost(env, false) },
};
