import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { type Letter, letterOf, runAgent, snapshotOf } from "./_letters.ts";
import { waitFor } from "./_within.ts";
import type { CorpusRow } from "./corpus_row.ts";

export const shutdownSpawn: CorpusRow = {
  id: "shutdown-spawn",
  bug: "A shutdown cancels the turns and leaves what waits: each task that it ends begins the next",
  seenIn: "tasks begun in a shutdown in NousResearch/hermes-agent #12471",
  expected: ["QUIESCENT_AFTER_STOP"],
  story: ["send a", "send a", "shutdown"],
  buggy: {
    name: "a shutdown that leaves what waits",
    level: 2,
    create: (env) => createHost(env, true),
  },
  twin: {
    name: "a shutdown that clears what waits",
    level: 2,
    create: (env) => createHost(env, false),
  },
};

interface Session {
  readonly waiting: Letter[];
  readonly guard: object;
  controller: AbortController;
  turn: Promise<unknown> | undefined;
}

function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  /** Those that are busy. */
  const sessions = new Map<string, Session>();
  let isShut = false;

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
      if (isShut) return { accepted: false, reason: "draining" };
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
    shutdown() {
      isShut = true;
      const turns: unknown[] = [];
      for (const { waiting, controller, turn } of sessions.values()) {
        // The flaw: the task takes the next message from the line as soon as this turn is over.
        if (!isBroken) {
          for (const { settle } of waiting.splice(0)) settle({ status: "cancelled" });
        }
        controller.abort();
        turns.push(turn);
      }
      return waitFor(env, Promise.all(turns));
    },
    snapshot: () => snapshotOf(sessions),
  };
}
