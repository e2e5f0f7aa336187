import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { type Letter, letterOf, runAgent, snapshotOf } from "./_letters.ts";
import { waitFor } from "./_within.ts";
import type { CorpusRow } from "./corpus_row.ts";

export const hangOnCancel: CorpusRow = {
  id: "hang-on-cancel",
  bug: "The agent does not heed its cancel, and the end of the session waits for it for ever",
  seenIn: "veryfront/veryfront-code #2239, rigplane/rigplane-core #2145",
  expected: ["STOP_TERMINATES"],
  story: ["send a deaf", "end a"],
  buggy: {
    name: "an end that waits for the agent",
    level: 2,
    create: (env) => createHost(env, true),
  },
  twin: {
    name: "an end that waits for so long",
    level: 2,
    create: (env) => createHost(env, false),
  },
};

interface Session {
  readonly waiting: Letter[];
  guard: object | undefined;
  controller: AbortController;
  turn: Promise<unknown> | undefined;
}

function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const sessions = new Map<string, Session>();
  const ended = new Set<string>();

  const work = async (name: string, session: Session): Promise<void> => {
    for (let letter = session.waiting.shift(); letter; letter = session.waiting.shift()) {
      const { message, settle } = letter;
      session.controller = new AbortController();
      const turn = runAgent(env, { session: name, message, signal: session.controller.signal });
      session.turn = turn;
      settle(await turn);
    }
    session.guard = undefined;
  };

  return {
    send(name, message) {
      if (ended.has(name)) return { accepted: false, reason: "ended" };
      const session = sessions.get(name) ??
        { waiting: [], guard: undefined, controller: new AbortController(), turn: undefined };
      sessions.set(name, session);
      const letter = letterOf(message);
      session.waiting.push(letter);
      if (session.guard === undefined) {
        session.guard = {};
        void work(name, session);
      }
      return letter.receipt;
    },
    async end(name) {
      ended.add(name);
      const session = sessions.get(name);
      if (session === undefined) return undefined;
      for (const { settle } of session.waiting.splice(0)) settle({ status: "cancelled" });
      session.controller.abort();
      // The flaw: it is the agent who decides when the session is over.
      return isBroken ? void await session.turn : await waitFor(env, session.turn);
    },
    snapshot: () => snapshotOf(sessions),
  };
}
