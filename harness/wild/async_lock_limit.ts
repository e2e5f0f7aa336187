import AsyncLock from "async-lock";
import { lockHost } from "./_async_lock.ts";
import { quoting, type WildRow, wildRow } from "./wild_row.ts";

const readme = quoting(
  "https://github.com/rogierschouten/async-lock#readme",
  "async-lock/README.md",
);
const pull = quoting("https://github.com/rogierschouten/async-lock/pull/56");

/** The same with its limit on how long a task may take. */
export const row: WildRow = wildRow({
  id: "async-lock-limit",
  packages: ["async-lock"],
  use: "as async-lock, with `maxExecutionTime: 3000`, the figure of its documentation",
  promised: {
    FIFO: readme("runs immediately lock.acquire(key, fn2, cb); // added to queue"),
    EXACTLY_ONE_OUTCOME: readme("execution time exceeded error will be returned here"),
    NO_CROSS_SESSION_HOL: readme("resource key or keys to lock"),
  },
  notPromised: {
    SINGLE_TURN: {
      why: "its maintainer said so when the option was added; its documentation does not",
      ...pull("whenever the execution timer expires, any locking semantics are broken"),
    },
    FUTURE_SETTLES: { why: "nothing can be taken back" },
    NO_STRANDED_PENDING: { why: "not spoken of" },
    EVENTUALLY_IDLE: { why: "not spoken of" },
  },
  remedy: "abort the task when its time is up, and keep the lock until it has settled",
  adapter: {
    level: 2,
    globalTimers: true,
    create: (env) => lockHost(env, new AsyncLock({ maxExecutionTime: 3_000 })),
  },
});

export default row.adapter;
