import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { type Letter, letterOf, runAgent, snapshotOf } from "./_letters.ts";
import type { CorpusRow } from "./corpus_row.ts";

export const ghostRun: CorpusRow = {
  id: "ghost-run",
  bug: "A caller takes back a message that waits, and it runs all the same",
  seenIn: "HKUDS/Vibe-Trading #638",
  expected: ["CANCEL_TARGET"],
  story: ["send a", "send a", "withdraw a"],
  buggy: {
    name: "a caller who is told, and a line that is not",
    level: 2,
    features: ["withdraw"],
    create: (env) => createHost(env, true),
  },
  twin: {
    name: "a line that is told, too",
    level: 2,
    features: ["withdraw"],
    create: (env) => createHost(env, false),
  },
};

interface Session {
  readonly waiting: Letter[];
  guard: object | undefined;
}

function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const sessions = new Map<string, Session>();

  const work = async (name: string, session: Session): Promise<void> => {
    for (let letter = session.waiting.shift(); letter; letter = session.waiting.shift()) {
      letter.settle(await runAgent(env, { session: name, message: letter.message }));
    }
    session.guard = undefined;
  };

  return {
    send(name, message, { signal }) {
      const session = sessions.get(name) ?? { waiting: [], guard: undefined };
      sessions.set(name, session);
      const letter = letterOf(message);
      session.waiting.push(letter);
      const withdraw = () => {
        const place = session.waiting.indexOf(letter);
        if (place < 0) return; // what runs comes to its end
        letter.settle({ status: "cancelled" });
        // The flaw: the caller has gone, and its message keeps its place.
        if (!isBroken) session.waiting.splice(place, 1);
      };
      signal?.addEventListener("abort", withdraw);
      void letter.outcome.then(() => signal?.removeEventListener("abort", withdraw));
      if (session.guard === undefined) {
        session.guard = {};
        void work(name, session);
      }
      return letter.receipt;
    },
    snapshot: () => snapshotOf(sessions),
  };
}
