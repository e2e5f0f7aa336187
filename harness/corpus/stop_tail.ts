import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { type Letter, letterOf, runAgent, snapshotOf } from "./_letters.ts";
import { waitFor } from "./_within.ts";
import type { CorpusRow } from "./corpus_row.ts";

/**
 * What moves up in the very instant of the stop may have been on its way to its turn: that is told
 * as `CANCEL_TARGET`.
 */
export const stopTail: CorpusRow = {
  id: "stop-tail",
  bug: "A stop drops the head of the line, the tail moves up, and runs",
  seenIn: "MervinPraison/PraisonAI #5129, NousResearch/hermes-agent #93871",
  expected: ["STOP_CLEARS_ALL", "CANCEL_TARGET"],
  story: ["send a", "send a", "stop a"],
  buggy: {
    name: "a stop that clears the head of the line",
    level: 2,
    create: (env) => createHost(env, true),
  },
  twin: {
    name: "a stop that clears the line",
    level: 2,
    create: (env) => createHost(env, false),
  },
};

interface Session {
  /** The next message, and those that wait behind it. */
  head: Letter | undefined;
  readonly tail: Letter[];
  guard: object | undefined;
  controller: AbortController;
  turn: Promise<unknown> | undefined;
}

function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const sessions = new Map<string, Session>();

  const takeHead = (session: Session): Letter | undefined => {
    const { head } = session;
    session.head = session.tail.shift();
    return head;
  };

  const work = async (name: string, session: Session): Promise<void> => {
    while (session.head !== undefined) {
      await env.io("show typing", name);
      const letter = takeHead(session);
      if (letter === undefined) break; // it was stopped
      session.controller = new AbortController();
      const { signal } = session.controller;
      const turn = runAgent(env, { session: name, message: letter.message, signal });
      session.turn = turn;
      letter.settle(await turn);
    }
    session.guard = undefined;
  };

  return {
    send(name, message) {
      const session = sessions.get(name) ?? {
        head: undefined,
        tail: [],
        guard: undefined,
        controller: new AbortController(),
        turn: undefined,
      };
      sessions.set(name, session);
      const letter = letterOf(message);
      if (session.head === undefined) session.head = letter;
      else session.tail.push(letter);
      if (session.guard === undefined) {
        session.guard = {};
        void work(name, session);
      }
      return letter.receipt;
    },
    stop(name, { level, queued = "discard" }) {
      const session = sessions.get(name);
      if (session === undefined) return;
      if (queued === "discard") {
        takeHead(session)?.settle({ status: "cancelled" });
        // The flaw: that was one message. The next one has moved up.
        while (!isBroken && session.head) takeHead(session)!.settle({ status: "cancelled" });
      }
      if (level === "immediate") session.controller.abort();
      return waitFor(env, session.turn);
    },
    snapshot: () =>
      snapshotOf(
        new Map(Array.from(sessions, ([name, { head, tail, guard }]) => {
          return [name, { guard, waiting: head === undefined ? tail : [head, ...tail] }];
        })),
      ),
  };
}
