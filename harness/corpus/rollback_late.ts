import { type HostAdapter, type HostUnderTest, type SimEnv } from "../kit/adapter.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** A message that waits for its turn, or has it. */
interface Pending {
  readonly message: string;
  readonly settled: PromiseWithResolvers<unknown>;
  readonly controller: AbortController;
  /** What it interrupts and rolls back. */
  readonly rollsBack: Pending | undefined;
}

/** A message may interrupt the turn that runs, and has what that left in the transcript dropped. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const lines = new Map<string, Pending[]>();

  async function run(session: string, line: Pending[]): Promise<void> {
    for (let next = line[0]; next !== undefined; next = line[0]) {
      const { message, settled, controller, rollsBack } = next;
      if (rollsBack !== undefined) {
        const dropped = env.backend.rollback(session, rollsBack.message);
        // The flaw: the next turn does not wait for it, and begins on what is to be dropped.
        if (!isBroken) await dropped;
      }
      const { signal } = controller;
      const reply = await env.agent(session, message, { signal }).catch((error: unknown) => error);
      settled.resolve(
        signal.aborted
          ? { status: "superseded", by: signal.reason }
          : reply instanceof Error
          ? { status: "failed" }
          : { status: "completed", reply },
      );
      line.shift();
    }
    lines.delete(session);
  }

  return {
    send(session, message, { policy }) {
      const line = lines.get(session);
      const running = policy === "rollback" ? line?.[0] : undefined;
      const isHit = running !== undefined && !running.controller.signal.aborted;
      const pending: Pending = {
        message,
        settled: Promise.withResolvers<unknown>(),
        controller: new AbortController(),
        rollsBack: isHit ? running : undefined,
      };
      if (line === undefined) {
        const fresh = [pending];
        lines.set(session, fresh);
        void run(session, fresh);
      } else if (isHit) line.splice(1, 0, pending);
      else line.push(pending);
      if (isHit) running.controller.abort(message);
      return { accepted: true, outcome: pending.settled.promise };
    },
    snapshot: () => ({
      sessions: [...lines].map(([session, line]) => ({
        session,
        waiting: line.slice(1).map(({ message }) => message),
      })),
    }),
  };
}

const common = { level: 2, features: ["rollback"] } satisfies Partial<HostAdapter>;

/** What is to be dropped is still there when the new turn begins. */
export const rollbackLate: CorpusRow = {
  id: "rollback-late",
  bug: "the next turn does not wait for the rollback: it runs on what was to be dropped",
  seenIn: "bytedance/deer-flow #2554, whose next run read what had been rolled back",
  expected: ["CANCEL_TARGET"],
  story: ["send a", "send a rollback"],
  buggy: { ...common, name: "rollback-late", create: (env) => createHost(env, true) },
  twin: {
    ...common,
    name: "rollback-late, corrected",
    create: (env) => createHost(env, false),
  },
};
