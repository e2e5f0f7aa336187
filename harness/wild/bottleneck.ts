import Bottleneck from "bottleneck";
import { groupHost } from "./_bottleneck.ts";
import { quoting, type WildRow, wildRow } from "./wild_row.ts";

const readme = quoting("https://github.com/SGrondin/bottleneck#readme", "bottleneck/README.md");

/** By its own words one is idle when nothing waits and no job runs; it looks at when the last job began. */
const IDLE = "Limiters that have been idle for longer than 5 minutes are deleted";

/** One group, with a limiter of one job at a time for each session. */
export const row: WildRow = wildRow({
  id: "bottleneck",
  packages: ["bottleneck"],
  use:
    "`new Bottleneck.Group({ maxConcurrent: 1 })`; `key(session).schedule()`; a shutdown is `stop()` of all its limiters",
  promised: {
    SINGLE_TURN: {
      ...readme("How many jobs can be executing at the same time"),
      and: IDLE,
    },
    FIFO: {
      ...readme("By default, the jobs will be executed in the order they were received"),
      and: IDLE,
    },
    NO_CROSS_SESSION_HOL: readme("rate limit each IP independently"),
    FUTURE_SETTLES: readme("The error message used to drop jobs when dropWaitingJobs is true"),
  },
  notPromised: {
    EXACTLY_ONE_OUTCOME: { why: "not spoken of" },
    NO_STRANDED_PENDING: { why: "not spoken of" },
    QUIESCENT_AFTER_STOP: {
      why: "a Group has no stop of its own",
      ...readme("It prevents any new jobs from being added to the limiter"),
    },
    STOP_TERMINATES: {
      why: "it waits for as long as its jobs take, and a Group has no stop of its own",
      ...readme("waits for all EXECUTING jobs to complete"),
    },
  },
  remedy:
    "a limiter of one's own for each session, instead of a Group: after five minutes without a new job a Group forgets a limiter, whether its job still runs or not",
  asked: ["advance 600000"],
  foundBefore: [
    {
      operations: "send a; send a; advance 600000; send a",
      tape: "0.0.0.1.0.0.0.0.0.0.0.0.0.0.0.2",
      breaks: "FIFO",
    },
    {
      operations: "advance 600000; send a; advance 600000; shutdown",
      tape: "0.0.0.0.0.1.0.0.0.0.0.0.0.0.0.1",
      breaks: "QUIESCENT_AFTER_STOP",
    },
  ],
  adapter: {
    level: 2,
    globalTimers: true,
    policies: { leavesNoTimer: true },
    create: (env) => groupHost(env, new Bottleneck.Group({ maxConcurrent: 1 })),
  },
});

export default row.adapter;
