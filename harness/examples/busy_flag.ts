import { type HostAdapter, RejectedError } from "@lanekeeper/harness";

/** A host as many begin: a flag for each session, and a look at the database before it is set. */
const adapter: HostAdapter = {
  name: "busy flag",
  create(env) {
    const busy = new Map<string, boolean>();
    return {
      async send(session, message) {
        if (busy.get(session)) throw new RejectedError("busy");
        await env.io("load session", session);
        busy.set(session, true);
        try {
          return await env.agent(session, message);
        } finally {
          busy.set(session, false);
        }
      },
    };
  },
};

export default adapter;
