import { type HostUnderTest, RejectedError, type SimEnv } from "../kit/adapter.ts";
import { within } from "./_within.ts";
import type { CorpusRow } from "./corpus_row.ts";

interface Turn {
  readonly controller: AbortController;
  readonly over: Promise<unknown>;
}

/** A stop waits for the turn; an immediate one aborts it first. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const turns = new Map<string, Turn>();

  async function cancel(session: string, isImmediate: unknown) {
    const turn = turns.get(session);
    if (turn === undefined) return;
    if (isImmediate) turn.controller.abort(new Error("Stopped"));
    return { abandoned: !await within(env.clock, turn.over, 5_000) };
  }

  return {
    async send(session, message) {
      if (turns.has(session)) throw new RejectedError("busy");
      const controller = new AbortController();
      const over = env.agent(session, message, { signal: controller.signal });
      turns.set(session, { controller, over });
      try {
        return await over;
      } finally {
        turns.delete(session);
      }
    },
    // The flaw: "graceful" is a text, and every text that is not empty is true.
    stop: (session, { level }) => cancel(session, isBroken ? level : level === "immediate"),
    snapshot: () => ({ sessions: [], held: { turns: turns.size } }),
  };
}

/** A level is passed on to something that takes a boolean. */
export const levelTruthy: CorpusRow = {
  id: "level-truthy",
  bug: '"graceful" is passed where a boolean is expected, and means immediate',
  seenIn: "hosts that hand the level of a stop on to a method that takes a boolean",
  expected: ["CANCEL_LEVEL"],
  story: ["send a", "stop a graceful"],
  buggy: { name: "level-truthy", level: 2, create: (env) => createHost(env, true) },
  twin: { name: "level-truthy, corrected", level: 2, create: (env) => createHost(env, false) },
};
