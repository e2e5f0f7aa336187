import {
  type BackendHandle,
  type HostUnderTest,
  RejectedError,
  type SimEnv,
} from "../kit/adapter.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** A session that was ended has a tombstone. Only a resume that is asked to revives it. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const tombstones = new Map<string, object>();
  const handles = new Map<string, BackendHandle>();
  const turns = new Map<string, Promise<string>>();
  const resuming = new Set<string>();

  return {
    async send(session, message) {
      if (tombstones.has(session)) throw new RejectedError("ended");
      if (turns.has(session)) throw new RejectedError("busy");
      const turn = env.agent(session, message);
      turns.set(session, turn);
      try {
        return await turn;
      } finally {
        turns.delete(session);
      }
    },
    async end(session) {
      tombstones.set(session, {});
      await turns.get(session)?.catch(() => {});
      const handle = handles.get(session);
      handles.delete(session);
      if (handle !== undefined) await env.backend.close(handle);
    },
    async resume(session, { revive }) {
      const tombstone = tombstones.get(session);
      if (tombstone !== undefined && !revive) throw new Error(`Session "${session}" was ended`);
      if (handles.has(session)) return;
      if (resuming.has(session)) throw new Error(`Session "${session}" is coming back already`);
      // The flaw: if the agent's side does not come back, the session is neither ended nor there.
      if (isBroken) tombstones.delete(session);
      resuming.add(session);
      try {
        const handle = await env.backend.open(session);
        const now = tombstones.get(session);
        if (now !== undefined && now !== tombstone) {
          await env.backend.close(handle);
          throw new Error(`Session "${session}" was ended meanwhile`);
        }
        tombstones.delete(session);
        handles.set(session, handle);
      } finally {
        resuming.delete(session);
      }
    },
    snapshot: () => ({ sessions: [], held: { turns: turns.size } }),
  };
}

/** An ended session is to come back, which fails: from then on it takes messages. */
export const earlyClear: CorpusRow = {
  id: "early-clear",
  bug: "a resume clears the tombstone before it has succeeded",
  seenIn: "hosts that keep tombstones of ended sessions, which a resume may revive",
  expected: ["NO_RESURRECTION"],
  story: ["end a", "resume a revive fails", "send a"],
  buggy: { name: "early-clear", level: 2, create: (env) => createHost(env, true) },
  twin: { name: "early-clear, corrected", level: 2, create: (env) => createHost(env, false) },
};
