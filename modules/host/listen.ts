import { serve } from "@hono/node-server";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Options of {@linkcode listen}. */
export interface ListenOptions {
  readonly hostname: string;
  /** 0 takes a free one. */
  readonly port: number;
  fetch(request: Request): Response | Promise<Response>;
}

/** A server that takes connections. */
export interface Listener {
  readonly port: number;
  /** Waits for the answers that are under way, then closes; after `deadlineMs` it just closes. */
  close(deadlineMs: number): Promise<void>;
}

/** How often connections that have become idle are closed while the server closes, in ms. */
const IDLE_SWEEP_MS = 50;

/**
 * Serves `fetch` over HTTP, on Node, Deno and Bun.
 *
 * @throws what the runtime throws when it cannot listen, for instance because the port is in use.
 */
export function listen(options: ListenOptions): Promise<Listener> {
  const { hostname, port, fetch } = options;
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, hostname, port }, () => {
      server.off("error", reject);
      resolve({
        port: (server.address() as AddressInfo).port,
        close: (deadlineMs) => close(server, deadlineMs),
      });
    }) as Server;
    server.once("error", reject);
  });
}

function close(server: Server, deadlineMs: number): Promise<void> {
  return new Promise((resolve) => {
    // A connection that is kept alive holds the server open after its last answer.
    const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS);
    const force = setTimeout(() => server.closeAllConnections(), deadlineMs);
    server.close(() => {
      clearInterval(sweep);
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });
}
