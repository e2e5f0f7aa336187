import {
  type BackendHandle,
  type HostUnderTest,
  RejectedError,
  type SimEnv,
} from "../kit/adapter.ts";
import type { CorpusRow } from "./corpus_row.ts";

export const createRace: CorpusRow = {
  id: "create-race",
  bug: "Two creates of one client both commit, and the session of the first is never ended",
  seenIn: "FlareSolverr/FlareSolverr #1752, gabrielkoerich/orch #1173",
  expected: ["NO_CREATE_LEAK"],
  story: ["create a", "create a"],
  buggy: {
    name: "ends the session from before the wait",
    level: 2,
    create: (env) => createHost(env, true),
  },
  twin: {
    name: "ends the session that it replaces",
    level: 2,
    create: (env) => createHost(env, false),
  },
};

function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  /** The session of each client. */
  const sessions = new Map<string, BackendHandle>();
  const busy = new Map<string, object>();
  return {
    async send(client, message) {
      if (!sessions.has(client)) throw new RejectedError("ended");
      if (busy.has(client)) throw new RejectedError("busy");
      busy.set(client, {});
      try {
        return await env.agent(client, message);
      } finally {
        busy.delete(client);
      }
    },
    async create(client) {
      const before = sessions.get(client);
      const handle = await env.backend.open(client);
      // The flaw: another create may have committed its session meanwhile. This one never saw it.
      const replaced = isBroken ? before : sessions.get(client);
      sessions.set(client, handle);
      if (replaced !== undefined) await env.backend.close(replaced);
    },
    snapshot: () => ({
      sessions: Array.from(busy, ([session, guard]) => ({ session, guard })),
    }),
  };
}
