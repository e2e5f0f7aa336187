import { type HostUnderTest, RejectedError, type SimEnv } from "../kit/adapter.ts";
import type { CorpusRow } from "./corpus_row.ts";

/**
 * If the second turn begins just after the first has settled, there are no two at once; but the end
 * of the first takes the claim of the second with it, `GUARD_WHILE_RUNNING`.
 */
export const checkThenAct: CorpusRow = {
  id: "check-then-act",
  bug: "Something is awaited between the look whether a session is busy and its claim",
  seenIn: "gabrielkoerich/orch #1173, mcdonc/klangk #1297",
  expected: ["SINGLE_TURN", "GUARD_WHILE_RUNNING"],
  story: ["send a", "send a"],
  buggy: {
    name: "a claim that comes later than the look",
    level: 2,
    policies: { order: "none" }, // there is no line
    create: (env) => createHost(env, true),
  },
  twin: {
    name: "a claim in the step of the look",
    level: 2,
    policies: { order: "none" }, // there is no line
    create: (env) => createHost(env, false),
  },
};

function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  /** The sessions with a turn. */
  const claims = new Map<string, object>();
  return {
    async send(session, message) {
      if (claims.has(session)) throw new RejectedError("busy");
      // The flaw: while the project is read, other messages find the session free, too.
      if (isBroken) await env.io("read project", session);
      claims.set(session, {});
      try {
        if (!isBroken) await env.io("read project", session);
        return await env.agent(session, message);
      } finally {
        claims.delete(session);
      }
    },
    snapshot: () => ({
      sessions: Array.from(claims, ([session, guard]) => ({ session, guard })),
    }),
  };
}
