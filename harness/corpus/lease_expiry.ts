import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import type { CorpusRow } from "./corpus_row.ts";

interface Entry {
  readonly message: string;
  resolve(reply: string): void;
  reject(error: unknown): void;
}

const LEASE_MS = 30_000;

/** A lock for each thread; a message that finds it held is queued for the one who holds it. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const locks = new Map<string, { readonly untilMs: number }>();
  const queues = new Map<string, Entry[]>();

  function isLocked(thread: string): boolean {
    const lock = locks.get(thread);
    if (lock === undefined) return false;
    // The flaw: a lock is good for 30 s, so that one of a dead process frees itself. A turn may take
    // longer, and nobody renews its lock.
    return !isBroken || env.clock.now() < lock.untilMs;
  }

  async function handle(thread: string, first: Entry): Promise<void> {
    const lock = { untilMs: env.clock.now() + LEASE_MS };
    locks.set(thread, lock);
    const queue = queues.get(thread)!;
    for (let entry: Entry | undefined = first; entry !== undefined; entry = queue.shift()) {
      await env.agent(thread, entry.message).then(entry.resolve, entry.reject);
    }
    if (locks.get(thread) === lock) locks.delete(thread);
  }

  return {
    send: (thread, message) =>
      new Promise((resolve, reject) => {
        const entry = { message, resolve, reject };
        const queue = queues.get(thread) ?? [];
        queues.set(thread, queue);
        if (isLocked(thread)) queue.push(entry);
        else void handle(thread, entry);
      }),
    snapshot: () => ({ sessions: [], held: { locks: locks.size } }),
  };
}

/** The agent works for a minute, and the user writes again: also before what is queued. */
export const leaseExpiry: CorpusRow = {
  id: "lease-expiry",
  bug: "a fixed lock TTL runs out in the middle of a long turn",
  seenIn: "vercel/chat #685",
  expected: ["SINGLE_TURN", "FIFO"],
  story: ["send a", "advance 60000", "send a"],
  buggy: { name: "lease-expiry", level: 2, create: (env) => createHost(env, true) },
  twin: { name: "lease-expiry, corrected", level: 2, create: (env) => createHost(env, false) },
};
