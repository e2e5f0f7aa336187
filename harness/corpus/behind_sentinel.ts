import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { type Letter, letterOf, runAgent, snapshotOf } from "./_letters.ts";
import type { CorpusRow } from "./corpus_row.ts";

export const behindSentinel: CorpusRow = {
  id: "behind-sentinel",
  bug:
    "A message that comes while an end is under way lands behind its stop mark, and never settles",
  seenIn: "the same end in shindgew/agy-acp #84, in review",
  expected: ["FUTURE_SETTLES"],
  story: ["send a", "end a", "send a"],
  buggy: {
    name: "a line that is open behind its stop mark",
    level: 2,
    create: (env) => createHost(env, true),
  },
  twin: {
    name: "a line that is closed by its stop mark",
    level: 2,
    create: (env) => createHost(env, false),
  },
};

/** In the line, it means that the worker is to stop here. */
const STOP = Symbol("stop");

interface Session {
  readonly line: (Letter | typeof STOP)[];
  guard: object | undefined;
  end: PromiseWithResolvers<void> | undefined;
}

function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const sessions = new Map<string, Session>();
  const ended = new Set<string>();
  const sessionOf = (name: string): Session => {
    const session = sessions.get(name) ?? { line: [], guard: undefined, end: undefined };
    sessions.set(name, session);
    return session;
  };

  const put = (name: string, item: Letter | typeof STOP): void => {
    const session = sessionOf(name);
    session.line.push(item);
    if (session.guard !== undefined) return;
    session.guard = {};
    void work(name, session);
  };

  const work = async (name: string, session: Session): Promise<void> => {
    for (let item = session.line.shift(); item !== undefined; item = session.line.shift()) {
      if (item === STOP) {
        ended.add(name);
        sessions.delete(name);
        return session.end?.resolve();
      }
      item.settle(await runAgent(env, { session: name, message: item.message }));
    }
    session.guard = undefined;
  };

  return {
    send(name, message) {
      // The flaw: an end that is under way keeps nobody out, and nobody sees what is behind it.
      const isEnding = !isBroken && sessions.get(name)?.end !== undefined;
      if (ended.has(name) || isEnding) return { accepted: false, reason: "ended" };
      const letter = letterOf(message);
      put(name, letter);
      return letter.receipt;
    },
    end(name) {
      if (ended.has(name)) return;
      const session = sessionOf(name);
      if (session.end === undefined) {
        session.end = Promise.withResolvers();
        for (const item of session.line.splice(0)) {
          if (item !== STOP) item.settle({ status: "cancelled" });
        }
        put(name, STOP);
      }
      return session.end.promise;
    },
    snapshot: () =>
      snapshotOf(
        new Map(Array.from(sessions, ([name, { line, guard }]) => {
          return [name, { guard, waiting: line.filter((item) => item !== STOP) }];
        })),
      ),
  };
}
