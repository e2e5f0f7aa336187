import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { type Letter, letterOf, runAgent, snapshotOf } from "./_letters.ts";
import type { CorpusRow } from "./corpus_row.ts";

interface Entry extends Letter {
  readonly sentAtMs: number;
}

interface Session {
  readonly waiting: Entry[];
  readonly guard: object;
}

/** An answer that comes later than this is of no use to anybody. */
const WAITS_MAX_MS = 30_000;

/** One turn after the other; what has waited for too long has none. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  /** Those that are busy. */
  const sessions = new Map<string, Session>();

  async function work(name: string, { waiting }: Session): Promise<void> {
    for (let entry = waiting.shift(); entry !== undefined; entry = waiting.shift()) {
      const { message, settle, sentAtMs } = entry;
      const hasExpired = env.clock.now() - sentAtMs > WAITS_MAX_MS;
      // The flaw: it is discarded when it is taken out of the queue, and its sender still waits.
      if (hasExpired && isBroken) continue;
      settle(
        hasExpired ? { status: "expired" } : await runAgent(env, { session: name, message }),
      );
    }
    sessions.delete(name);
  }

  return {
    send(name, message) {
      const entry = { ...letterOf(message), sentAtMs: env.clock.now() };
      const busy = sessions.get(name);
      if (busy !== undefined) busy.waiting.push(entry);
      else {
        const session = { waiting: [entry], guard: {} };
        sessions.set(name, session);
        void work(name, session);
      }
      return entry.receipt;
    },
    snapshot: () => snapshotOf(sessions),
  };
}

/** A turn takes longer than a message may wait. */
export const expiresSilently: CorpusRow = {
  id: "expires-silently",
  bug: "what has waited for too long is discarded when its turn comes, and nobody is told",
  seenIn:
    "the queue strategy of Chat SDK 4.41.1, as it documents it: a host that promises an outcome has to add it. Met by harness/wild/chat_queue.ts",
  expected: ["EXACTLY_ONE_OUTCOME"],
  story: ["send a", "send a", "advance 60000"],
  buggy: { name: "expires-silently", level: 2, create: (env) => createHost(env, true) },
  twin: { name: "expires-silently, corrected", level: 2, create: (env) => createHost(env, false) },
};
