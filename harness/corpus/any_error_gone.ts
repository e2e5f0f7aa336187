import {
  type BackendHandle,
  type HostUnderTest,
  RejectedError,
  type SimEnv,
} from "../kit/adapter.ts";
import { BackendGoneError } from "../kit/sim_ports.ts";
import type { CorpusRow } from "./corpus_row.ts";

export const anyErrorGone: CorpusRow = {
  id: "any-error-gone",
  bug: "Every error of the backend counts as the answer that the session is gone",
  seenIn: "op7418/Claude-to-IM #24, bluesky-social/atproto #2010",
  expected: ["ERROR_CLASS"],
  story: ["send a throws"],
  buggy: {
    name: "any error that loses the session",
    level: 2,
    create: (env) => createHost(env, true),
  },
  twin: {
    name: "one error that loses the session",
    level: 2,
    create: (env) => createHost(env, false),
  },
};

function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  /** Whether a client has its session, which is called like the client. */
  const connected = new Map<string, boolean>();
  const handles = new Map<string, BackendHandle>();
  const busy = new Map<string, object>();

  const connect = (client: string, isConnected: boolean): void => {
    if (connected.get(client) === isConnected) return;
    connected.set(client, isConnected);
    env.report({ kind: "binding", client, session: isConnected ? client : undefined });
  };

  /** Before the server was started again, each client had its session. */
  const isConnected = (client: string): boolean => {
    if (!connected.has(client)) connect(client, true);
    return connected.get(client)!;
  };

  const replace = async (client: string, handle: BackendHandle | undefined): Promise<void> => {
    const replaced = handles.get(client);
    if (handle === undefined) handles.delete(client);
    else handles.set(client, handle);
    if (replaced !== undefined) await env.backend.close(replaced);
  };

  const failed = async (client: string, error: unknown): Promise<void> => {
    // The flaw: the session is lost to a rate limit, a tool that failed, a line that was bad.
    if (!isBroken && !(error instanceof BackendGoneError)) return;
    connect(client, false);
    await replace(client, undefined);
  };

  return {
    async send(client, message) {
      if (!isConnected(client)) throw new RejectedError("ended");
      if (busy.has(client)) throw new RejectedError("busy");
      busy.set(client, {});
      try {
        return await env.agent(client, message);
      } catch (error) {
        await failed(client, error);
        throw error;
      } finally {
        busy.delete(client);
      }
    },
    async resume(client) {
      isConnected(client);
      try {
        await replace(client, await env.backend.resume(client));
        connect(client, true);
      } catch (error) {
        await failed(client, error);
        throw error;
      }
    },
    snapshot: () => ({
      sessions: Array.from(busy, ([session, guard]) => ({ session, guard })),
    }),
  };
}
