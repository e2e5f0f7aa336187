import type { HostAdapter, HostOutcome, HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { TurnChains } from "./_turn_chains.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** A journal on disk: what has no outcome there when the process comes back is run then. */
async function createHost(env: SimEnv, isBroken: boolean): Promise<HostUnderTest> {
  const chains = new TurnChains();

  async function turn(session: string, message: string): Promise<HostOutcome> {
    const outcome = await env.agent(session, message).then(
      (reply) => ({ status: "completed", reply }) as const,
      () => ({ status: "failed" }) as const,
    );
    await env.store.append({ what: "outcome", session, message });
    return outcome;
  }

  const lines = (await env.store.read()).filter(({ isTorn }) => !isTorn);
  const done = new Set(
    lines.filter(({ what }) => what === "outcome").map(({ message }) => message),
  );
  for (const { what, session, message } of lines) {
    if (what === "outcome" || done.has(message)) continue;
    void chains.run(session, () => turn(session, message));
  }

  return {
    async send(session, message) {
      const stored = env.store.append({ what: "message", session, message });
      // The flaw: "accepted" is answered while the message is still on its way to the disk.
      if (!isBroken) await stored;
      return { accepted: true, outcome: chains.run(session, () => turn(session, message)) };
    },
    snapshot: () => ({ sessions: [] }),
  };
}

const common = {
  level: 2,
  features: ["crash"],
  policies: { durable: true, order: "acceptance" },
} satisfies Partial<HostAdapter>;

/** Should the process die now, nobody knows of the message but the one who was told not to worry. */
export const ackLost: CorpusRow = {
  id: "ack-lost",
  bug: "a message is acknowledged, and the process dies before it is stored",
  seenIn: "chat hosts that acknowledge an event as soon as it comes",
  expected: ["ACK_TRUTH"],
  story: ["send a"],
  buggy: { ...common, name: "ack-lost", create: (env) => createHost(env, true) },
  twin: { ...common, name: "ack-lost, corrected", create: (env) => createHost(env, false) },
};
