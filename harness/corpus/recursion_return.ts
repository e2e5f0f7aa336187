import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { type Letter, letterOf, runAgent, snapshotOf } from "./_letters.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** As `recursion`, without an `await`: no stack shows it, but each promise waits for the next. */
export const recursionReturn: CorpusRow = {
  id: "recursion-return",
  bug: "The drain of a session returns the promise of the next drain",
  seenIn: "NousResearch/hermes-agent #17758",
  expected: ["BOUNDED_STACK"],
  story: [],
  buggy: {
    name: "a drain that returns itself",
    level: 2,
    create: (env) => createHost(env, true),
  },
  twin: {
    name: "a drain that begins another one",
    level: 2,
    create: (env) => createHost(env, false),
  },
};

interface Session {
  readonly waiting: Letter[];
  guard: object | undefined;
}

function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const sessions = new Map<string, Session>();

  const drain = async (name: string, session: Session): Promise<void> => {
    const letter = session.waiting.shift();
    if (letter === undefined) return void (session.guard = undefined);
    letter.settle(await runAgent(env, { session: name, message: letter.message }));
    // The flaw: an async function that returns a promise is over when that is. The chain is kept.
    if (isBroken) return drain(name, session);
    void drain(name, session);
  };

  return {
    send(name, message) {
      const session = sessions.get(name) ?? { waiting: [], guard: undefined };
      sessions.set(name, session);
      const letter = letterOf(message);
      session.waiting.push(letter);
      if (session.guard === undefined) {
        session.guard = {};
        void drain(name, session);
      }
      return letter.receipt;
    },
    snapshot: () => snapshotOf(sessions),
  };
}
