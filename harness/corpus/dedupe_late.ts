import {
  type HostAdapter,
  type HostUnderTest,
  RejectedError,
  type SimEnv,
} from "../kit/adapter.ts";
import { TurnChains } from "./_turn_chains.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** A transport that delivers again what was not handled: each event is to run once. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const chains = new TurnChains();
  const seen = new Set<string>();

  return {
    async send(session, message, { event = message }) {
      if (seen.has(event)) throw new RejectedError("duplicate");
      // The flaw: an event is only known when it has been handled. Until then each delivery of it is
      // a new one, and a slow turn is just what makes the transport deliver again.
      if (!isBroken) seen.add(event);
      try {
        const reply = await chains.run(session, () => env.agent(session, message));
        seen.add(event);
        return reply;
      } catch (error) {
        seen.delete(event);
        throw error;
      }
    },
    snapshot: () => ({ sessions: [] }),
  };
}

const common = { level: 2, features: ["events"] } satisfies Partial<HostAdapter>;

/** The key is recorded after the handler: the check and the record have the whole turn between them. */
export const dedupeLate: CorpusRow = {
  id: "dedupe-late",
  bug: "an event is recorded as seen after its handler; a redelivery meanwhile runs it again",
  seenIn: "Devlaner/devlane #355, cyrusagents/cyrus #1450, vm0-ai/vm0 #8773",
  expected: ["DEDUPE_SOUND"],
  story: ["send a", "redeliver a"],
  buggy: { ...common, name: "dedupe-late", create: (env) => createHost(env, true) },
  twin: { ...common, name: "dedupe-late, corrected", create: (env) => createHost(env, false) },
};
