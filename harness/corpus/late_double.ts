import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { type Letter, letterOf, runAgent, snapshotOf } from "./_letters.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** Two places begin the next turn: the hand-over after a run, and the look after the clean-up. */
export const lateDouble: CorpusRow = {
  id: "late-double",
  bug: "A message that comes during the clean-up is run by a second task, beside the hand-over",
  seenIn: "NousResearch/hermes-agent #17896",
  expected: ["SINGLE_TURN"],
  story: ["send a", "send a", "send a"],
  buggy: {
    name: "a clean-up that begins a second turn",
    level: 2,
    create: (env) => createHost(env, true),
  },
  twin: {
    name: "a clean-up that leaves the next turn to the new owner",
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

  /** Whoever calls this has the guard, and gives it to a fresh task. */
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
    // The flaw: what came late is begun at once, though the guard was handed over before.
    if (isBroken || session.owner === task) handOver(name, session);
    if (session.owner === task) session.guard = undefined;
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
