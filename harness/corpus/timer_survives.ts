import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { within } from "./_within.ts";
import type { CorpusRow } from "./corpus_row.ts";

interface Burst {
  text: string;
  readonly answer: PromiseWithResolvers<string>;
  timer?: unknown;
}

interface Turn {
  readonly controller: AbortController;
  readonly over: PromiseWithResolvers<void>;
}

const DEBOUNCE_MS = 2_000;

/** What one person writes within two seconds is one turn. A stop takes back what has not begun. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const bursts = new Map<string, Map<string, Burst>>();
  const queues = new Map<string, Burst[]>();
  const turns = new Map<string, Turn>();

  function next(session: string): void {
    const burst = queues.get(session)?.shift();
    if (burst === undefined) return void turns.delete(session);
    const { text, answer } = burst;
    const turn = { controller: new AbortController(), over: Promise.withResolvers<void>() };
    turns.set(session, turn);
    const { signal } = turn.controller;
    void env.agent(session, text, { signal }).then(answer.resolve, answer.reject).then(() => {
      turn.over.resolve();
      next(session);
    });
  }

  function flush(session: string, burst: Burst): void {
    const queue = queues.get(session) ?? [];
    queues.set(session, queue);
    queue.push(burst);
    if (!turns.has(session)) next(session);
  }

  function discard(session: string): void {
    const pending = bursts.get(session);
    const discarded = [...pending?.values() ?? [], ...queues.get(session)?.splice(0) ?? []];
    pending?.clear();
    for (const { timer, answer } of discarded) {
      // The flaw: the timer of a burst that is still growing goes on, and flushes it.
      if (!isBroken) env.clock.clearTimeout(timer);
      answer.reject(new Error("Stopped"));
    }
  }

  return {
    send(session, message, { sender }) {
      const pending = bursts.get(session) ?? new Map<string, Burst>();
      bursts.set(session, pending);
      const growing = pending.get(sender);
      if (growing !== undefined) {
        growing.text += `\n${message}`;
        return growing.answer.promise;
      }
      const burst: Burst = { text: message, answer: Promise.withResolvers<string>() };
      pending.set(sender, burst);
      burst.timer = env.clock.setTimeout(() => {
        if (pending.get(sender) === burst) pending.delete(sender);
        flush(session, burst);
      }, DEBOUNCE_MS);
      return burst.answer.promise;
    },
    async stop(session, { level, queued }) {
      if (queued !== "keep") discard(session);
      const turn = turns.get(session);
      if (turn === undefined) return;
      if (level === "immediate") turn.controller.abort(new Error("Stopped"));
      return { abandoned: !await within(env.clock, turn.over.promise, 5_000) };
    },
    snapshot: () => ({ sessions: [], held: { turns: turns.size } }),
  };
}

/** The user stops before the debounce is over, and the agent answers two seconds later. */
export const timerSurvives: CorpusRow = {
  id: "timer-survives",
  bug: "a stop discards a debounced message and leaves its timer, which starts the turn",
  seenIn: "iterate/iterate #1808",
  expected: ["CANCEL_TARGET", "EVENTUALLY_IDLE"],
  story: ["send a", "stop a"],
  buggy: { name: "timer-survives", level: 2, create: (env) => createHost(env, true) },
  twin: { name: "timer-survives, corrected", level: 2, create: (env) => createHost(env, false) },
};
