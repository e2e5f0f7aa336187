import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { type Letter, letterOf, runAgent, snapshotOf } from "./_letters.ts";
import type { CorpusRow } from "./corpus_row.ts";

export const strand: CorpusRow = {
  id: "strand",
  bug: "A message is queued after an await: on a session that is idle by then",
  seenIn: "SII-Holos/synergy #202, openclaw/openclaw #92284",
  expected: ["NO_STRANDED_PENDING"],
  story: ["send a", "send a"],
  buggy: {
    name: "a message that is queued after an await",
    level: 2,
    // A message has its place from when it is queued.
    policies: { order: "acceptance" },
    create: (env) => createHost(env, true),
  },
  twin: {
    name: "a message that is queued at once",
    level: 2,
    // A message has its place from when it is queued.
    policies: { order: "acceptance" },
    create: (env) => createHost(env, false),
  },
};

interface Session {
  readonly waiting: Letter[];
  guard: object | undefined;
}

function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const sessions = new Map<string, Session>();

  const work = async (name: string, session: Session): Promise<void> => {
    for (let letter = session.waiting.shift(); letter; letter = session.waiting.shift()) {
      letter.settle(await runAgent(env, { session: name, message: letter.message }));
    }
    session.guard = undefined;
  };

  return {
    async send(name, message) {
      const session = sessions.get(name) ?? { waiting: [], guard: undefined };
      sessions.set(name, session);
      const letter = letterOf(message);
      if (session.guard === undefined) {
        session.waiting.push(letter);
        session.guard = {};
        void work(name, session);
      } else {
        // The flaw: when the sender has been told, the turn may be over and nobody looks again.
        if (isBroken) await env.io("say that it waits", name);
        session.waiting.push(letter);
        if (!isBroken) void env.io("say that it waits", name);
      }
      return letter.receipt;
    },
    snapshot: () => snapshotOf(sessions),
  };
}
