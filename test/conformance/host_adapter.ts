import type { ChatMessage } from "@lanekeeper/agents";
import { createHost } from "@lanekeeper/host";
import type { HostAdapter } from "@lanekeeper/harness";
import { phaseLogger, shutDown, simulatedAgent } from "./_simulated_agent.ts";
import { drive, TOMBSTONES_MAX } from "./session_queue_adapter.ts";

/** The composed host as a surface of one's own sees it: through its queue. */
const adapter: HostAdapter = {
  name: "host",
  level: 2,
  policies: { leavesNoTimer: true },
  features: ["withdraw", "interrupt", "supersede", "collect", "reject", "steer", "rollback"],
  create(env) {
    const agent = simulatedAgent(env);
    const host = createHost({
      agent,
      logger: phaseLogger(env),
      limits: { tombstonesMax: TOMBSTONES_MAX },
      clock: env.clock,
    });
    host.start();
    return {
      ...drive(host.queue, env, { messageOf: (text, sender): ChatMessage => ({ text, sender }) }),
      create: (session, options) =>
        host.queue.create(session, { ...options, open: (id) => agent.open({ id }) }),
      shutdown: () => shutDown(host, () => env.io("close the server")),
    };
  },
};

export default adapter;
