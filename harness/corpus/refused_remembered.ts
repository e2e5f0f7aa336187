import {
  type HostAdapter,
  type HostUnderTest,
  RejectedError,
  type SimEnv,
} from "../kit/adapter.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** A message for a busy session is refused, and may be delivered again; each event is to run once. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const seen = new Set<string>();
  const busy = new Set<string>();
  /** Whoever waits for what comes of an event. */
  const waiting = new Map<string, PromiseWithResolvers<string>>();

  async function handle(session: string, message: string, event: string): Promise<string> {
    busy.add(session);
    try {
      return await env.agent(session, message);
    } catch (error) {
      seen.delete(event);
      throw error;
    } finally {
      busy.delete(session);
    }
  }

  return {
    send(session, message, { event = message }) {
      const outcome = Promise.withResolvers<string>();
      if (seen.has(event)) {
        // Somebody else has been told of it, or will be.
        waiting.get(event)?.promise.then(outcome.resolve, outcome.reject);
        return outcome.promise;
      }
      // The flaw: the event counts as seen, though it may still be refused.
      if (isBroken) seen.add(event);
      if (busy.has(session)) throw new RejectedError("busy");
      seen.add(event);
      waiting.set(event, outcome);
      handle(session, message, event).then(outcome.resolve, outcome.reject);
      return outcome.promise;
    },
    snapshot: () => ({ sessions: [], held: { busy: busy.size } }),
  };
}

const common = { level: 2, features: ["events"] } satisfies Partial<HostAdapter>;

/** Who was told to come back later is not heard then. */
export const refusedRemembered: CorpusRow = {
  id: "refused-remembered",
  bug: "an event that was refused as busy is remembered as seen: nobody answers its redelivery",
  seenIn:
    "the Chat SDK, told by getsentry/junior #33 of 4.14.0; of 4.41.1 as well, by harness/wild/chat_drop.ts",
  expected: ["EXACTLY_ONE_OUTCOME"],
  story: ["send a", "send a", "redeliver a"],
  buggy: { ...common, name: "refused-remembered", create: (env) => createHost(env, true) },
  twin: {
    ...common,
    name: "refused-remembered, corrected",
    create: (env) => createHost(env, false),
  },
};
