import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { type Letter, letterOf, runAgent, snapshotOf } from "./_letters.ts";
import { waitFor } from "./_within.ts";
import type { CorpusRow } from "./corpus_row.ts";

/**
 * The guard that stays is told first, as `NO_ORPHAN_GUARD`: it is what the session is busy with for
 * ever.
 */
export const drainCancel: CorpusRow = {
  id: "drain-cancel",
  bug: "A drain task that is cancelled before its first step never releases the guard",
  seenIn: "the same end in NousResearch/hermes-agent #89861",
  expected: ["EVENTUALLY_IDLE", "NO_ORPHAN_GUARD"],
  story: ["send a", "send a", "stop a"],
  buggy: {
    name: "a cancelled task that never cleans up",
    level: 2,
    create: (env) => createHost(env, true),
  },
  twin: {
    name: "a cancelled task whose clean-up is done for it",
    level: 2,
    create: (env) => createHost(env, false),
  },
};

interface Session {
  waiting: Letter[];
  guard: object | undefined;
  /** The turn that runs. */
  turn: { readonly controller: AbortController; readonly over: Promise<void> } | undefined;
  /** The task that has the guard, and has not begun. */
  drain: { readonly timer: unknown; readonly letter: Letter } | undefined;
}

function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const sessions = new Map<string, Session>();

  const begin = (name: string, session: Session, letter: Letter): void => {
    const controller = new AbortController();
    session.drain = undefined;
    session.turn = { controller, over: work(name, session, { letter, signal: controller.signal }) };
  };

  const work = async (
    name: string,
    session: Session,
    { letter, signal }: { letter: Letter; signal: AbortSignal },
  ): Promise<void> => {
    letter.settle(await runAgent(env, { session: name, message: letter.message, signal }));
    session.turn = undefined;
    handOver(name, session);
  };

  /** The next message gets a fresh task, and this one comes to its end. */
  const handOver = (name: string, session: Session): void => {
    const letter = session.waiting.shift();
    if (letter === undefined) return void (session.guard = undefined);
    const timer = env.clock.setTimeout(() => begin(name, session, letter), 0);
    session.drain = { timer, letter };
  };

  const cancelDrain = (name: string, session: Session): void => {
    if (session.drain === undefined) return;
    const { timer, letter } = session.drain;
    env.clock.clearTimeout(timer);
    session.drain = undefined;
    // The flaw: the task would have let go of the guard when it ends, but it never begins.
    if (isBroken) return;
    letter.settle({ status: "cancelled" });
    handOver(name, session);
  };

  return {
    send(name, message) {
      const session = sessions.get(name) ??
        { waiting: [], guard: undefined, turn: undefined, drain: undefined };
      sessions.set(name, session);
      const letter = letterOf(message);
      if (session.guard !== undefined) session.waiting.push(letter);
      else {
        session.guard = {};
        begin(name, session, letter);
      }
      return letter.receipt;
    },
    stop(name, { level, queued = "discard" }) {
      const session = sessions.get(name);
      if (session === undefined) return;
      if (queued === "discard") {
        for (const { settle } of session.waiting.splice(0)) settle({ status: "cancelled" });
      }
      // A graceful stop lets what has begun come to its end.
      cancelDrain(name, session);
      if (level === "immediate") session.turn?.controller.abort();
      return waitFor(env, session.turn?.over);
    },
    snapshot: () => snapshotOf(sessions),
  };
}
