import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import type { CorpusRow } from "./corpus_row.ts";

interface Entry {
  readonly message: string;
  resolve(reply: string): void;
  reject(error: unknown): void;
}

/** What comes during a turn is buffered, and picked up when the turn is over. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  /** The buffer of the turn that runs. */
  const buffers = new Map<string, Entry[]>();

  async function chat(session: string, first: Entry): Promise<void> {
    let rest: Entry[] = [];
    for (let next: Entry | undefined = first; next !== undefined;) {
      // The flaw: each turn has a buffer of its own. Of what it held only the first entry is picked up.
      const buffer: Entry[] = isBroken ? [] : rest;
      buffers.set(session, buffer);
      const { message, resolve, reject } = next;
      await env.agent(session, message).then(resolve, reject);
      [next, ...rest] = buffer;
    }
    buffers.delete(session);
  }

  return {
    send: (session, message) =>
      new Promise((resolve, reject) => {
        const entry = { message, resolve, reject };
        const buffer = buffers.get(session);
        if (buffer === undefined) void chat(session, entry);
        else buffer.push(entry);
      }),
    snapshot: () => ({
      sessions: [...buffers].map(([session, buffer]) => ({
        session,
        waiting: buffer.map(({ message }) => message),
      })),
    }),
  };
}

/** Two messages come during one turn: the second of them is lost. */
export const batchTail: CorpusRow = {
  id: "batch-tail",
  bug: "of several messages that were buffered during a turn only the first runs",
  seenIn: "triggerdotdev/trigger.dev #4176",
  expected: ["EXACTLY_ONE_OUTCOME"],
  story: ["send a", "send a", "send a"],
  buggy: { name: "batch-tail", level: 2, create: (env) => createHost(env, true) },
  twin: { name: "batch-tail, corrected", level: 2, create: (env) => createHost(env, false) },
};
