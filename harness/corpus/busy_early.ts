import { type HostUnderTest, RejectedError, type SimEnv } from "../kit/adapter.ts";
import type { CorpusRow } from "./corpus_row.ts";

export const busyEarly: CorpusRow = {
  id: "busy-early",
  bug: "A turn counts as over when its run is, and a shutdown does not wait for its reply",
  seenIn: "NousResearch/hermes-agent #84285, #92589 and #107638",
  expected: ["SHUTDOWN_ORDER"],
  story: ["send a", "shutdown"],
  buggy: {
    name: "a turn that is over before its reply is delivered",
    level: 2,
    create: (env) => createHost(env, true),
  },
  twin: {
    name: "a turn that is over when its reply is delivered",
    level: 2,
    create: (env) => createHost(env, false),
  },
};

function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  /** The sessions with a turn. */
  const turns = new Map<string, Promise<unknown>>();
  let isShut = false;
  return {
    async send(session, message) {
      if (isShut) throw new RejectedError("draining");
      if (turns.has(session)) throw new RejectedError("busy");
      const { promise: turn, resolve } = Promise.withResolvers<void>();
      turns.set(session, turn);
      const end = () => {
        if (turns.get(session) === turn) turns.delete(session);
        resolve();
      };
      try {
        const reply = await env.agent(session, message);
        // The flaw: the session counts as idle as soon as the agent is.
        if (isBroken) end();
        await env.deliver(session, message, reply);
        return reply;
      } finally {
        end();
      }
    },
    async shutdown() {
      isShut = true;
      await Promise.all(turns.values());
    },
    snapshot: () => ({
      sessions: Array.from(turns, ([session, guard]) => ({ session, guard })),
    }),
  };
}
