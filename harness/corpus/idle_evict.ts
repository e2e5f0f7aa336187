import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import type { CorpusRow } from "./corpus_row.ts";

interface Limiter {
  /** The last turn that was asked of it. */
  tail: Promise<unknown>;
  running: number;
  usedAtMs: number;
}

const IDLE_MS = 30_000;

/** A limiter for each session, made when it is needed; those that nobody used for long are forgotten. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const limiters = new Map<string, Limiter>();

  function forgetIdle(): void {
    for (const [session, { running, usedAtMs }] of limiters) {
      // The flaw: it was not used for long, since what it was used for last still runs.
      if (!isBroken && running > 0) continue;
      if (env.clock.now() - usedAtMs >= IDLE_MS) limiters.delete(session);
    }
  }

  function limiterOf(session: string): Limiter {
    forgetIdle();
    const usedAtMs = env.clock.now();
    const limiter = limiters.get(session) ?? { tail: Promise.resolve(), running: 0, usedAtMs };
    limiter.usedAtMs = usedAtMs;
    limiters.set(session, limiter);
    return limiter;
  }

  return {
    send(session, message) {
      const limiter = limiterOf(session);
      limiter.running++;
      const run = () => env.agent(session, message);
      const turn = limiter.tail.then(run, run);
      const leave = () => void limiter.running--;
      turn.then(leave, leave);
      limiter.tail = turn;
      return turn;
    },
    snapshot: () => ({ sessions: [] }),
  };
}

/** A turn that takes longer than a limiter is kept for gets company. */
export const idleEvict: CorpusRow = {
  id: "idle-evict",
  bug: "what serialises a session is forgotten as unused while its turn still runs",
  seenIn: "the Group of Bottleneck 2.19.5, found by this project: harness/wild/bottleneck.ts",
  expected: ["SINGLE_TURN", "FIFO"],
  story: ["send a", "advance 60000", "send a"],
  buggy: { name: "idle-evict", level: 2, create: (env) => createHost(env, true) },
  twin: { name: "idle-evict, corrected", level: 2, create: (env) => createHost(env, false) },
};
