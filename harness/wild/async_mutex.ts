import { Mutex } from "async-mutex";
import { Keyed } from "./_keyed.ts";
import { quoting, type WildRow, wildRow } from "./wild_row.ts";

const readme = quoting("https://github.com/DirtyHairy/async-mutex#readme", "async-mutex/README.md");

/** One mutex for each session, which is kept; a stop cancels who waits for it. */
export const row: WildRow = wildRow({
  id: "async-mutex",
  packages: ["async-mutex"],
  use: "a `Mutex` for each session, kept for good; `runExclusive()`; a stop is `cancel()`",
  promised: {
    SINGLE_TURN: readme("schedules the supplied callback to be run once the mutex is unlocked"),
    EXACTLY_ONE_OUTCOME: readme("returns a promise that adopts the state of the function result"),
    FUTURE_SETTLES: readme("This will reject all pending locks with E_CANCELED"),
    STOP_CLEARS_ALL: readme("all pending locks are cancelled"),
  },
  notPromised: {
    CANCEL_TARGET: {
      why:
        "who has just been given the lock is no one who waits, though the callback is still to come",
      ...readme("a currently held lock will not be revoked"),
    },
    FIFO: { why: "the order of those who wait with one priority is not spoken of" },
    NO_STRANDED_PENDING: { why: "not spoken of" },
    NO_CROSS_SESSION_HOL: { why: "that each session has a mutex of its own is ours" },
    EVENTUALLY_IDLE: { why: "not spoken of" },
  },
  remedy: "ask inside of the callback, before anything else, whether it has been stopped meanwhile",
  adapter: {
    level: 2,
    create(env) {
      const mutexes = new Keyed(() => new Mutex());
      return {
        send: (session, message) =>
          mutexes.of(session).runExclusive(() => env.agent(session, message)),
        stop: (session) => mutexes.of(session).cancel(),
        snapshot: () => mutexes.snapshot((mutex) => mutex.isLocked()),
      };
    },
  },
});

export default row.adapter;
