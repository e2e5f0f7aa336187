import { quoting, type WildRow, wildRow } from "./wild_row.ts";

const request = quoting("https://developer.mozilla.org/docs/Web/API/LockManager/request");
const overview = quoting("https://developer.mozilla.org/docs/Web/API/Web_Locks_API");

/** Locks are the whole process's: those of each world have names of their own. */
let worlds = 0;

/** One lock for each session, by its name; a caller takes its request back with a signal. */
export const row: WildRow = wildRow({
  id: "web-locks",
  packages: [],
  use: "`navigator.locks.request()` with the session as the name, and the caller's signal",
  promised: {
    SINGLE_TURN: request(
      "When an exclusive lock for a given name is held, no other lock with the same name can be held",
    ),
    FIFO: overview("The first queued request will be granted only when the lock is released"),
    EXACTLY_ONE_OUTCOME: request(
      "resolves (or rejects) with the result of the callback after the lock is released",
    ),
    FUTURE_SETTLES: request("or rejects if the request is aborted"),
    CANCEL_TARGET: request("or rejects if the request is aborted"),
  },
  notPromised: {
    NO_STRANDED_PENDING: { why: "not spoken of" },
    NO_CROSS_SESSION_HOL: { why: "not spoken of" },
  },
  runtimes: ["node", "deno"],
  adapter: {
    level: 0,
    features: ["withdraw"],
    create(env) {
      const world = ++worlds;
      return {
        send: (session, message, { signal }) =>
          navigator.locks.request(
            `lanekeeper ${world} ${session}`,
            signal === undefined ? {} : { signal },
            () => env.agent(session, message, { signal }),
          ),
      };
    },
  },
});

export default row.adapter;
