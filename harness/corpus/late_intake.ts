import { type HostUnderTest, RejectedError, type SimEnv } from "../kit/adapter.ts";
import { TurnChains } from "./_turn_chains.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** A server in front of a queue. Both are to take nothing more when the host shuts down. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const chains = new TurnChains();
  const open = new Set<Promise<unknown>>();
  let isServing = true;
  let isTaking = true;

  async function closeServer(): Promise<void> {
    await null;
    isServing = false;
  }

  async function shutdown(): Promise<void> {
    // The flaw: one step after the other, as they were written down. The queue, which others have,
    // too, takes messages until the server is closed, even though that is a matter of microtasks.
    if (!isBroken) isTaking = false;
    if (isServing) await closeServer();
    isTaking = false;
    await Promise.allSettled(open);
  }

  return {
    async send(session, message) {
      if (!isTaking) throw new RejectedError("draining");
      const turn = chains.run(session, () => env.agent(session, message));
      open.add(turn);
      try {
        return await turn;
      } finally {
        open.delete(turn);
      }
    },
    shutdown,
    snapshot: () => ({ sessions: [], held: { turns: open.size } }),
  };
}

/** A message that is sent in one breath with the shutdown is taken in, and starts a turn. */
export const lateIntake: CorpusRow = {
  id: "late-intake",
  bug: "a shutdown closes its queue some microtasks after it was asked for",
  seenIn: "the host of this project",
  expected: ["QUIESCENT_AFTER_STOP"],
  story: ["shutdown", "send a"],
  buggy: { name: "late-intake", level: 2, create: (env) => createHost(env, true) },
  twin: { name: "late-intake, corrected", level: 2, create: (env) => createHost(env, false) },
};
