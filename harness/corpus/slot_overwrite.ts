import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { type Letter, letterOf, runAgent, snapshotOf } from "./_letters.ts";
import type { CorpusRow } from "./corpus_row.ts";

export const slotOverwrite: CorpusRow = {
  id: "slot-overwrite",
  bug: "There is one place for a follow-up, and the second one overwrites the first",
  seenIn: "NousResearch/hermes-agent #28503 and #4947",
  expected: ["EXACTLY_ONE_OUTCOME"],
  story: ["send a", "send a", "send a"],
  buggy: {
    name: "one place for a follow-up",
    level: 2,
    create: (env) => createHost(env, true),
  },
  twin: {
    name: "a line of follow-ups",
    level: 2,
    create: (env) => createHost(env, false),
  },
};

interface Session {
  waiting: readonly Letter[];
  guard: object | undefined;
}

function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const sessions = new Map<string, Session>();

  const work = async (name: string, session: Session): Promise<void> => {
    while (session.waiting.length > 0) {
      const [letter, ...others] = session.waiting;
      session.waiting = others;
      letter!.settle(await runAgent(env, { session: name, message: letter!.message }));
    }
    session.guard = undefined;
  };

  return {
    send(name, message) {
      const session = sessions.get(name) ?? { waiting: [], guard: undefined };
      sessions.set(name, session);
      const letter = letterOf(message);
      // The flaw: what waits already is thrown away for what comes now.
      session.waiting = isBroken ? [letter] : [...session.waiting, letter];
      if (session.guard === undefined) {
        session.guard = {};
        void work(name, session);
      }
      return letter.receipt;
    },
    snapshot: () => snapshotOf(sessions),
  };
}
