import type { HostAdapter, HostUnderTest, SimEnv } from "./adapter.ts";

/** An adapter with this host. */
export function adapterOf(
  create: (env: SimEnv) => HostUnderTest,
  fields: Partial<HostAdapter> = {},
): HostAdapter {
  return { name: "tiny", create, ...fields };
}

/** One turn at a time for each session: a promise chain. */
export function chainHost(env: SimEnv): HostUnderTest {
  const tails = new Map<string, Promise<unknown>>();
  return {
    send(session, message) {
      const run = () => env.agent(session, message);
      const tail = (tails.get(session) ?? Promise.resolve()).then(run, run);
      tails.set(session, tail);
      return tail;
    },
  };
}

/** All turns at once. */
export function naiveHost(env: SimEnv): HostUnderTest {
  return { send: (session, message) => env.agent(session, message) };
}

/** A drain that waits for itself: its promises wait until the chain is over. */
export function recursiveHost(env: SimEnv): HostUnderTest {
  const waiting = new Map<string, string[]>();
  const drain = async (session: string): Promise<void> => {
    const message = waiting.get(session)?.shift();
    if (message === undefined) return void waiting.delete(session);
    await env.agent(session, message).catch(() => {});
    await drain(session);
  };
  return {
    send(session, message) {
      const line = waiting.get(session);
      if (line !== undefined) return void line.push(message);
      waiting.set(session, [message]);
      void drain(session);
    },
  };
}
