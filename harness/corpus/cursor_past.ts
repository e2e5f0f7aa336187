import type { HostAdapter, HostOutcome, HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { TurnChains } from "./_turn_chains.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** A log of each session on disk, which is read again from where the last turn had come to. */
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
  lines.forEach(({ what, session, message }, at) => {
    const ends = (line: typeof lines[number], lineAt: number) =>
      // The flaw: the end of a turn stands for all that had come in by then, and what came in during
      // the turn was only in the memory of the process that died.
      line.what === "outcome" && line.session === session &&
      (isBroken ? lineAt > at : line.message === message);
    if (what === "outcome" || lines.some(ends)) return;
    void chains.run(session, () => turn(session, message));
  });

  return {
    async send(session, message) {
      await env.store.append({ what: "message", session, message });
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

/** A message comes during a turn; the turn ends, and the process dies before the next one has. */
export const cursorPast: CorpusRow = {
  id: "cursor-past",
  bug: "the cursor that is stored at the end of a turn is past a message that has not run",
  seenIn: "triggerdotdev/trigger.dev #4795, #4907; nanocoai/nanoclaw #1321",
  expected: ["ACK_TRUTH"],
  story: ["send a", "send a", "crash"],
  buggy: { ...common, name: "cursor-past", create: (env) => createHost(env, true) },
  twin: { ...common, name: "cursor-past, corrected", create: (env) => createHost(env, false) },
};
