import { createSlack, type Slack, type SlackOptions } from "@lanekeeper/slack";
import type { HostQueue } from "./create_host.ts";
import { isSlackSession } from "./slack_sessions.ts";
import type { HostSurface } from "./surface.ts";

/** Slack as a surface of a host. */
export interface SlackSurface extends HostSurface {
  readonly slack: Slack;
}

/** The shutdown leaves a step all the time that is left; a drain has to be finite. */
const DRAIN_MS_MAX = 30_000;

/** Puts Slack before a host's queue: for `surfaces` of `createHost()`. Start `slack` yourself. */
export function createSlackSurface(
  queue: HostQueue,
  options: Omit<SlackOptions, "backend">,
): SlackSurface {
  const slack = createSlack({
    ...options,
    backend: {
      send: (session, message, sendOptions) => queue.send(session, message, sendOptions),
      stop: (session, stopOptions) => queue.stop(session, stopOptions),
      end: (session, endOptions) => queue.end(session, endOptions),
      rest: (session) => queue.disconnect(session),
      look: (session) => {
        const found = queue.snapshot().find((one) => one.session === session);
        return {
          isRunning: found?.generation !== undefined,
          waiting: found?.waiting.length ?? 0,
        };
      },
    },
  });
  return {
    name: "slack",
    slack,
    app: slack.app,
    observer: slack.observer,
    owns: isSlackSession,
    expects: (session) => slack.expects(session),
    closeIntake: () => slack.closeIntake(),
    drain: (leftMs) => {
      const ms = Math.min(leftMs, DRAIN_MS_MAX);
      return slack.drain({ deadlineMs: ms * 0.6, cancelGraceMs: ms * 0.3 });
    },
    close: () => slack.close(),
  };
}
