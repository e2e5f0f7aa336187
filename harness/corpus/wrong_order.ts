import { type HostUnderTest, RejectedError, type SimEnv } from "../kit/adapter.ts";
import { TurnChains } from "./_turn_chains.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** Stops by its parts: what takes messages in, the turns, what runs the agents. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const chains = new TurnChains();
  const open = new Set<Promise<unknown>>();
  let isDraining = false;
  let stopped: Promise<void> | undefined;

  const intake = () => {
    isDraining = true;
    env.report({ kind: "phase", phase: "intake" });
  };
  const turns = async () => {
    await Promise.allSettled(open);
    env.report({ kind: "phase", phase: "turns" });
  };
  const agents = async () => {
    await env.io("stop backend");
    env.report({ kind: "phase", phase: "agents" });
  };

  async function stop(): Promise<void> {
    // The flaw: what the rest stands on goes first, and messages still come in.
    const parts = isBroken ? [agents, intake, turns] : [intake, turns, agents];
    for (const part of parts) await part();
  }

  return {
    async send(session, message) {
      if (isDraining) throw new RejectedError("draining");
      const turn = chains.run(session, () => env.agent(session, message));
      open.add(turn);
      try {
        return await turn;
      } finally {
        open.delete(turn);
      }
    },
    shutdown: () => stopped ??= stop(),
    snapshot: () => ({ sessions: [], held: { turns: open.size } }),
  };
}

/** Messages are taken in, and run, although the backend is stopping: that is broken, too. */
export const wrongOrder: CorpusRow = {
  id: "wrong-order",
  bug: "the backend stops before the intake",
  seenIn: "hosts that stop part by part",
  expected: ["SHUTDOWN_ORDER", "QUIESCENT_AFTER_STOP"],
  story: ["shutdown"],
  buggy: { name: "wrong-order", level: 2, create: (env) => createHost(env, true) },
  twin: { name: "wrong-order, corrected", level: 2, create: (env) => createHost(env, false) },
};
