import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { type Letter, letterOf, runAgent, snapshotOf } from "./_letters.ts";
import type { CorpusRow } from "./corpus_row.ts";

/**
 * If the turn ends in the very instant, nobody can say any more whether the message was in line:
 * then it is one without an outcome, `EXACTLY_ONE_OUTCOME`.
 */
export const falseAck: CorpusRow = {
  id: "false-ack",
  bug: "The line is full, the message is dropped, and its sender is told that it waits",
  seenIn: "NousResearch/hermes-agent #113233, loopyard/loopyard #78",
  expected: ["ACK_TRUTH", "EXACTLY_ONE_OUTCOME"],
  story: ["send a", "send a", "send a"],
  buggy: {
    name: "a full line that says yes",
    level: 2,
    create: (env) => createHost(env, true),
  },
  twin: {
    name: "a full line that says so",
    level: 2,
    create: (env) => createHost(env, false),
  },
};

interface Session {
  readonly waiting: Letter[];
  guard: object | undefined;
}

const WAITING_MAX = 1;

function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const sessions = new Map<string, Session>();

  const work = async (name: string, session: Session, first: Letter): Promise<void> => {
    for (let letter: Letter | undefined = first; letter; letter = session.waiting.shift()) {
      letter.settle(await runAgent(env, { session: name, message: letter.message }));
    }
    session.guard = undefined;
  };

  /** Whether there was room for it. */
  const queue = ({ waiting }: Session, letter: Letter): boolean =>
    waiting.length < WAITING_MAX && waiting.push(letter) > 0;

  return {
    send(name, message) {
      const session = sessions.get(name) ?? { waiting: [], guard: undefined };
      sessions.set(name, session);
      const letter = letterOf(message);
      if (session.guard === undefined) {
        session.guard = {};
        void work(name, session, letter);
      } else {
        const isQueued = queue(session, letter);
        // The flaw: what is answered goes by the mode of the host, and not by what became of it.
        if (!isQueued && !isBroken) return { accepted: false, reason: "full" };
      }
      return letter.receipt;
    },
    snapshot: () => snapshotOf(sessions),
  };
}
