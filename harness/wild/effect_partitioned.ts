import { PartitionedSemaphore } from "effect";
import { effectDocs, UNSTABLE } from "./_effect_docs.ts";
import { effectsHost } from "./_effects.ts";
import { type WildRow, wildRow } from "./wild_row.ts";

const types = effectDocs("PartitionedSemaphore");

/** One semaphore with keys: which share its permits, so it is no lock for each key. */
export const row: WildRow = wildRow({
  id: "effect-partitioned",
  packages: ["effect"],
  use:
    "one `PartitionedSemaphore` of one permit, with the session as its key, around the agent as `Effect.tryPromise()`",
  standing: UNSTABLE,
  promised: {
    SINGLE_TURN: types("limiting concurrency across a shared permit pool"),
    NO_STRANDED_PENDING: types("each group should make progress"),
  },
  notPromised: {
    NO_CROSS_SESSION_HOL: {
      why: "all keys share its permits: with one of them, one session runs at a time",
      ...types("independent groups of work compete for the same bounded resource"),
    },
    FIFO: { why: "the order within a key is not spoken of" },
    EXACTLY_ONE_OUTCOME: { why: "not spoken of" },
    FUTURE_SETTLES: { why: "not spoken of" },
    EVENTUALLY_IDLE: { why: "not spoken of" },
  },
  remedy: "a `Semaphore` for each session",
  adapter: {
    level: 2,
    globalTimers: true,
    create(env) {
      const semaphore = PartitionedSemaphore.makeUnsafe<string>({ permits: 1 });
      return effectsHost(env, (session, turn) => semaphore.withPermit(session)(turn));
    },
  },
});

export default row.adapter;
