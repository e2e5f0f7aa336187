import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { type Letter, letterOf, runAgent, snapshotOf } from "./_letters.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** The clean-up takes its time, and the last look at what waits was before it. */
export const lateDrop: CorpusRow = {
  id: "late-drop",
  bug: "A message that comes while the finishing task cleans up is thrown away",
  seenIn: "NousResearch/hermes-agent #17896",
  expected: ["EXACTLY_ONE_OUTCOME"],
  story: ["send a", "send a"],
  buggy: {
    name: "a clean-up that does not look again",
    level: 2,
    create: (env) => createHost(env, true),
  },
  twin: {
    name: "a clean-up that looks again",
    level: 2,
    create: (env) => createHost(env, false),
  },
};

interface Session {
  readonly waiting: Letter[];
  readonly guard: object;
}

function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  /** Those that are busy. */
  const sessions = new Map<string, Session>();

  const work = async (name: string, session: Session): Promise<void> => {
    for (let letter = session.waiting.shift(); letter; letter = session.waiting.shift()) {
      letter.settle(await runAgent(env, { session: name, message: letter.message }));
    }
    await env.io("stop typing", name);
    // The flaw: the session is forgotten, and with it what was put down while the sign went off.
    if (isBroken || session.waiting.length === 0) sessions.delete(name);
    else void work(name, session);
  };

  return {
    send(name, message) {
      const letter = letterOf(message);
      const busy = sessions.get(name);
      if (busy !== undefined) busy.waiting.push(letter);
      else {
        const session = { waiting: [letter], guard: {} };
        sessions.set(name, session);
        void work(name, session);
      }
      return letter.receipt;
    },
    snapshot: () => snapshotOf(sessions),
  };
}
