import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** The permit of one session, and who waits for it. */
class Permit {
  isTaken = false;
  readonly #waiting: (() => void)[] = [];

  async take(): Promise<void> {
    if (this.isTaken) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.isTaken = true;
  }

  give(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.isTaken = false;
    else next();
  }
}

/** A permit for each session; a message may be taken back at any time before its turn. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const permits = new Map<string, Permit>();
  const permitOf = (session: string): Permit => {
    const permit = permits.get(session) ?? new Permit();
    permits.set(session, permit);
    return permit;
  };

  return {
    async send(session, message, { signal }) {
      const permit = permitOf(session);
      await permit.take();
      // The flaw: taking the permit and seeing to its return are two steps. A message that is taken
      // back in between takes the permit with it.
      if (isBroken) await env.io("load session", session);
      if (isBroken) signal?.throwIfAborted();
      try {
        if (!isBroken) await env.io("load session", session);
        signal?.throwIfAborted();
        return await env.agent(session, message);
      } finally {
        permit.give();
      }
    },
    snapshot: () => ({
      sessions: [...permits].map(([session, permit]) => ({
        session,
        ...(permit.isTaken ? { guard: permit } : {}),
      })),
    }),
  };
}

/** The session stays busy for ever, and all that comes later waits for a permit that nobody has. */
export const permitLeak: CorpusRow = {
  id: "permit-leak",
  bug:
    "a message is taken back between taking its permit and what would give it back: the permit is lost",
  seenIn: "Effect-TS/effect #6910, #8391; getkyo/kyo #1826",
  expected: ["NO_ORPHAN_GUARD", "EVENTUALLY_IDLE"],
  story: ["send a", "withdraw a"],
  buggy: {
    name: "permit-leak",
    level: 2,
    features: ["withdraw"],
    create: (env) => createHost(env, true),
  },
  twin: {
    name: "permit-leak, corrected",
    level: 2,
    features: ["withdraw"],
    create: (env) => createHost(env, false),
  },
};
