import { type HostUnderTest, RejectedError, type SimEnv } from "../kit/adapter.ts";
import { TurnChains } from "./_turn_chains.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** All that is typed is a turn on the session's lane, the command `/end` too. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const chains = new TurnChains();
  const ended = new Set<string>();

  function inLane<T>(session: string, by: string, turn: () => Promise<T>): Promise<T> {
    const lane = { kind: "lock", key: `lane of ${session}`, by } as const;
    env.report({ ...lane, act: "wait" });
    return chains.run(session, async () => {
      env.report({ ...lane, act: "hold" });
      try {
        return await turn();
      } finally {
        env.report({ ...lane, act: "release" });
      }
    });
  }

  async function endSession(session: string): Promise<void> {
    const close = () => env.io("close", session);
    // The flaw: a session is closed when its turn is over, and it is a turn that asks for it here.
    if (isBroken) await inLane(session, "close", close);
    else await close();
  }

  return {
    send(session, message) {
      if (ended.has(session)) throw new RejectedError("ended");
      return inLane(session, message, async () => {
        if (ended.has(session)) throw new Error(`Session "${session}" was ended`);
        return await env.agent(session, message);
      });
    },
    end(session) {
      ended.add(session);
      return inLane(session, "/end", () => endSession(session));
    },
    snapshot: () => ({ sessions: [] }),
  };
}

/** The command that ends a session runs as one of its turns. */
export const selfEnd: CorpusRow = {
  id: "self-end",
  bug: "a turn that ends its own session waits for itself",
  seenIn: "chat hosts in which a command such as /end is a turn of the session, too",
  expected: ["STOP_TERMINATES"],
  story: ["end a"],
  buggy: { name: "self-end", level: 2, create: (env) => createHost(env, true) },
  twin: { name: "self-end, corrected", level: 2, create: (env) => createHost(env, false) },
};
