import PQueue from "p-queue";
import { Keyed } from "./_keyed.ts";
import { quoting, type WildRow, wildRow } from "./wild_row.ts";

const readme = quoting("https://github.com/sindresorhus/p-queue#readme", "p-queue/readme.md");

/** One p-queue for each session; a caller takes its message back with the signal of `add()`. */
export const row: WildRow = wildRow({
  id: "p-queue",
  packages: ["p-queue"],
  use:
    "a `PQueue` with concurrency 1 for each session; `add()` with the caller's signal, which the task heeds",
  promised: {
    EXACTLY_ONE_OUTCOME: readme("Returns a promise that settles when the task completes"),
    FUTURE_SETTLES: readme("aborting rejects the .add() promise cleanly"),
    CANCEL_TARGET: readme("When aborted, it will be removed from the queue"),
  },
  notPromised: {
    SINGLE_TURN: {
      why: "a task whose promise an abort has rejected has left the queue, though it still runs",
      ...readme(
        "only rejects the promise returned by .add() — it does not automatically stop the async work",
      ),
    },
    FIFO: { why: "the order of tasks of one priority is not spoken of" },
    NO_STRANDED_PENDING: { why: "not spoken of" },
    NO_CROSS_SESSION_HOL: { why: "that each session has a queue of its own is ours" },
    EVENTUALLY_IDLE: { why: "not spoken of" },
  },
  remedy:
    "give `add()` no signal, and abort inside of the task: then it keeps its place until it has settled",
  adapter: {
    level: 2,
    features: ["withdraw"],
    create(env) {
      const queues = new Keyed(() => new PQueue({ concurrency: 1 }));
      return {
        send: (session, message, { signal }) =>
          queues.of(session).add(
            () => env.agent(session, message, { signal }),
            signal === undefined ? {} : { signal },
          ),
        snapshot: () => queues.snapshot((queue) => queue.pending > 0),
      };
    },
  },
});

export default row.adapter;
