import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { type Letter, letterOf, runAgent, snapshotOf } from "./_letters.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** Each follow-up waits for the one after it, down to the end of the chain. */
export const recursion: CorpusRow = {
  id: "recursion",
  bug: "The drain of a session awaits itself for each follow-up",
  seenIn: "NousResearch/hermes-agent #17758, a crash after some 2,000 follow-ups",
  expected: ["BOUNDED_STACK"],
  story: [],
  buggy: {
    name: "a drain that awaits itself",
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
    // The flaw: this call is only over when the whole chain is, and until then it is kept.
    if (isBroken) await drain(name, session);
    else void drain(name, session);
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
