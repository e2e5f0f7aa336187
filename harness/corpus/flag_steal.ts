import { type HostUnderTest, RejectedError, type SimEnv } from "../kit/adapter.ts";
import { waitFor } from "./_within.ts";
import type { CorpusRow } from "./corpus_row.ts";

/**
 * With one message more there are two claims, and two turns, at once: the flag was all that kept
 * them apart.
 */
export const flagSteal: CorpusRow = {
  id: "flag-steal",
  bug: "The in-flight flag has no owner: the end of an old request frees the claim of a new one",
  seenIn: "the clean-up of an old turn in chenhg5/cc-connect #104",
  expected: ["OWNER_ONLY_RELEASE", "SINGLE_TURN", "ATOMIC_CLAIM"],
  story: ["send a", "create a", "send a"],
  buggy: {
    name: "a flag that anybody may take down",
    level: 2,
    create: (env) => createHost(env, true),
  },
  twin: {
    name: "a flag that only its owner takes down",
    level: 2,
    create: (env) => createHost(env, false),
  },
};

/** A request that has been sent to the agent. */
interface Request {
  readonly token: number;
  readonly controller: AbortController;
  /** Settled when the agent is done with it. */
  readonly run: Promise<unknown>;
}

function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const inFlight = new Map<string, Request>();
  let requests = 0;

  const free = (client: string, { token }: Request): void => {
    // The flaw: whoever comes here takes the flag down, also if it is up for somebody else by now.
    if (!isBroken && inFlight.get(client)?.token !== token) return;
    inFlight.delete(client);
    env.report({ kind: "claim", key: client, act: "release", by: "chat", token });
  };

  return {
    async send(client, message) {
      if (inFlight.has(client)) throw new RejectedError("busy");
      const controller = new AbortController();
      const token = ++requests;
      env.report({ kind: "claim", key: client, act: "claim", by: "chat", token });
      const run = env.agent(client, message, { signal: controller.signal });
      const request = { token, controller, run };
      inFlight.set(client, request);
      try {
        return await run;
      } finally {
        await env.io("save transcript", client);
        free(client, request);
      }
    },
    /** A new session: the old one is stopped, and the client may chat at once. */
    async create(client) {
      const old = inFlight.get(client);
      if (old === undefined) return;
      old.controller.abort();
      const { abandoned } = await waitFor(env, old.run.catch(() => {}));
      if (abandoned) throw new Error("The old session is still at work");
      free(client, old);
    },
    snapshot: () => ({ sessions: [], held: { requests: inFlight.size } }),
  };
}
