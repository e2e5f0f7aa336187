import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { type Letter, letterOf, runAgent } from "./_letters.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** Takes one task at a time, in order. */
interface Limit {
  readonly line: Letter[];
  /** Out of the line: it runs, or is about to be called. */
  current: Letter | undefined;
  isCalled: boolean;
}

/** A limit of one task for each session; a stop clears what was not called yet. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const limits = new Map<string, Limit>();

  function next(session: string, limit: Limit): void {
    const letter = limit.current = limit.line.shift();
    limit.isCalled = false;
    // A task is called on a stack of its own.
    if (letter !== undefined) queueMicrotask(() => void call(session, { limit, letter }));
  }

  async function call(
    session: string,
    { limit, letter }: { limit: Limit; letter: Letter },
  ): Promise<void> {
    if (limit.current !== letter) return;
    limit.isCalled = true;
    letter.settle(await runAgent(env, { session, message: letter.message }));
    next(session, limit);
  }

  function clear(session: string, limit: Limit): void {
    for (const { settle } of limit.line.splice(0)) settle({ status: "cancelled" });
    // The flaw: what is out of the line counts as running, and it is called a microtask later.
    if (isBroken || limit.current === undefined || limit.isCalled) return;
    limit.current.settle({ status: "cancelled" });
    next(session, limit);
  }

  return {
    send(session, message) {
      const limit = limits.get(session) ?? { line: [], current: undefined, isCalled: false };
      limits.set(session, limit);
      const letter = letterOf(message);
      limit.line.push(letter);
      if (limit.current === undefined) next(session, limit);
      return letter.receipt;
    },
    stop(session, { queued = "discard" }) {
      const limit = limits.get(session);
      if (limit !== undefined && queued === "discard") clear(session, limit);
    },
    snapshot: () => ({
      sessions: [...limits].map(([session, { line, current }]) => ({
        session,
        guard: current === undefined ? undefined : line,
        waiting: line.map(({ message }) => message),
      })),
    }),
  };
}

/** Cleared in the microtask between its place in line and its call, a task runs all the same. */
export const clearMisses: CorpusRow = {
  id: "clear-misses",
  bug:
    "a stop that only clears the line misses the task that has left it and was not called yet: it runs all the same",
  seenIn:
    "p-limit 7.3.3, where such a task counts as running, which a clear is documented to leave alone: a host that stops with it has to ask again inside of the task. Met by harness/wild/p_limit.ts",
  expected: ["CANCEL_TARGET", "STOP_CLEARS_ALL"],
  story: ["send a", "stop a"],
  buggy: { name: "clear-misses", level: 2, create: (env) => createHost(env, true) },
  twin: { name: "clear-misses, corrected", level: 2, create: (env) => createHost(env, false) },
};
