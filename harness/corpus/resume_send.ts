import type { BackendHandle, HostUnderTest, SimEnv } from "../kit/adapter.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** The agent's side of a session, and the line of its turns. */
class Connection {
  readonly handle: BackendHandle;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(handle: BackendHandle) {
    this.handle = handle;
  }

  run(turn: () => Promise<string>): Promise<string> {
    const result = this.#tail.then(turn);
    this.#tail = result.catch(() => {});
    return result;
  }
}

/** A session that is not connected is reconnected by the next message, or by a resume. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const connections = new Map<string, Promise<Connection>>();
  const connected = new Set<string>();

  function reconnect(session: string): void {
    const connection = env.backend.resume(session).then((handle) => {
      connected.add(session);
      return new Connection(handle);
    });
    connections.set(session, connection);
    connection.catch(() => {
      if (connections.get(session) === connection) connections.delete(session);
    });
  }

  return {
    async send(session, message) {
      if (!connections.has(session)) reconnect(session);
      const connection = await connections.get(session)!;
      return await connection.run(() => env.agent(session, message));
    },
    async resume(session) {
      // The flaw: it asks whether the session is connected, and not whether a message is just
      // connecting it. Then there are two connections, each with a line of its own.
      const isThere = isBroken ? connected.has(session) : connections.has(session);
      if (!isThere) reconnect(session);
      await connections.get(session);
    },
    snapshot: () => ({ sessions: [] }),
  };
}

/**
 * A message and an explicit resume reconnect the same session side by side. One handle is left over;
 * and a message that came before may run beside one that came after, or behind it.
 */
export const resumeSend: CorpusRow = {
  id: "resume-send",
  bug: "resume and send reconnect without a common lock",
  seenIn: "hosts in which a resume and the next message both reconnect a session",
  expected: ["SINGLE_TURN", "NO_CREATE_LEAK", "FIFO"],
  story: ["send a", "resume a", "send a"],
  buggy: { name: "resume-send", level: 2, create: (env) => createHost(env, true) },
  twin: { name: "resume-send, corrected", level: 2, create: (env) => createHost(env, false) },
};
