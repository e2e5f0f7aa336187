import Bottleneck from "bottleneck";
import { groupHost } from "./_bottleneck.ts";
import { quoting, type WildRow, wildRow } from "./wild_row.ts";

const readme = quoting("https://github.com/SGrondin/bottleneck#readme", "bottleneck/README.md");

/** One is idle when nothing waits and no job runs; what a group looks at is when the last job began. */
const IDLE = [
  "All jobs added with the same key will use the same underlying limiter.",
  "Limiters that have been idle for longer than 5 minutes are deleted to avoid memory leaks, this value can be changed by passing a different timeout option, in milliseconds.",
  'limiter.on("idle", function () { // This will be called when limiter.empty() is true and limiter.running() is 0.',
];

/** A job that takes 30 s, in time that passes by itself; what comes third comes then. */
const LONG_JOB = {
  tape: "0.0.1.0.0.0.0.0.0.0.0.0.1.0.2.0.0.0.0.0.0.0.0.0.0.0.1.0.1",
  racy: true,
  isWhole: true,
} as const;

/** One group, with a limiter of one job at a time for each session. */
export const row: WildRow = wildRow({
  id: "bottleneck",
  packages: ["bottleneck"],
  use:
    "`new Bottleneck.Group({ maxConcurrent: 1, timeout: 20_000 })`, a limiter that is idle for 20 s being forgotten instead of for 5 minutes; `key(session).schedule()`; a shutdown is `stop()` of all its limiters",
  promised: {
    SINGLE_TURN: readme("How many jobs can be executing at the same time.", ...IDLE),
    FIFO: readme(
      "By default, the jobs will be executed in the order they were received.",
      ...IDLE,
    ),
    NO_CROSS_SESSION_HOL: readme("rate limit each IP independently"),
    FUTURE_SETTLES: readme("The error message used to drop jobs when dropWaitingJobs is true"),
  },
  notPromised: {
    EXACTLY_ONE_OUTCOME: { why: "not spoken of" },
    NO_STRANDED_PENDING: { why: "not spoken of" },
    QUIESCENT_AFTER_STOP: {
      why: "a Group has no stop of its own, and its `limiters()` leaves out what it has forgotten",
      ...readme(
        "It prevents any new jobs from being added to the limiter and waits for all EXECUTING jobs to complete.",
      ),
    },
    STOP_TERMINATES: {
      why:
        "it waits for as long as its jobs take; a Group has no stop of its own, and its `limiters()` leaves out what it has forgotten",
      ...readme(
        "It prevents any new jobs from being added to the limiter and waits for all EXECUTING jobs to complete.",
      ),
    },
  },
  remedy:
    "a limiter of one's own for each session, instead of a Group: once its `timeout` has passed without a new job a Group forgets a limiter, whether its job still runs or not",
  // Eight timers and more while one job runs are no search's first choice.
  foundBefore: [
    { ...LONG_JOB, operations: "send a; send a; send a", breaks: "SINGLE_TURN" },
    { ...LONG_JOB, operations: "send a; send a; send a", breaks: "FIFO" },
    { ...LONG_JOB, operations: "send a; send a; shutdown", breaks: "STOP_TERMINATES" },
    { ...LONG_JOB, operations: "send a; send a; shutdown", breaks: "QUIESCENT_AFTER_STOP" },
  ],
  adapter: {
    level: 2,
    globalTimers: true,
    policies: { leavesNoTimer: true },
    create: (env) => groupHost(env, new Bottleneck.Group({ maxConcurrent: 1, timeout: 20_000 })),
  },
});

export default row.adapter;
