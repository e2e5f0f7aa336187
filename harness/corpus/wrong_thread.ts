import type { HostAdapter, HostUnderTest, SimEnv } from "../kit/adapter.ts";
import type { CorpusRow } from "./corpus_row.ts";

interface Entry {
  readonly thread: string;
  readonly message: string;
  resolve(reply: string): void;
  reject(error: unknown): void;
}

/** The threads of one channel share a lock: who holds it handles what others queue, too. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const queue: Entry[] = [];
  let isLocked = false;

  async function handle(entry: Entry, thread: string): Promise<void> {
    try {
      const reply = await env.agent(entry.thread, entry.message);
      await env.deliver(thread, entry.message, reply);
      entry.resolve(reply);
    } catch (error) {
      entry.reject(error);
    }
  }

  async function drain(thread: string): Promise<void> {
    isLocked = true;
    for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
      // The flaw: all that is drained is answered in the thread of the one who holds the lock.
      await handle(entry, isBroken ? thread : entry.thread);
    }
    isLocked = false;
  }

  return {
    send: (thread, message) =>
      new Promise((resolve, reject) => {
        queue.push({ thread, message, resolve, reject });
        if (!isLocked) void drain(thread);
      }),
    snapshot: () => ({ sessions: [], held: { queue: queue.length } }),
  };
}

const common = {
  level: 2,
  // One lock for a channel: its threads wait for each other on purpose.
  without: ["NO_CROSS_SESSION_HOL"],
} satisfies Partial<HostAdapter>;

/** The answer to a question of one thread is read by those of another. */
export const wrongThread: CorpusRow = {
  id: "wrong-thread",
  bug: "a queued message is answered in the thread of the one who drains the queue",
  seenIn: "vercel/chat #832; openclaw/openclaw #6579",
  expected: ["REPLY_SESSION_MATCH"],
  story: ["send a", "send b"],
  buggy: { ...common, name: "wrong-thread", create: (env) => createHost(env, true) },
  twin: { ...common, name: "wrong-thread, corrected", create: (env) => createHost(env, false) },
};
