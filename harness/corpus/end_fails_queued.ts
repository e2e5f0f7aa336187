import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { type Letter, letterOf, snapshotOf } from "./_letters.ts";
import type { CorpusRow } from "./corpus_row.ts";

export const endFailsQueued: CorpusRow = {
  id: "end-fails-queued",
  bug: "An end takes the agent away first, so a message that waits fails without having run",
  seenIn: "hosts that keep the agent of a session apart from its queue",
  expected: ["EXACTLY_ONE_OUTCOME"],
  story: ["send a", "send a", "end a"],
  buggy: {
    name: "an end that begins with the agent",
    level: 2,
    create: (env) => createHost(env, true),
  },
  twin: {
    name: "an end that begins with the line",
    level: 2,
    create: (env) => createHost(env, false),
  },
};

/** The agent's side of a session. */
type Ask = (message: string) => Promise<string>;

interface Session {
  readonly waiting: Letter[];
  guard: object | undefined;
  /** Settled when the line is worked off. */
  work: Promise<void>;
}

function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const sessions = new Map<string, Session>();
  const agents = new Map<string, Ask>();
  const ended = new Set<string>();

  const work = async (name: string, session: Session): Promise<void> => {
    for (let letter = session.waiting.shift(); letter; letter = session.waiting.shift()) {
      try {
        const ask = agents.get(name);
        if (ask === undefined) throw new Error(`Session "${name}" has no agent`);
        letter.settle({ status: "completed", reply: await ask(letter.message) });
      } catch {
        letter.settle({ status: "failed" });
      }
    }
    session.guard = undefined;
  };

  return {
    send(name, message) {
      if (ended.has(name)) return { accepted: false, reason: "ended" };
      const session = sessions.get(name) ??
        { waiting: [], guard: undefined, work: Promise.resolve() };
      sessions.set(name, session);
      agents.set(name, (message) => env.agent(name, message));
      const letter = letterOf(message);
      session.waiting.push(letter);
      if (session.guard === undefined) {
        session.guard = {};
        session.work = work(name, session);
      }
      return letter.receipt;
    },
    async end(name) {
      ended.add(name);
      const { waiting, work } = sessions.get(name) ?? { waiting: [], work: undefined };
      // The flaw: those who wait are not told, and come to their turn without an agent.
      if (isBroken) agents.delete(name);
      else for (const { settle } of waiting.splice(0)) settle({ status: "cancelled" });
      await work;
      agents.delete(name);
    },
    snapshot: () => snapshotOf(sessions),
  };
}
