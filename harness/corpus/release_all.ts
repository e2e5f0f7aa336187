import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { type Letter, letterOf, runAgent, snapshotOf } from "./_letters.ts";
import type { CorpusRow } from "./corpus_row.ts";

/**
 * Two messages show a turn without a guard, `GUARD_WHILE_RUNNING`; the third finds the session free
 * and begins a turn beside it.
 */
export const releaseAll: CorpusRow = {
  id: "release-all",
  bug: "The task that finishes releases the guard, though it has handed it over to a drain task",
  seenIn: "NousResearch/hermes-agent #17772, in review",
  expected: ["SINGLE_TURN", "GUARD_WHILE_RUNNING"],
  story: ["send a", "send a", "send a"],
  buggy: {
    name: "a task that releases what it has handed over",
    level: 2,
    create: (env) => createHost(env, true),
  },
  twin: {
    name: "a task that releases what it still owns",
    level: 2,
    create: (env) => createHost(env, false),
  },
};

interface Session {
  readonly waiting: Letter[];
  guard: object | undefined;
  /** The task that has the guard. */
  owner: object | undefined;
}

function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const sessions = new Map<string, Session>();

  /** Whoever calls this has the guard, and gives it to a task that is as fresh as the message. */
  const handOver = (name: string, session: Session): void => {
    const letter = session.waiting.shift();
    if (letter === undefined) return;
    const task = {};
    session.owner = task;
    void work(name, session, { letter, task });
  };

  const work = async (
    name: string,
    session: Session,
    { letter, task }: { letter: Letter; task: object },
  ): Promise<void> => {
    letter.settle(await runAgent(env, { session: name, message: letter.message }));
    handOver(name, session);
    await env.io("stop typing", name);
    if (session.owner === task) handOver(name, session); // what came meanwhile
    // The flaw: nobody asks who owns the guard by now. It may be another task, which is at work.
    if (isBroken || session.owner === task) session.guard = undefined;
  };

  return {
    send(name, message) {
      const session = sessions.get(name) ??
        { waiting: [], guard: undefined, owner: undefined };
      sessions.set(name, session);
      const letter = letterOf(message);
      session.waiting.push(letter);
      if (session.guard === undefined) {
        session.guard = {};
        handOver(name, session);
      }
      return letter.receipt;
    },
    snapshot: () => snapshotOf(sessions),
  };
}
