import {
  type BackendHandle,
  type HostUnderTest,
  RejectedError,
  type SimEnv,
} from "../kit/adapter.ts";
import { BackendGoneError } from "../kit/sim_ports.ts";
import type { CorpusRow } from "./corpus_row.ts";

export const clearNewer: CorpusRow = {
  id: "clear-newer",
  bug: "The answer that a session is gone clears the client's session, which is another by now",
  seenIn: "modelcontextprotocol/typescript-sdk #2466 and #1718",
  expected: ["CAS_ACTIVE_ID"],
  story: ["create a", "resume a gone"],
  buggy: {
    name: "clears whatever is the client's session",
    level: 2,
    create: (env) => createHost(env, true),
  },
  twin: {
    name: "clears the session that is gone",
    level: 2,
    create: (env) => createHost(env, false),
  },
};

/** A client's conversation with the agent. */
interface Conversation {
  readonly id: string;
  handle: BackendHandle | undefined;
}

function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  /** Of each client that was here; `undefined` where it is gone. */
  const active = new Map<string, Conversation | undefined>();
  const busy = new Map<string, object>();

  /** Before the server was started again, each client had one. */
  const activeOf = (client: string): Conversation | undefined => {
    if (!active.has(client)) active.set(client, { id: `${client}#0`, handle: undefined });
    return active.get(client);
  };

  const bind = (client: string, session: Conversation | undefined, about: string): void => {
    active.set(client, session);
    env.report({ kind: "binding", client, session: session?.id, about });
  };

  return {
    async send(client, message) {
      if (activeOf(client) === undefined) throw new RejectedError("ended");
      if (busy.has(client)) throw new RejectedError("busy");
      busy.set(client, {});
      try {
        return await env.agent(client, message);
      } finally {
        busy.delete(client);
      }
    },
    async create(client) {
      const handle = await env.backend.open(client);
      const replaced = activeOf(client)?.handle;
      const id = `${client}#${handle.id}`;
      bind(client, { id, handle }, id);
      if (replaced !== undefined) await env.backend.close(replaced);
    },
    /** The client asks whether its session is still there. */
    async resume(client) {
      const captured = activeOf(client);
      if (captured === undefined || captured.handle !== undefined) return;
      try {
        const handle = await env.backend.resume(client);
        if (active.get(client) !== captured || captured.handle !== undefined) {
          return await env.backend.close(handle);
        }
        captured.handle = handle;
      } catch (error) {
        const isGone = error instanceof BackendGoneError;
        // The flaw: nobody compares. While this was asked, the client may have got another session.
        const isStill = isBroken || active.get(client) === captured;
        if (isGone && isStill) bind(client, undefined, captured.id);
        throw error;
      }
    },
    snapshot: () => ({
      sessions: Array.from(busy, ([session, guard]) => ({ session, guard })),
    }),
  };
}
