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
      seen.add(event);
      try {
        return await chains.run(session, () => env.agent(session, message));
      } catch (error) {
        // The flaw: the event counts as seen though its handler failed: what is delivered again, just
        // because it failed, is skipped as a duplicate.
        if (!isBroken) seen.delete(event);
        throw error;
      }
    },
    snapshot: () => ({ sessions: [] }),
  };
}

const common = { level: 2, features: ["events"] } satisfies Partial<HostAdapter>;

/** The key is recorded before the handler, and never taken back. */
export const dedupeFirst: CorpusRow = {
  id: "dedupe-first",
  bug: "an event is recorded as seen before its handler, which fails; the redelivery is skipped",
  seenIn: "jleechanorg/mcp_mail #233",
  expected: ["FAILURE_RETRYABLE"],
  story: ["send a throws", "redeliver a"],
  buggy: { ...common, name: "dedupe-first", create: (env) => createHost(env, true) },
  twin: { ...common, name: "dedupe-first, corrected", create: (env) => createHost(env, false) },
};
