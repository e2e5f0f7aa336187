import {
  type BackendHandle,
  type HostUnderTest,
  RejectedError,
  type SimEnv,
} from "../kit/adapter.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** Whoever needs the agent's side of a session gets it under a lock of that session. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const handles = new Map<string, BackendHandle>();
  const locks = new Map<string, Promise<void>>();
  const busy = new Set<string>();
  let calls = 0;

  async function locked<T>(session: string, run: () => Promise<T>): Promise<T> {
    const lock = { kind: "lock", key: `resume of ${session}`, by: `call ${++calls}` } as const;
    const before = locks.get(session);
    const { promise, resolve } = Promise.withResolvers<void>();
    const mine = before === undefined ? promise : before.then(() => promise);
    locks.set(session, mine);
    env.report({ ...lock, act: "wait" });
    await before;
    env.report({ ...lock, act: "hold" });
    try {
      return await run();
    } finally {
      env.report({ ...lock, act: "release" });
      // The flaw: the lock is taken out of the map though others wait for it. Who comes now makes a
      // new one, and runs beside them.
      if (isBroken || locks.get(session) === mine) {
        locks.delete(session);
        env.report({ ...lock, act: "drop" });
      }
      resolve();
    }
  }

  const connect = (session: string) =>
    locked(session, async () => {
      if (!handles.has(session)) handles.set(session, await env.backend.resume(session));
    });

  return {
    async send(session, message) {
      if (busy.has(session)) throw new RejectedError("busy");
      busy.add(session);
      try {
        await connect(session);
        return await env.agent(session, message);
      } finally {
        busy.delete(session);
      }
    },
    resume: connect,
    snapshot: () => ({ sessions: [], held: { locks: locks.size, busy: busy.size } }),
  };
}

/** The one who is done cleans up the map of locks, and does not look who else is there. */
export const lockSwap: CorpusRow = {
  id: "lock-swap",
  bug: "a per-key lock is dropped while others wait for it, and two resumes run",
  seenIn: "hosts with a map of locks, one for each session, that is cleaned up",
  expected: ["LOCK_STABLE"],
  story: ["send a", "resume a"],
  buggy: { name: "lock-swap", level: 2, create: (env) => createHost(env, true) },
  twin: { name: "lock-swap, corrected", level: 2, create: (env) => createHost(env, false) },
};
