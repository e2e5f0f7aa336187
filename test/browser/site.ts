import type { Agent } from "@lanekeeper/agents";
import { createHost, type Host, type HostOptions } from "@lanekeeper/host";
import { listen } from "../../modules/host/listen.ts";

/** A server in this process: the real host behind a real port. */
export interface Site {
  readonly host: Host;
  readonly address: string;
  /** One call of a client that has no page. */
  call(client: string, method: string, path: string, body?: object): Promise<Response>;
  /** Lets what runs finish, for at most so long; default 30,000. */
  stop(deadlineMs?: number): Promise<void>;
}

/** Starts a server on a free port of the loopback interface. */
export async function startSite(agent: Agent, options: Partial<HostOptions> = {}): Promise<Site> {
  const host = createHost({ agent, ...options });
  host.start();
  const { port, close } = await listen({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => host.app.fetch(request),
  });
  const address = `http://127.0.0.1:${port}`;
  return {
    host,
    address,
    call: (client, method, path, body) =>
      fetch(`${address}${path}`, {
        method,
        headers: { "x-client-id": client },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    stop: async (deadlineMs = 30_000) => {
      const transports = [{ name: "http", stop: (leftMs: number) => close(leftMs) }];
      await host.stop({ deadlineMs, transports });
    },
  };
}
