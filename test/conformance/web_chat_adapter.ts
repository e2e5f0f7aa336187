import { createHost } from "@lanekeeper/host";
import {
  type BackendHandle,
  type HostAdapter,
  type HostUnderTest,
  type SimEnv,
} from "@lanekeeper/harness";
import { phaseLogger, shutDown, simulatedAgent } from "./_simulated_agent.ts";
import { checked, receiptOf, WebClient } from "./_web_client.ts";
import { givenUp, TOMBSTONES_MAX } from "./session_queue_adapter.ts";

/** Each has a session of its own name when the story begins. */
const CLIENTS = ["a", "b", "c"];

/**
 * The composed host through its web chat: requests and answers, without a socket. The web chat takes
 * no message back, and for it all that a client sends is of one sender: so there is no `withdraw`
 * here and no `collect`.
 */
const adapter: HostAdapter = {
  name: "web-chat",
  level: 2,
  policies: { leavesNoTimer: true },
  features: ["interrupt", "reject"],
  // A stop is known when its body has been read: what began meanwhile did not wait any more.
  // And each request has a WeakRef: what one was read of is kept until the runtime comes to rest, which
  // the chain of BOUNDED_STACK never does.
  without: ["STOP_CLEARS_ALL", "CANCEL_TARGET", "BOUNDED_STACK"],
  async create(env) {
    let isReady = false;
    const resume = async (session: string): Promise<BackendHandle> =>
      isReady ? await env.backend.resume(session) : { session, id: 0 };
    const host = createHost({
      agent: simulatedAgent(env, { resume }),
      logger: phaseLogger(env),
      limits: { tombstonesMax: TOMBSTONES_MAX },
      clock: env.clock,
    });
    host.start();
    const web = new WebClient(host);
    const surface = createSurface(web, bindings(env));
    for (const client of CLIENTS) await surface.resume(client);
    isReady = true;
    return {
      ...surface,
      disconnect: (session) => host.queue.disconnect(session),
      shutdown: () => shutDown(host, () => web.close()),
      snapshot: () => ({
        sessions: host.queue.snapshot().filter(isBusy).map((session) => ({
          session: session.session,
          guard: session.generation,
          waiting: session.waiting,
        })),
        held: { requests: web.open },
        state: { tombstones: { size: host.queue.tombstones, max: TOMBSTONES_MAX } },
      }),
    };
  },
};

export default adapter;

/** What a client may ask for. */
function createSurface(web: WebClient, bind: (client: string, isBound: boolean) => void) {
  return {
    async send(client, message, { policy = "enqueue" }) {
      const body = { message, policy };
      const answer = await web.call(client, {
        method: "POST",
        path: "/api/chat",
        body,
        id: message,
      });
      if (answer.session_connected === false) bind(client, false);
      return receiptOf(answer);
    },
    async stop(client, body) {
      const answer = await web.call(client, { method: "POST", path: "/api/stop", body });
      return givenUp(checked(answer));
    },
    async end(client) {
      const answer = await web.call(client, { method: "DELETE", path: "/api/session" });
      bind(client, false);
      return givenUp(checked(answer));
    },
    async resume(client) {
      const body = { session_id: client };
      checked(await web.call(client, { method: "POST", path: "/api/session", body }));
      bind(client, true);
    },
  } satisfies Partial<HostUnderTest>;
}

/** Tells which client has a session, whenever that changes. */
function bindings(env: SimEnv): (client: string, isBound: boolean) => void {
  const bound = new Map<string, boolean>();
  return (client, isBound) => {
    if (bound.get(client) === isBound) return;
    bound.set(client, isBound);
    env.report({ kind: "binding", client, session: isBound ? client : undefined, about: client });
  };
}

function isBusy(session: { generation: number | undefined; waiting: readonly string[] }): boolean {
  return session.generation !== undefined || session.waiting.length > 0;
}
