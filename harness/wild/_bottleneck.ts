import Bottleneck from "bottleneck";
import { type HostUnderTest, RejectedError, type SimEnv } from "../kit/adapter.ts";

/** A host whose sessions are the keys of a group. */
export function groupHost(env: SimEnv, group: Bottleneck.Group): HostUnderTest {
  let isStopped = false;
  return {
    async send(session, message) {
      // A group has no stop of its own: it would make a limiter for a new key.
      if (isStopped && !group.keys().includes(session)) throw new RejectedError("draining");
      try {
        return await group.key(session).schedule(() => env.agent(session, message));
      } catch (error) {
        throw isRefusal(error) ? new RejectedError("draining") : error;
      }
    },
    shutdown() {
      isStopped = true;
      return Promise.all(group.limiters().map(({ limiter }) => limiter.stop()));
    },
    snapshot: () => ({
      sessions: group.limiters().map(({ key, limiter }) => ({
        session: key,
        ...(limiter.counts().EXECUTING > 0 ? { guard: limiter } : {}),
      })),
    }),
  };
}

/** What a limiter that was stopped says to a new job. */
function isRefusal(error: unknown): boolean {
  return error instanceof Bottleneck.BottleneckError && error.message.includes("cannot accept");
}
