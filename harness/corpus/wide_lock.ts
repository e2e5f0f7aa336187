import { type HostUnderTest, RejectedError, type SimEnv } from "../kit/adapter.ts";
import { createLock } from "./_lock.ts";
import type { CorpusRow } from "./corpus_row.ts";

/**
 * One session is enough to see the lock held. With two, one of them waits for the agent of the
 * other: `NO_CROSS_SESSION_HOL`.
 */
export const wideLock: CorpusRow = {
  id: "wide-lock",
  bug: "The lock of the session table is held across the backend call",
  seenIn: "openclaw/openclaw #100425",
  expected: ["LOCK_NARROW", "NO_CROSS_SESSION_HOL"],
  story: ["send a"],
  buggy: {
    name: "a lock that is held across the call",
    level: 2,
    create: (env) => createHost(env, true),
  },
  twin: {
    name: "a lock that is held to look and to claim",
    level: 2,
    create: (env) => createHost(env, false),
  },
};

function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const withTable = createLock(env, "table");
  /** The sessions with a request in flight. */
  const inFlight = new Map<string, object>();

  const claim = (session: string): void => {
    if (inFlight.has(session)) throw new RejectedError("busy");
    inFlight.set(session, {});
  };

  const ask = async (session: string, message: string): Promise<string> => {
    try {
      await env.io("read project", session, { by: message });
      return await env.agent(session, message);
    } finally {
      inFlight.delete(session);
    }
  };

  return {
    send: (session, message) => {
      const request = withTable(message, () => {
        claim(session);
        // The flaw: the lock goes when the answer has come, and nobody else gets at the table.
        return isBroken ? ask(session, message) : undefined;
      });
      return isBroken ? request : request.then(() => ask(session, message));
    },
    snapshot: () => ({
      sessions: Array.from(inFlight, ([session, guard]) => ({ session, guard })),
    }),
  };
}
