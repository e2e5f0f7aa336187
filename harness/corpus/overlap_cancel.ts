import {
  type HostAdapter,
  type HostUnderTest,
  RejectedError,
  type SimEnv,
} from "../kit/adapter.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** One job for each key at a time; a caller may cancel its job. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const active = new Map<string, string>();
  return {
    async send(session, message, { signal }) {
      if (active.has(session)) throw new RejectedError("busy");
      active.set(session, message);
      const free = () => {
        if (active.get(session) === message) active.delete(session);
      };
      // The flaw: a cancel only asks the work to stop. It may go on for long, and the key is free.
      if (isBroken) signal?.addEventListener("abort", free);
      try {
        return await env.agent(session, message, { signal });
      } finally {
        signal?.removeEventListener("abort", free);
        free();
      }
    },
    snapshot: () => ({ sessions: [...active.keys()].map((session) => ({ session })) }),
  };
}

const common = { level: 2, features: ["withdraw"] } satisfies Partial<HostAdapter>;

/** A job that is cancelled is taken for one that has ended. */
export const overlapCancel: CorpusRow = {
  id: "overlap-cancel",
  bug: "a cancel frees the key at once, and the next turn starts while the old one runs on",
  seenIn:
    "timgit/pg-boss #384, cancelled exclusive handlers of Restate, strategy force of Chat SDK",
  expected: ["SINGLE_TURN"],
  story: ["send a", "withdraw a", "send a"],
  buggy: { ...common, name: "overlap-cancel", create: (env) => createHost(env, true) },
  twin: {
    ...common,
    name: "overlap-cancel, corrected",
    create: (env) => createHost(env, false),
  },
};
