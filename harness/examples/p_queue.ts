import type { HostAdapter } from "@lanekeeper/harness";
import PQueue from "p-queue";

/** One p-queue for each session; a stop clears what waits, a caller takes its message back. */
const adapter: HostAdapter = {
  name: "p-queue per session",
  level: 1,
  features: ["withdraw"],
  create(env) {
    const queues = new Map<string, PQueue>();
    const queueOf = (session: string): PQueue => {
      const queue = queues.get(session) ?? new PQueue({ concurrency: 1 });
      queues.set(session, queue);
      return queue;
    };
    return {
      send: (session, message, { signal }) =>
        queueOf(session).add(() => env.agent(session, message, { signal }), { signal }),
      stop: (session) => queueOf(session).clear(),
      snapshot: () => ({
        sessions: [...queues].map(([session, queue]) => ({
          session,
          ...(queue.pending > 0 ? { guard: queue } : {}),
        })),
      }),
    };
  },
};

export default adapter;
