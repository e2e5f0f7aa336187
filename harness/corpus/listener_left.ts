import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { type Letter, letterOf, runAgent, snapshotOf } from "./_letters.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** A caller may keep one signal for all it ever asks: what listens there lives as long as that does. */
export const listenerLeft: CorpusRow = {
  id: "listener-left",
  bug:
    "Each message leaves a listener on the signal of its caller, when it is over and nobody aborted",
  seenIn: "sindresorhus/p-queue #235; QwenLM/qwen-code #4366, some 1,500 listeners in one session",
  expected: ["EVENTUALLY_IDLE"],
  // The withdrawal comes too late. Without it there is no signal.
  story: ["withdraw a", "send a"],
  buggy: {
    name: "a listener that only an abort takes away",
    level: 2,
    features: ["withdraw"],
    create: (env) => createHost(env, true),
  },
  twin: {
    name: "a listener that goes with its message",
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
        session.waiting.splice(place, 1);
        letter.settle({ status: "cancelled" });
      };
      // The flaw: `once` takes a listener away that was called. Most are never called.
      signal?.addEventListener("abort", withdraw, { once: true });
      if (!isBroken) {
        void letter.outcome.then(() => signal?.removeEventListener("abort", withdraw));
      }
      if (session.guard === undefined) {
        session.guard = {};
        void work(name, session);
      }
      return letter.receipt;
    },
    snapshot: () => snapshotOf(sessions),
  };
}
