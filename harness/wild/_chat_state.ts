import { createMemoryState } from "@chat-adapter/state-memory";
import type { Lock, QueueEntry, StateAdapter } from "chat";
import type { HostSnapshot, SimEnv } from "../kit/adapter.ts";

/**
 * The memory state of the Chat SDK, which shows what it holds; and, if it is remote, the same behind a
 * network: then each call of it takes a step of time before it is done, as one of Redis would.
 */
export class ShownState implements StateAdapter {
  // It brings the types of another version of the same package.
  readonly #memory = createMemoryState() as unknown as StateAdapter;
  readonly #env: SimEnv;
  readonly #isRemote: boolean;
  readonly #threads = new Set<string>();
  readonly #locks = new Map<string, Lock>();
  readonly #queues = new Map<string, string[]>();

  constructor(env: SimEnv, { isRemote }: { isRemote: boolean }) {
    this.#env = env;
    this.#isRemote = isRemote;
  }

  /**
   * Each thread that a lock was ever asked for, with its lock, and with what is queued: so that one which
   * is idle shows that nobody waits, and is not taken for a host that does not tell.
   */
  snapshot(sessionOf: (thread: string) => string): HostSnapshot {
    return {
      sessions: [...this.#threads].map((thread) => {
        const lock = this.#locks.get(thread);
        const waiting = this.#queues.get(thread) ?? [];
        return { session: sessionOf(thread), waiting, ...(lock ? { guard: lock } : {}) };
      }),
    };
  }

  async acquireLock(thread: string, ttlMs: number): Promise<Lock | null> {
    this.#threads.add(thread);
    await this.#travel("acquire lock", thread);
    const lock = await this.#memory.acquireLock(thread, ttlMs);
    if (lock !== null) this.#locks.set(thread, lock);
    return lock;
  }

  async releaseLock(lock: Lock): Promise<void> {
    await this.#travel("release lock", lock.threadId);
    if (this.#locks.get(lock.threadId) === lock) this.#locks.delete(lock.threadId);
    await this.#memory.releaseLock(lock);
  }

  async forceReleaseLock(thread: string): Promise<void> {
    await this.#travel("force lock", thread);
    this.#locks.delete(thread);
    await this.#memory.forceReleaseLock(thread);
  }

  async extendLock(lock: Lock, ttlMs: number): Promise<boolean> {
    await this.#travel("extend lock", lock.threadId);
    return await this.#memory.extendLock(lock, ttlMs);
  }

  async enqueue(thread: string, entry: QueueEntry, sizeMax: number): Promise<number> {
    await this.#travel("enqueue", thread);
    const queue = [...this.#queues.get(thread) ?? [], entry.message.text];
    this.#queues.set(thread, queue.slice(-sizeMax));
    return await this.#memory.enqueue(thread, entry, sizeMax);
  }

  async dequeue(thread: string): Promise<QueueEntry | null> {
    await this.#travel("dequeue", thread);
    this.#queues.get(thread)?.shift();
    return await this.#memory.dequeue(thread);
  }

  async queueDepth(thread: string): Promise<number> {
    await this.#travel("queue depth", thread);
    return await this.#memory.queueDepth(thread);
  }

  async setIfNotExists(key: string, value: unknown, ttlMs?: number): Promise<boolean> {
    await this.#travel("set if new");
    return await this.#memory.setIfNotExists(key, value, ttlMs);
  }

  async isSubscribed(thread: string): Promise<boolean> {
    await this.#travel("is subscribed", thread);
    return await this.#memory.isSubscribed(thread);
  }

  connect(): Promise<void> {
    return this.#memory.connect();
  }

  disconnect(): Promise<void> {
    return this.#memory.disconnect();
  }

  subscribe(thread: string): Promise<void> {
    return this.#memory.subscribe(thread);
  }

  unsubscribe(thread: string): Promise<void> {
    return this.#memory.unsubscribe(thread);
  }

  get<T = unknown>(key: string): Promise<T | null> {
    return this.#memory.get<T>(key);
  }

  set<T = unknown>(key: string, value: T, ttlMs?: number): Promise<void> {
    return this.#memory.set(key, value, ttlMs);
  }

  delete(key: string): Promise<void> {
    return this.#memory.delete(key);
  }

  getList<T = unknown>(key: string): Promise<T[]> {
    return this.#memory.getList<T>(key);
  }

  appendToList(
    key: string,
    value: unknown,
    options?: { maxLength?: number; ttlMs?: number },
  ): Promise<void> {
    return this.#memory.appendToList(key, value, options);
  }

  #travel(what: string, thread = ""): Promise<void> | undefined {
    if (!this.#isRemote) return undefined;
    return this.#env.io(what, thread.replace(/^.*:/, ""));
  }
}
