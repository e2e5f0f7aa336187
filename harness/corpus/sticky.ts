import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { type Letter, letterOf, runAgent, snapshotOf } from "./_letters.ts";
import { waitFor } from "./_within.ts";
import type { CorpusRow } from "./corpus_row.ts";

export const sticky: CorpusRow = {
  id: "sticky",
  bug: "A stop of an idle session is kept, and kills the next turn",
  seenIn: "NousResearch/hermes-agent #44212, omnigent-ai/omnigent #717",
  expected: ["CANCEL_NOT_STICKY"],
  story: ["stop a", "send a"],
  buggy: {
    name: "a stop that is kept for the next turn",
    level: 2,
    create: (env) => createHost(env, true),
  },
  twin: {
    name: "a stop that is over with its turn",
    level: 2,
    create: (env) => createHost(env, false),
  },
};

interface Session {
  readonly waiting: Letter[];
  guard: object | undefined;
  /** Aborted to stop what runs. */
  controller: AbortController;
  turn: Promise<unknown> | undefined;
}

function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const sessions = new Map<string, Session>();
  const sessionOf = (name: string): Session => {
    const session = sessions.get(name) ??
      { waiting: [], guard: undefined, controller: new AbortController(), turn: undefined };
    sessions.set(name, session);
    return session;
  };

  const work = async (name: string, session: Session): Promise<void> => {
    for (let letter = session.waiting.shift(); letter; letter = session.waiting.shift()) {
      const { message, settle } = letter;
      // The flaw: it is only replaced when a turn is over, and not when one begins.
      if (!isBroken) session.controller = new AbortController();
      const turn = runAgent(env, { session: name, message, signal: session.controller.signal });
      session.turn = turn;
      settle(await turn);
      session.controller = new AbortController();
    }
    session.guard = undefined;
  };

  return {
    send(name, message) {
      const session = sessionOf(name);
      const letter = letterOf(message);
      session.waiting.push(letter);
      if (session.guard === undefined) {
        session.guard = {};
        void work(name, session);
      }
      return letter.receipt;
    },
    stop(name, { level, queued = "discard" }) {
      const session = sessionOf(name);
      if (queued === "discard") {
        for (const { settle } of session.waiting.splice(0)) settle({ status: "cancelled" });
      }
      if (level === "immediate") session.controller.abort();
      return waitFor(env, session.turn);
    },
    snapshot: () => snapshotOf(sessions),
  };
}
