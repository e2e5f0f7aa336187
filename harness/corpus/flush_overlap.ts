import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { TurnChains } from "./_turn_chains.ts";
import type { CorpusRow } from "./corpus_row.ts";

interface Burst {
  text: string;
  readonly answer: PromiseWithResolvers<string>;
}

const DEBOUNCE_MS = 2_000;

/** What one person writes within two seconds is one burst, and one turn. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const bursts = new Map<string, Burst>();
  const chains = new TurnChains();

  function flush(session: string, burst: Burst): void {
    const turn = () => env.agent(session, burst.text);
    // The flaw: the burst before is done with as soon as it was flushed. Its turn may go on, and the
    // next flush comes two seconds after the next message, whatever goes on.
    const answer = isBroken ? turn() : chains.run(session, turn);
    answer.then(burst.answer.resolve, burst.answer.reject);
  }

  return {
    send(session, message, { sender }) {
      const key = `${session} ${sender}`;
      const pending = bursts.get(key);
      if (pending !== undefined) {
        pending.text += `\n${message}`;
        return pending.answer.promise;
      }
      const burst = { text: message, answer: Promise.withResolvers<string>() };
      bursts.set(key, burst);
      env.clock.setTimeout(() => {
        bursts.delete(key);
        flush(session, burst);
      }, DEBOUNCE_MS);
      return burst.answer.promise;
    },
    snapshot: () => ({ sessions: [], held: { bursts: bursts.size } }),
  };
}

/** The customer writes while the agent is still answering: two answers, one of them blind. */
export const flushOverlap: CorpusRow = {
  id: "flush-overlap",
  bug: "a debounced burst is flushed while the turn of the burst before goes on",
  seenIn: "fazer-ai/agents #588, #592",
  expected: ["SINGLE_TURN"],
  story: ["send a", "send a"],
  buggy: { name: "flush-overlap", level: 2, create: (env) => createHost(env, true) },
  twin: { name: "flush-overlap, corrected", level: 2, create: (env) => createHost(env, false) },
};
