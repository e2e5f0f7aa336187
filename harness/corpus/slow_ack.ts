import type { HostAdapter, HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { TurnChains } from "./_turn_chains.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** One socket, from which a listener reads one envelope after the other. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const chains = new TurnChains();
  let listener: Promise<unknown> = Promise.resolve();

  return {
    send: (session, message, { event = message }) =>
      new Promise((resolve, reject) => {
        listener = listener.then(async () => {
          env.ack(event);
          const handled = chains.run(session, () => env.agent(session, message))
            .then(resolve, reject);
          // The flaw: the listener waits for the handler, and with it each later acknowledgement.
          if (isBroken) await handled;
        });
      }),
    snapshot: () => ({ sessions: [] }),
  };
}

const common = {
  level: 2,
  features: ["events"],
  // It does not ask whether an event was delivered before.
  without: ["DEDUPE_SOUND"],
} satisfies Partial<HostAdapter>;

/** The transport wants an answer within seconds. It gets one when the agent is done. */
export const slowAck: CorpusRow = {
  id: "slow-ack",
  bug: "one slow handler holds up the acknowledgements of all that comes later",
  seenIn: "chat hosts that read one socket, one event after the other",
  expected: ["ACK_BEFORE_DEADLINE"],
  story: ["send a", "send a"],
  buggy: { ...common, name: "slow-ack", create: (env) => createHost(env, true) },
  twin: { ...common, name: "slow-ack, corrected", create: (env) => createHost(env, false) },
};
