import { createMemoryState } from "@chat-adapter/state-memory";
import type { Lock, QueueEntry, StateAdapter } from "chat";
import type { HostSnapshot, SimEnv } from "../kit/adapter.ts";

/**
 * The memory state of the Chat SDK, which shows what it holds and is not a microtask slower for it; and,
 * if it is remote, the same behind a network: then each call of it takes a step of time before it is
 * done, as one of Redis would.
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

  acquireLock(thread: string, ttlMs: number): Promise<Lock | null> {
    this.#threads.add(thread);
    return this.#call("acquire lock", thread, () => {
      const locked = this.#memory.acquireLock(thread, ttlMs);
      const show = (lock: Lock | null) => lock !== null && this.#locks.set(thread, lock);
      locked.then(show, () => {});
      return locked;
    });
  }

  releaseLock(lock: Lock): Promise<void> {
    return this.#call("release lock", lock.threadId, () => {
      if (this.#locks.get(lock.threadId) === lock) this.#locks.delete(lock.threadId);
      return this.#memory.releaseLock(lock);
    });
  }

  forceReleaseLock(thread: string): Promise<void> {
    return this.#call("force lock", thread, () => {
      this.#locks.delete(thread);
      return this.#memory.forceReleaseLock(thread);
    });
  }

  extendLock(lock: Lock, ttlMs: number): Promise<boolean> {
    return this.#call(
      "extend lock",
      lock.threadId,
      () => this.#memory.extendLock(lock, ttlMs),
    );
  }

  enqueue(thread: string, entry: QueueEntry, sizeMax: number): Promise<number> {
    return this.#call("enqueue", thread, () => {
      const queue = [...this.#queues.get(thread) ?? [], entry.message.text];
      this.#queues.set(thread, queue.slice(-sizeMax));
      return this.#memory.enqueue(thread, entry, sizeMax);
    });
  }

  dequeue(thread: string): Promise<QueueEntry | null> {
    return this.#call("dequeue", thread, () => {
      this.#queues.get(thread)?.shift();
      return this.#memory.dequeue(thread);
    });
  }

  queueDepth(thread: string): Promise<number> {
    return this.#call("queue depth", thread, () => this.#memory.queueDepth(thread));
  }

  setIfNotExists(key: string, value: unknown, ttlMs?: number): Promise<boolean> {
    return this.#call("set if new", "", () => this.#memory.setIfNotExists(key, value, ttlMs));
  }

  isSubscribed(thread: string): Promise<boolean> {
    return this.#call("is subscribed", thread, () => this.#memory.isSubscribed(thread));
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

  /** The memory's own promise, which settles when it always does; of a remote one, a step later. */
  #call<T>(what: string, thread: string, call: () => Promise<T>): Promise<T> {
    if (!this.#isRemote) return call();
    return this.#env.io(what, thread.replace(/^.*:/, "")).then(call);
  }
}
