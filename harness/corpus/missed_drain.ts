import type { HostAdapter, HostUnderTest, SimEnv } from "../kit/adapter.ts";
import type { CorpusRow } from "./corpus_row.ts";

interface Entry {
  readonly message: string;
  resolve(reply: string): void;
  reject(error: unknown): void;
}

/** Lock and queue of each thread are kept in a database: each call of it takes time. */
class State {
  readonly queues = new Map<string, Entry[]>();
  readonly #locked = new Set<string>();
  readonly #env: SimEnv;

  constructor(env: SimEnv) {
    this.#env = env;
  }

  async acquireLock(thread: string): Promise<boolean> {
    await this.#env.io("acquire lock", thread);
    if (this.#locked.has(thread)) return false;
    this.#locked.add(thread);
    return true;
  }

  async releaseLock(thread: string): Promise<void> {
    await this.#env.io("release lock", thread);
    this.#locked.delete(thread);
  }

  async enqueue(thread: string, entry: Entry): Promise<void> {
    await this.#env.io("enqueue", thread);
    this.queues.set(thread, [...this.queues.get(thread) ?? [], entry]);
  }

  async dequeue(thread: string): Promise<Entry | undefined> {
    await this.#env.io("dequeue", thread);
    return this.queues.get(thread)?.shift();
  }
}

/** Who gets the lock of a thread handles its message, and then what others have queued meanwhile. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const state = new State(env);

  async function drain(thread: string, first?: Entry): Promise<void> {
    for (let entry = first ?? await state.dequeue(thread); entry !== undefined;) {
      await env.agent(thread, entry.message).then(entry.resolve, entry.reject);
      entry = await state.dequeue(thread);
    }
    await state.releaseLock(thread);
    // The flaw: between the last look at the queue and the release somebody may queue a message, and
    // neither of the two looks again.
    if (!isBroken) await retry(thread);
  }

  async function retry(thread: string): Promise<void> {
    const isLeft = (state.queues.get(thread)?.length ?? 0) > 0;
    if (isLeft && await state.acquireLock(thread)) await drain(thread);
  }

  async function handle(thread: string, entry: Entry): Promise<void> {
    if (await state.acquireLock(thread)) return await drain(thread, entry);
    await state.enqueue(thread, entry);
    if (!isBroken) await retry(thread);
  }

  return {
    send: (thread, message) =>
      new Promise((resolve, reject) => void handle(thread, { message, resolve, reject })),
    snapshot: () => ({
      sessions: [...state.queues].map(([session, queue]) => ({
        session,
        waiting: queue.map(({ message }) => message),
      })),
    }),
  };
}

// Two webhooks that come at once may get to the lock in any order.
const common = { level: 2, policies: { order: "acceptance" } } satisfies Partial<HostAdapter>;

/** The user writes again just as the reply is done: the bot ignores it. */
export const missedDrain: CorpusRow = {
  id: "missed-drain",
  bug: "a message is queued between the last empty dequeue and the release of the lock",
  seenIn: "vercel/chat #928",
  expected: ["NO_STRANDED_PENDING"],
  story: ["send a", "send a"],
  buggy: { ...common, name: "missed-drain", create: (env) => createHost(env, true) },
  twin: { ...common, name: "missed-drain, corrected", create: (env) => createHost(env, false) },
};
