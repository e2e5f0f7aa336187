import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { type Letter, letterOf, runAgent, snapshotOf } from "./_letters.ts";
import { waitFor } from "./_within.ts";
import type { CorpusRow } from "./corpus_row.ts";

export const cancelStrands: CorpusRow = {
  id: "cancel-strands",
  bug:
    "A worker that is cancelled in its run settles only that one, and goes; what it was to do hangs",
  seenIn: "hosts with one worker for each session, which takes its messages one after the other",
  expected: ["FUTURE_SETTLES", "EXACTLY_ONE_OUTCOME"],
  story: ["send a", "stop a", "send a"],
  buggy: {
    name: "a worker that leaves when it is cancelled",
    level: 2,
    create: (env) => createHost(env, true),
  },
  twin: {
    name: "a worker that goes on with what was kept",
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
      // The flaw: its cancel ends the worker, and not only the turn. Its line goes with it.
      if (isBroken && session.controller.signal.aborted) break;
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
        for (const { settle } of session.waiting.splice(0)) settle({ status: "cancelled" });
      }
      if (level === "immediate") session.controller.abort();
      return waitFor(env, session.turn);
    },
    snapshot: () => snapshotOf(sessions),
  };
}
