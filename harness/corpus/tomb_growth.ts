import {
  type HostAdapter,
  type HostUnderTest,
  RejectedError,
  type SimEnv,
} from "../kit/adapter.ts";
import { TurnChains } from "./_turn_chains.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** For a short story. A real host keeps as many as its transport may still deliver again. */
const IDS_MAX = 2;

/** Events that were delivered before are known by their ids, for each session. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const chains = new TurnChains();
  const seen = new Map<string, Set<string>>();

  return {
    send(session, message, { event = message }) {
      const ids = seen.get(session) ?? new Set();
      seen.set(session, ids);
      if (ids.has(event)) throw new RejectedError("duplicate");
      ids.add(event);
      // The flaw: nothing of it is ever forgotten. Nobody sees that before the memory is full.
      if (!isBroken && ids.size > IDS_MAX) ids.delete([...ids][0]!);
      return chains.run(session, () => env.agent(session, message)).catch((error) => {
        ids.delete(event);
        throw error;
      });
    },
    snapshot: () => ({
      sessions: [],
      state: {
        "ids of one session": {
          size: Math.max(0, ...[...seen.values()].map(({ size }) => size)),
          max: IDS_MAX,
        },
      },
    }),
  };
}

const common = { level: 2, features: ["events"] } satisfies Partial<HostAdapter>;

/** The same with tombstones of ended sessions, and with a lock for each session ever seen. */
export const tombGrowth: CorpusRow = {
  id: "tomb-growth",
  bug: "tombstones, locks or the ids of seen events grow for ever",
  seenIn: "hosts that remember what they have seen: ended sessions, locks, ids of events",
  expected: ["BOUNDED_STATE"],
  story: ["send a", "send a", "send a"],
  buggy: { ...common, name: "tomb-growth", create: (env) => createHost(env, true) },
  twin: { ...common, name: "tomb-growth, corrected", create: (env) => createHost(env, false) },
};
