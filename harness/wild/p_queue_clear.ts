import PQueue from "p-queue";
import { Keyed } from "./_keyed.ts";
import { quoting, type WildRow, wildRow } from "./wild_row.ts";

const readme = quoting("https://github.com/sindresorhus/p-queue#readme", "p-queue/readme.md");

/** One p-queue for each session, which a stop clears. */
export const row: WildRow = wildRow({
  id: "p-queue-clear",
  packages: ["p-queue"],
  use: "a `PQueue` with concurrency 1 for each session; a stop is `clear()`",
  promised: {
    SINGLE_TURN: readme("Here we run only one promise at a time"),
    STOP_CLEARS_ALL: readme("Clear the queue"),
  },
  notPromised: {
    FIFO: { why: "the order of tasks of one priority is not spoken of" },
    EXACTLY_ONE_OUTCOME: { why: "a task that is cleared is said to have none" },
    FUTURE_SETTLES: {
      why: "its documentation warns of it",
      ...readme("will never settle after calling .clear()"),
    },
    CANCEL_TARGET: { why: "what is just being begun is not spoken of" },
    EVENTUALLY_IDLE: { why: "not spoken of" },
  },
  remedy: "abort each task that waits by a signal of its own, instead of `clear()`",
  adapter: {
    level: 2,
    create(env) {
      const queues = new Keyed(() => new PQueue({ concurrency: 1 }));
      return {
        send: (session, message) => queues.of(session).add(() => env.agent(session, message)),
        stop: (session) => queues.of(session).clear(),
        snapshot: () => queues.snapshot((queue) => queue.pending > 0),
      };
    },
  },
});

export default row.adapter;
