import { Effect, PartitionedSemaphore, Scheduler } from "effect";
import { effectDocs, UNSTABLE } from "./_effect_docs.ts";
import { effectsHost } from "./_effects.ts";
import { type WildRow, wildRow } from "./wild_row.ts";

const types = effectDocs("PartitionedSemaphore");
const promises = effectDocs("Effect");

/** The same, of fibers that yield often: as one does just once that has much to do before. */
export const row: WildRow = wildRow({
  id: "effect-partitioned-yields",
  packages: ["effect"],
  use:
    "as effect-partitioned, with the caller's signal, and with `MaxOpsBeforeYield` of 7 instead of 2048, so that a short fiber yields in the middle, too; with 2048 a test goes through 60 longer fibers, and finds the one whose budget ends between taking the permit and what gives it back",
  standing: UNSTABLE,
  promised: {
    NO_STRANDED_PENDING: types(
      "Runs an effect after acquiring one permit for a partition, then releases the permit when the effect exits.",
      "Once acquired, the permits are released even if the wrapped effect fails or is interrupted.",
      "The permit is released even if the wrapped effect fails or is interrupted.",
    ),
  },
  notPromised: {
    SINGLE_TURN: {
      why:
        "the permit is the effect's, and an interrupted `tryPromise()` is over before its promise is",
      ...promises("The underlying asynchronous operation only stops if it observes that signal"),
    },
    NO_CROSS_SESSION_HOL: {
      why: "all keys share its permits: with one of them, one session runs at a time",
      ...types("independent groups of work compete for the same bounded resource"),
    },
    FIFO: { why: "the order within a key is not spoken of" },
    EXACTLY_ONE_OUTCOME: { why: "not spoken of" },
    EVENTUALLY_IDLE: { why: "not spoken of" },
    FUTURE_SETTLES: { why: "not spoken of" },
  },
  remedy: "a `Semaphore` for each session: in 4.1.0 it takes and gives back in one step",
  seenIn: ["https://github.com/Effect-TS/effect/pull/8391"],
  adapter: {
    level: 2,
    globalTimers: true,
    features: ["withdraw"],
    create(env) {
      const semaphore = PartitionedSemaphore.makeUnsafe<string>({ permits: 1 });
      return effectsHost(
        env,
        (session, turn) =>
          semaphore.withPermit(session)(turn).pipe(
            Effect.provideService(Scheduler.MaxOpsBeforeYield, 7),
          ),
      );
    },
  },
});

export default row.adapter;
