import {
  type Guarantee,
  type HostAdapter,
  type HostOutcome,
  type HostUnderTest,
  RejectedError,
  type SimEnv,
} from "@lanekeeper/harness";
import { type TaskResult, TaskTracker } from "@lanekeeper/task-tracker";

/**
 * What a tracker promises. It starts each task at once, so that one session may have several turns,
 * and there is no guard and no order; and an event that comes twice is handled twice.
 */
const PROMISED: readonly Guarantee[] = [
  "EXACTLY_ONE_OUTCOME",
  "ACK_TRUTH",
  "CANCEL_TARGET",
  "CANCEL_NOT_STICKY",
  "REPLY_SESSION_MATCH",
  "FAILURE_RETRYABLE",
  "ACK_BEFORE_DEADLINE",
  "FUTURE_SETTLES",
  "STOP_TERMINATES",
  "QUIESCENT_AFTER_STOP",
  "SHUTDOWN_ORDER",
  "NO_STRANDED_PENDING",
  "NO_CROSS_SESSION_HOL",
  "EVENTUALLY_IDLE",
];

/** Each message is an event: acknowledged, then run as a task of its session's tracker. */
const adapter: HostAdapter = {
  name: "task-tracker",
  level: 2,
  policies: { leavesNoTimer: true },
  features: ["events"],
  guarantees: PROMISED,
  create: (env) => createHost(env, (event) => env.ack(event)),
};

export default adapter;

/** The same for a transport that takes its time to be told, which may be longer than its deadline. */
export const slow: HostAdapter = {
  ...adapter,
  name: "task-tracker, acknowledging slowly",
  guarantees: PROMISED.filter((guarantee) => guarantee !== "ACK_BEFORE_DEADLINE"),
  create: (env) =>
    createHost(env, async (event, session) => {
      await env.io("ack", session);
      env.ack(event);
    }),
};

function createHost(
  env: SimEnv,
  ack: (event: string, session: string) => void | Promise<void>,
): HostUnderTest {
  const tracker = new TaskTracker({ name: "host", clock: env.clock, onError: () => {} });
  const sessions = new Map<string, TaskTracker>();
  const trackerOf = (session: string): TaskTracker => {
    const child = sessions.get(session) ?? tracker.child(session);
    sessions.set(session, child);
    return child;
  };
  return {
    async send(session, message, { event = message }) {
      // A tracker that drains still takes tasks: to close the intake is up to its host.
      if (tracker.state !== "open") throw new RejectedError("draining");
      const tasks = trackerOf(session);
      if (tasks.state !== "open") throw new RejectedError("ended");
      const task = await tasks.ackThenRun({
        name: message,
        ack: () => ack(event, session),
        run: (signal) => env.agent(session, message, { signal }),
      });
      return { accepted: true, outcome: task.settled.then(outcomeOf) };
    },
    async end(session) {
      const report = await trackerOf(session).drain({ deadlineMs: 5_000 });
      return { abandoned: report.names.abandoned };
    },
    async shutdown() {
      const report = await tracker.drain({ deadlineMs: 10_000 });
      return { abandoned: report.names.abandoned };
    },
    snapshot: () => ({ sessions: [], held: { tasks: tracker.size } }),
  };
}

function outcomeOf(result: TaskResult<string>): HostOutcome {
  const { status } = result;
  return status === "completed" ? { status, reply: result.value } : { status };
}
