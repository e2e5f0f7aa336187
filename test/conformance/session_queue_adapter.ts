import type {
  BackendHandle,
  HostAdapter,
  HostOutcome,
  HostUnderTest,
  SimEnv,
} from "@lanekeeper/harness";
import { type Outcome, SessionGoneError, SessionQueue } from "@lanekeeper/session-queue";

/** The queue, with the agent's side of sessions and the delivery of replies. */
const adapter: HostAdapter = {
  name: "session-queue",
  level: 2,
  policies: { leavesNoTimer: true },
  features: ["withdraw", "interrupt", "supersede", "collect", "reject", "steer", "rollback"],
  create: (env) => createHost(env, "block"),
};

export default adapter;

/** The same for isolated agents: an abandoned turn does not keep the next one waiting. */
export const proceeding: HostAdapter = {
  ...adapter,
  name: "session-queue, proceeding beside abandoned turns",
  policies: { leavesNoTimer: true, isolated: true },
  create: (env) => createHost(env, "proceed"),
};

/** As many as there are sessions: what is kept of an ended one is kept once. */
export const TOMBSTONES_MAX = 3;

function createHost(env: SimEnv, onAbandon: "block" | "proceed"): HostUnderTest {
  const queue = new SessionQueue<string, string, BackendHandle>({
    run: ({ session, inputs, signal }) =>
      env.agent(session, inputs.map(({ message }) => message), { signal }),
    open: (session, signal) => env.backend.open(session, { signal }),
    resume: async (session, signal) => {
      try {
        return await env.backend.resume(session, { signal });
      } catch (error) {
        throw typed(session, error);
      }
    },
    close: (handle) => env.backend.close(handle),
    requestCancel: (_handle, level, { session }) => env.backend.requestCancel(session, level),
    steer: ({ session }, { message, signal }) => env.backend.steer(session, message, { signal }),
    rollback: ({ session }, { id }) => env.backend.rollback(session, id),
    limits: { waitMs: 30_000, tombstonesMax: TOMBSTONES_MAX },
    onAbandon,
    clock: env.clock,
  });
  return {
    ...drive(queue, env, { messageOf: (text) => text }),
    create: (session, options) => queue.create(session, options),
    shutdown: () => queue.stopAll(),
  };
}

/** The error as the queue knows it: of a session that is gone for good, it wants to be told. */
export function typed(session: string, error: unknown): unknown {
  const isGone = error instanceof Error && error.name === "BackendGoneError";
  return isGone ? new SessionGoneError(session, { cause: error }) : error;
}

/** What can be asked of any queue: all but how its sessions are made, and how it is shut down. */
export function drive<M, H>(
  queue: SessionQueue<M, string, H>,
  env: SimEnv,
  { messageOf }: { messageOf(text: string, sender: string): M },
): HostUnderTest {
  return {
    send(session, message, { sender, policy, signal }) {
      const receipt = queue.send(session, messageOf(message, sender), {
        id: message,
        sender,
        deliver: (reply) => env.deliver(session, message, reply),
        ...(signal === undefined ? {} : { signal }),
        ...(policy === undefined ? {} : { policy: policy === "supersede" ? "interrupt" : policy }),
        ...(policy === "supersede" ? { queued: "supersede" } : {}),
      });
      const { accepted, reason = "invalid", outcome } = receipt;
      return accepted ? { accepted, outcome: outcome.then(told) } : { accepted, reason };
    },
    stop: async (session, options) => givenUp(await queue.stop(session, options)),
    end: async (session) => givenUp(await queue.end(session)),
    resume: (session, options) => queue.resume(session, options),
    disconnect: (session) => queue.disconnect(session),
    snapshot: () => ({
      sessions: queue.snapshot().map(({ session, generation, waiting }) => ({
        session,
        guard: generation,
        waiting,
      })),
      state: { tombstones: { size: queue.tombstones, max: TOMBSTONES_MAX } },
    }),
  };
}

/** Whether a turn goes on all the same: it was given up, or will be. */
export function givenUp({ running }: { running?: string }): { abandoned: boolean } {
  return { abandoned: running === "abandoned" || running === "asked" };
}

function told(outcome: Outcome<string>): HostOutcome {
  const { status } = outcome;
  if (status === "completed") return { status, reply: outcome.value };
  if (status === "merged") return { status, by: outcome.into, reply: outcome.value };
  if (status === "superseded") return { status, by: outcome.by };
  if (status === "cancelled") return { status, cause: outcome.cause };
  return { status };
}
