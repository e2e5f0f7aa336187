import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { TurnChains } from "./_turn_chains.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** Who wrote is looked up for each message; the agent's turns are in order. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const chains = new TurnChains();

  return {
    async send(session, message) {
      const user = env.io("look up user", session);
      // The flaw: the place in line is taken after the lookup, which takes longer for some.
      if (isBroken) await user;
      return await chains.run(session, async () => {
        await user;
        return await env.agent(session, message);
      });
    },
    snapshot: () => ({ sessions: [] }),
  };
}

/** Two messages of one thread: the user of the second one is known already. */
export const reorder: CorpusRow = {
  id: "reorder",
  bug: "awaits of different length before the queue reorder two messages of one thread",
  seenIn: "chat hosts that look up who wrote before they queue a message",
  expected: ["FIFO"],
  story: ["send a", "send a"],
  buggy: { name: "reorder", level: 2, create: (env) => createHost(env, true) },
  twin: { name: "reorder, corrected", level: 2, create: (env) => createHost(env, false) },
};
