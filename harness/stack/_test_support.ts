import process from "node:process";
import type { ChainSubject } from "./chain.ts";

/** Which runtime the tests run on. */
export const RUNTIME: "node" | "deno" | "bun" = process.versions.bun !== undefined
  ? "bun"
  : process.versions.deno !== undefined
  ? "deno"
  : "node";

/** What a tiny host is given: its line, and the agent, who sends the next message from within. */
interface Work {
  /** The message that waits, if one does. */
  next(): number | undefined;
  agent(n: number): Promise<void>;
  /** The same without a promise, for hosts that do not await their agent. */
  agentNow(n: number): void;
}

/** A host with one session: it works off the line from the first message on. */
export function hostOf(drain: (work: Work) => unknown): ChainSubject {
  return {
    run: (length, atStart) =>
      new Promise<void>((resolve, reject) => {
        const line = [1];
        const agentNow = (n: number): void => {
          atStart(n);
          if (n < length) line.push(n + 1);
        };
        const agent = async (n: number): Promise<void> => {
          agentNow(n);
          if (n === length) resolve();
          await null;
        };
        const next = (): number | undefined => line.shift();
        void (async () => {
          await null; // not on the stack of the sender
          await drain({ next, agent, agentNow });
        })().then(resolve, reject);
      }),
  };
}

/** The row `recursion` of the corpus in its forms, and what is near them. */
export const GROWING = {
  "await drain()": hostOf(({ next, agent }) => {
    const drain = async (): Promise<void> => {
      const n = next();
      if (n === undefined) return;
      await agent(n);
      await drain();
    };
    return drain();
  }),

  "return self()": hostOf(({ next, agent }) => {
    const self = async (): Promise<void> => {
      const n = next();
      if (n === undefined) return;
      await agent(n);
      return self();
    };
    return self();
  }),

  ".then(() => self())": hostOf(({ next, agent }) => {
    const self = (): Promise<void> => {
      const n = next();
      return n === undefined ? Promise.resolve() : agent(n).then(() => self());
    };
    return self();
  }),

  "synchronous recursion": hostOf(({ next, agentNow }) => {
    const drain = (): number => {
      const n = next();
      if (n === undefined) return 0;
      agentNow(n);
      return drain() + 1; // a tail call would have no frame on JavaScriptCore
    };
    return drain();
  }),

  // Not a recursion at all: the host forgets nothing.
  "a list of all turns": hostOf(async ({ next, agent }) => {
    const turns: { n: number }[] = [];
    for (let n = next(); n !== undefined; n = next()) {
      turns.push({ n });
      await agent(n);
    }
    return turns;
  }),
} as const;

/** Hosts that are bounded. */
export const BOUNDED = {
  "a loop": hostOf(async ({ next, agent }) => {
    for (let n = next(); n !== undefined; n = next()) await agent(n);
  }),

  "a fresh task": hostOf(({ next, agent }) => {
    const drain = async (): Promise<void> => {
      const n = next();
      if (n === undefined) return;
      await agent(n);
      queueMicrotask(() => void drain());
    };
    // The host's own end of the chain is the last turn: nobody waits for the drain.
    void drain();
    return new Promise<never>(() => {});
  }),

  // Each turn leaves a promise that never settles, and nobody keeps it.
  "a race with a promise that never settles": hostOf(async ({ next, agent }) => {
    for (let n = next(); n !== undefined; n = next()) {
      await Promise.race([agent(n), new Promise<never>(() => {})]);
    }
  }),

  // It recurses, and comes back every few turns.
  "a trampoline": hostOf(async ({ next, agentNow }) => {
    const drain = (left: number): boolean => {
      const n = left === 0 ? undefined : next();
      if (n === undefined) return left > 0;
      agentNow(n);
      return drain(left - 1) || false;
    };
    while (!drain(7)) await null;
  }),
} as const;
