import pLimit from "p-limit";
import { Keyed } from "./_keyed.ts";
import { quoting, type WildRow, wildRow } from "./wild_row.ts";

const readme = quoting("https://github.com/sindresorhus/p-limit#readme", "p-limit/readme.md");

/** One limit of 1 for each session; a stop clears what waits, with `rejectOnClear` as is recommended. */
export const row: WildRow = wildRow({
  id: "p-limit",
  packages: ["p-limit"],
  use:
    "`pLimit({ concurrency: 1, rejectOnClear: true })` for each session; a stop is `clearQueue()`",
  promised: {
    SINGLE_TURN: readme("Only one promise is run at once"),
    EXACTLY_ONE_OUTCOME: readme("Returns the promise returned by calling fn(...args)"),
    FUTURE_SETTLES: readme("pending promises are rejected with an AbortError"),
    STOP_CLEARS_ALL: readme("Discard pending promises that are waiting to run"),
  },
  notPromised: {
    CANCEL_TARGET: {
      why:
        "a task that is about to be called, a microtask later, already counts as running; under `clearQueue()` it says what is cleared and what is not, and only under `pendingCount`, of that figure, what waits to run",
      ...readme(
        "limit.clearQueue() Discard pending promises that are waiting to run.",
        "Note: This does not cancel promises that are already running.",
        "limit.pendingCount The number of promises that are waiting to run (i.e. their internal fn was not called yet).",
      ),
    },
    FIFO: { why: "the order of what waits is not spoken of" },
    NO_STRANDED_PENDING: { why: "not spoken of" },
    NO_CROSS_SESSION_HOL: { why: "that each session has a limit of its own is ours" },
    EVENTUALLY_IDLE: { why: "not spoken of" },
  },
  remedy: "ask inside of the task, before anything else, whether it has been stopped meanwhile",
  adapter: {
    level: 2,
    create(env) {
      const limits = new Keyed(() => pLimit({ concurrency: 1, rejectOnClear: true }));
      return {
        send: (session, message) => limits.of(session)(() => env.agent(session, message)),
        stop: (session) => limits.of(session).clearQueue(),
        snapshot: () => limits.snapshot((limit) => limit.activeCount > 0),
      };
    },
  },
});

export default row.adapter;
