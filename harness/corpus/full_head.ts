import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import type { CorpusRow } from "./corpus_row.ts";

interface Job {
  readonly key: string;
  readonly message: string;
  resolve(reply: string): void;
  reject(error: unknown): void;
}

/** One queue for all keys; of each key one job runs at a time. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const queue: Job[] = [];
  const active = new Set<string>();

  function fetch(): Job | undefined {
    // The flaw: only the head of the queue is tried. While its key is busy, no other key gets a job.
    const candidates = isBroken ? queue.slice(0, 1) : queue;
    const at = candidates.findIndex(({ key }) => !active.has(key));
    return at < 0 ? undefined : queue.splice(at, 1)[0];
  }

  function work(): void {
    for (let job = fetch(); job !== undefined; job = fetch()) {
      const { key, message, resolve, reject } = job;
      active.add(key);
      void env.agent(key, message).then(resolve, reject).then(() => {
        active.delete(key);
        work();
      });
    }
  }

  return {
    send: (key, message) =>
      new Promise((resolve, reject) => {
        queue.push({ key, message, resolve, reject });
        work();
      }),
    snapshot: () => ({ sessions: [], held: { queued: queue.length, active: active.size } }),
  };
}

/** A second job for a busy key stands at the head, and all others wait behind it. */
export const fullHead: CorpusRow = {
  id: "full-head",
  bug: "one blocked key starves every other key",
  seenIn: "timgit/pg-boss #849, #535",
  expected: ["NO_CROSS_SESSION_HOL"],
  story: ["send a", "send a", "send b"],
  buggy: { name: "full-head", level: 2, create: (env) => createHost(env, true) },
  twin: { name: "full-head, corrected", level: 2, create: (env) => createHost(env, false) },
};
