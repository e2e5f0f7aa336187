import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { type Letter, letterOf, runAgent, snapshotOf } from "./_letters.ts";
import { waitFor } from "./_within.ts";
import type { CorpusRow } from "./corpus_row.ts";

/**
 * Of a message that came, and was taken from the line, in the very instant of the stop nobody can
 * say that it was not in line: that is told as `STOP_CLEARS_ALL`.
 */
export const stopSwallow: CorpusRow = {
  id: "stop-swallow",
  bug: "A stop in the clean-up between two turns is swallowed, and the next message runs",
  seenIn: "a stop lost before the next run in NousResearch/hermes-agent #71186",
  expected: ["CANCEL_TARGET", "STOP_CLEARS_ALL"],
  story: ["send a", "send a", "stop a"],
  buggy: {
    name: "a clean-up that swallows a stop",
    level: 2,
    create: (env) => createHost(env, true),
  },
  twin: {
    name: "a clean-up after which one looks whether a stop came",
    level: 2,
    create: (env) => createHost(env, false),
  },
};

interface Session {
  readonly waiting: Letter[];
  readonly guard: object;
  /** Stops the turn that runs, or the one that comes next. */
  controller: AbortController;
  turn: Promise<unknown> | undefined;
}

function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  /** Those that are busy. */
  const sessions = new Map<string, Session>();

  const work = async (name: string, session: Session): Promise<void> => {
    let letter = session.waiting.shift();
    while (letter !== undefined) {
      const { message, settle } = letter;
      const turn = runAgent(env, { session: name, message, signal: session.controller.signal });
      session.turn = turn;
      settle(await turn);
      letter = session.waiting.shift();
      session.controller = new AbortController();
      await env.io("stop typing", name);
      const { aborted } = session.controller.signal;
      if (aborted) session.controller = new AbortController();
      // The flaw: nobody looks whether the next message was stopped while the sign went off.
      if (aborted && !isBroken) {
        letter?.settle({ status: "cancelled" });
        letter = undefined;
      }
      letter ??= session.waiting.shift();
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
