import type { HostAdapter, HostUnderTest, SimEnv } from "../kit/adapter.ts";
import type { CorpusRow } from "./corpus_row.ts";

interface Entry {
  readonly message: string;
  resolve(reply: string): void;
  reject(error: unknown): void;
}

/** A message may interrupt the turn that runs: that turn is aborted, and the message comes next. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const queues = new Map<string, Entry[]>();
  const turns = new Map<string, AbortController>();

  async function run(session: string, queue: Entry[]): Promise<void> {
    for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
      const { message, resolve, reject } = entry;
      const turn = new AbortController();
      turns.set(session, turn);
      try {
        const reply = await env.agent(session, message, { signal: turn.signal });
        // The flaw: the agent may answer although it was interrupted, and the old answer is sent.
        if (!isBroken) turn.signal.throwIfAborted();
        await env.deliver(session, message, reply);
        resolve(reply);
      } catch (error) {
        reject(error);
      }
    }
    turns.delete(session);
  }

  return {
    send(session, message, { policy }) {
      const queue = queues.get(session) ?? [];
      queues.set(session, queue);
      return new Promise((resolve, reject) => {
        queue.push({ message, resolve, reject });
        const turn = turns.get(session);
        if (turn === undefined) void run(session, queue);
        else if (policy === "interrupt") turn.abort(new Error("Interrupted"));
      });
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

const common = { level: 2, features: ["interrupt"] } satisfies Partial<HostAdapter>;

/** The user corrects the question, and gets the answer to the wrong one first. */
export const lateReply: CorpusRow = {
  id: "late-reply",
  bug: "the reply of a turn that was interrupted is delivered",
  seenIn: "NousResearch/hermes-agent #8221",
  expected: ["STALE_EFFECT_FENCED"],
  story: ["send a", "send a interrupt"],
  buggy: { ...common, name: "late-reply", create: (env) => createHost(env, true) },
  twin: { ...common, name: "late-reply, corrected", create: (env) => createHost(env, false) },
};
