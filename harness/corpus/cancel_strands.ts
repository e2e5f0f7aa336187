import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { type Letter, letterOf, runAgent, snapshotOf } from "./_letters.ts";
import { waitFor } from "./_within.ts";
import type { CorpusRow } from "./corpus_row.ts";

export const cancelStrands: CorpusRow = {
  id: "cancel-strands",
  bug: "A stop settles the message that runs, and throws those that wait away without a word",
  seenIn: "B3; openclaw/openclaw #15617, sindresorhus/p-queue #239",
  expected: ["FUTURE_SETTLES"],
  story: ["send a", "send a", "stop a"],
  buggy: {
    name: "a line that is emptied",
    level: 2,
    create: (env) => createHost(env, true),
  },
  twin: {
    name: "a line that is emptied and told",
    level: 2,
    create: (env) => createHost(env, false),
  },
};

interface Session {
  waiting: Letter[];
  readonly guard: object;
  controller: AbortController;
  turn: Promise<unknown> | undefined;
}

function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  /** Those that are busy. */
  const sessions = new Map<string, Session>();

  const work = async (name: string, session: Session): Promise<void> => {
    for (let letter = session.waiting.shift(); letter; letter = session.waiting.shift()) {
      const { message, settle } = letter;
      session.controller = new AbortController();
      const turn = runAgent(env, { session: name, message, signal: session.controller.signal });
      session.turn = turn;
      settle(await turn);
    }
    sessions.delete(name);
  };

  return {
    send(name, message) {
      const letter = letterOf(message);
      const busy = sessions.get(name);
      if (busy !== undefined) busy.waiting.push(letter);
      else {
        const controller = new AbortController();
        const session = { waiting: [letter], guard: {}, controller, turn: undefined };
        sessions.set(name, session);
        void work(name, session);
      }
      return letter.receipt;
    },
    stop(name, { level, queued = "discard" }) {
      const session = sessions.get(name);
      if (session === undefined) return;
      if (queued === "discard") {
        const discarded = session.waiting.splice(0);
        // The flaw: whoever sent them waits for ever.
        if (!isBroken) { for (const { settle } of discarded) settle({ status: "cancelled" }); }
      }
      if (level === "immediate") session.controller.abort();
      return waitFor(env, session.turn);
    },
    snapshot: () => snapshotOf(sessions),
  };
}
