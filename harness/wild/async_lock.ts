import AsyncLock from "async-lock";
import { lockHost } from "./_async_lock.ts";
import { quoting, type WildRow, wildRow } from "./wild_row.ts";

const readme = quoting(
  "https://github.com/rogierschouten/async-lock#readme",
  "async-lock/README.md",
);

/** One lock with a key for each session. */
export const row: WildRow = wildRow({
  id: "async-lock",
  packages: ["async-lock"],
  use: "one `AsyncLock` for all; `acquire()` with the session as its key",
  promised: {
    SINGLE_TURN: readme("you can easily write your async critical section"),
    FIFO: readme("runs immediately lock.acquire(key, fn2, cb); // added to queue"),
    EXACTLY_ONE_OUTCOME: readme("callback function, otherwise will return a promise"),
    NO_CROSS_SESSION_HOL: readme("resource key or keys to lock"),
  },
  notPromised: {
    FUTURE_SETTLES: { why: "nothing can be taken back" },
    NO_STRANDED_PENDING: { why: "not spoken of" },
    EVENTUALLY_IDLE: { why: "not spoken of" },
  },
  adapter: { level: 2, create: (env) => lockHost(env, new AsyncLock()) },
});

export default row.adapter;
