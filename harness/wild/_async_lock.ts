import type AsyncLock from "async-lock";
import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";

/** A host whose sessions are the keys of one lock. */
export function lockHost(env: SimEnv, lock: AsyncLock): HostUnderTest {
  const sessions = new Set<string>();
  return {
    send(session, message) {
      sessions.add(session);
      return lock.acquire(session, () => env.agent(session, message));
    },
    snapshot: () => ({
      sessions: [...sessions].map((session) => ({
        session,
        ...(lock.isBusy(session) ? { guard: lock } : {}),
      })),
    }),
  };
}
