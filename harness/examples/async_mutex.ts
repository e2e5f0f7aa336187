import type { HostAdapter } from "@lanekeeper/harness";
import { Mutex } from "async-mutex";

/** One mutex for each session, which is forgotten when a message is over; a stop cancels who waits. */
const adapter: HostAdapter = {
  name: "async-mutex per session",
  create(env) {
    const mutexes = new Map<string, Mutex>();
    return {
      async send(session, message) {
        const mutex = mutexes.get(session) ?? new Mutex();
        mutexes.set(session, mutex);
        const release = await mutex.acquire();
        try {
          return await env.agent(session, message);
        } finally {
          release();
          mutexes.delete(session);
        }
      },
      stop: (session) => mutexes.get(session)?.cancel(),
    };
  },
};

export default adapter;
