import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { type Letter, letterOf, runAgent, snapshotOf } from "./_letters.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** As `recursion`, without async functions: each `then()` waits for the one of the next drain. */
export const recursionThen: CorpusRow = {
  id: "recursion-then",
  bug: "The drain of a session goes on with itself in a then()",
  seenIn: "NousResearch/hermes-agent #17758",
  expected: ["BOUNDED_STACK"],
  story: [],
  buggy: {
    name: "a drain that goes on with itself",
    level: 2,
    create: (env) => createHost(env, true),
  },
  twin: {
    name: "a drain that begins another one in its then()",
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

  const drain = (name: string, session: Session): Promise<void> => {
    const letter = session.waiting.shift();
    if (letter === undefined) {
      session.guard = undefined;
      return Promise.resolve();
    }
    return runAgent(env, { session: name, message: letter.message }).then((outcome) => {
      letter.settle(outcome);
      const next = drain(name, session);
      // The flaw: what a then() is given is waited for, so each drain waits for the next one.
      return isBroken ? next : undefined;
    });
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
