import { Semaphore } from "effect";
import { effectDocs } from "./_effect_docs.ts";
import { effectsHost } from "./_effects.ts";
import { Keyed } from "./_keyed.ts";
import { type WildRow, wildRow } from "./wild_row.ts";

const types = effectDocs("Semaphore");
const promises = effectDocs("Effect");

/** One semaphore of one permit for each session; a caller interrupts its own effect. */
export const row: WildRow = wildRow({
  id: "effect-semaphore",
  packages: ["effect"],
  use:
    "a `Semaphore` of one permit for each session; `withPermits(1)` around the agent as `Effect.tryPromise()`, run with the caller's signal",
  promised: {
    FIFO: types("Pending take calls are scanned in registration order"),
    EXACTLY_ONE_OUTCOME: types("Once the effect finishes, the permits are released"),
  },
  notPromised: {
    SINGLE_TURN: {
      why:
        "the permit is the effect's, and an interrupted `tryPromise()` is over before its promise is",
      ...promises("The underlying asynchronous operation only stops if it observes that signal"),
    },
    FUTURE_SETTLES: { why: "not spoken of" },
    CANCEL_TARGET: { why: "not spoken of" },
    NO_STRANDED_PENDING: { why: "not spoken of" },
    NO_CROSS_SESSION_HOL: { why: "that each session has a semaphore of its own is ours" },
    EVENTUALLY_IDLE: { why: "not spoken of" },
  },
  remedy:
    "make the agent an effect that waits for its promise to settle when it is interrupted: `Effect.callback()` with such a finalizer",
  adapter: {
    level: 2,
    globalTimers: true,
    features: ["withdraw"],
    create(env) {
      const semaphores = new Keyed(() => Semaphore.makeUnsafe(1));
      return effectsHost(env, (session, turn) => semaphores.of(session).withPermits(1)(turn));
    },
  },
});

export default row.adapter;
