import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { type Letter, letterOf, runAgent, snapshotOf } from "./_letters.ts";
import { waitFor } from "./_within.ts";
import type { CorpusRow } from "./corpus_row.ts";

/**
 * With three operations, what waited runs without a guard after the stop: `GUARD_WHILE_RUNNING`.
 * With one message more there is a turn beside it: that one waits, too, or finds the session free.
 */
export const stopChain: CorpusRow = {
  id: "stop-chain",
  bug: "A stop cancels the owner, who then sees no owner at all and begins an unguarded drain",
  seenIn: "NousResearch/hermes-agent #34253 and #48300, guard and owner apart",
  expected: ["SINGLE_TURN", "GUARD_WHILE_RUNNING"],
  story: ["send a", "stop a", "send a", "send a"],
  buggy: {
    name: "a stopped task that goes on with the next message",
    level: 2,
    create: (env) => createHost(env, true),
  },
  twin: {
    name: "a stopped task that leaves that to the stop",
    level: 2,
    create: (env) => createHost(env, false),
  },
};

interface Task {
  readonly controller: AbortController;
  readonly over: Promise<void>;
}

interface Session {
  readonly waiting: Letter[];
  guard: object | undefined;
  /** Who has the guard, unless a stop has taken it over. */
  owner: Task | undefined;
  latest: Task | undefined;
}

function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const sessions = new Map<string, Session>();

  /** Whoever calls this has the guard. */
  const handOver = (name: string, session: Session): void => {
    const letter = session.waiting.shift();
    if (letter === undefined) session.guard = session.owner = undefined;
    else {
      const controller = new AbortController();
      const over = work(name, session, { letter, signal: controller.signal });
      session.owner = session.latest = { controller, over };
    }
  };

  const work = async (
    name: string,
    session: Session,
    { letter, signal }: { letter: Letter; signal: AbortSignal },
  ): Promise<void> => {
    letter.settle(await runAgent(env, { session: name, message: letter.message, signal }));
    const { owner } = session;
    // The flaw: where there is no owner there is a stop, which has the guard and will let go of it.
    const isMine = owner?.controller.signal === signal || (isBroken && owner === undefined);
    if (isMine) handOver(name, session);
  };

  return {
    send(name, message) {
      const session = sessions.get(name) ??
        { waiting: [], guard: undefined, owner: undefined, latest: undefined };
      sessions.set(name, session);
      const letter = letterOf(message);
      session.waiting.push(letter);
      if (session.guard === undefined) {
        session.guard = {};
        handOver(name, session);
      }
      return letter.receipt;
    },
    stop(name, { level, queued = "discard" }) {
      const session = sessions.get(name);
      if (session === undefined) return;
      if (queued === "discard") {
        for (const { settle } of session.waiting.splice(0)) settle({ status: "cancelled" });
      }
      const { owner } = session;
      if (level === "immediate" && owner !== undefined) {
        session.owner = undefined;
        owner.controller.abort();
        void owner.over.then(() => handOver(name, session));
      }
      return waitFor(env, session.latest?.over);
    },
    snapshot: () => snapshotOf(sessions),
  };
}
