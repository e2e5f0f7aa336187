import { type HostAdapter, RejectedError } from "@lanekeeper/harness";

/**
 * An adapter to start from: put your host in the place of `createMyHost()`.
 *
 * Run it: `npm run check:host -- harness/examples/template.ts`
 */
const adapter: HostAdapter = {
  name: "my host",
  // 0: only send(). 1: snapshot(), too. 2: your host takes all its time and storage from `env`.
  level: 0,
  create(env) {
    const host = createMyHost((session, message) => env.agent(session, message));
    return {
      async send(session, message) {
        // Fulfils with the reply, or rejects. What was never taken on is a RejectedError.
        const reply = await host.chat(session, message);
        if (reply === undefined) throw new RejectedError("busy");
        return reply;
      },
      // Have it? Then add it, and the guarantees about it are judged:
      // stop: (session, { level }) => host.stop(session, level),
      // end: (session) => host.end(session),
      // shutdown: () => host.close(),
      // snapshot: () => ({ sessions: host.sessions() }),
    };
  },
};

export default adapter;

/** Stands for your host: one turn at a time for each session, and a message for a busy one is refused. */
function createMyHost(agent: (session: string, message: string) => Promise<string>) {
  const busy = new Set<string>();
  return {
    async chat(session: string, message: string): Promise<string | undefined> {
      if (busy.has(session)) return undefined;
      busy.add(session);
      try {
        return await agent(session, message);
      } finally {
        busy.delete(session);
      }
    },
  };
}
