import { DrainHandoff, type OnAbandon, type TurnEnd } from "@lanekeeper/drain-handoff";
import type { HostAdapter, HostOutcome, HostUnderTest, SimEnv } from "@lanekeeper/harness";
import { within } from "./_within.ts";

/** The guard and its chain of turns; the host around it is an inbox for each session. */
const adapter: HostAdapter = {
  name: "drain-handoff",
  level: 2,
  policies: { leavesNoTimer: true },
  create: (env) => createHost(env, "block"),
};

export default adapter;

/** The same for isolated agents: an abandoned turn does not keep the next one waiting. */
export const proceeding: HostAdapter = {
  name: "drain-handoff, proceeding beside abandoned turns",
  level: 2,
  policies: { leavesNoTimer: true, isolated: true },
  create: (env) => createHost(env, "proceed"),
};

/** How long a stop waits for a turn, and a shutdown for all that is there, in ms. */
const PATIENCE_MS = 10_000;

/** A message that waits or runs, and whom to tell how it ended. */
interface Letter {
  readonly message: string;
  /** Each call is an outcome: nothing here sees to it that there is one. */
  settle(outcome: HostOutcome): void;
}

function createHost(env: SimEnv, onAbandon: OnAbandon): HostUnderTest {
  const inboxes = new Map<string, Letter[]>();
  const chain = new DrainHandoff<string, Letter>({
    next: (session) => inboxes.get(session)?.shift(),
    run: async (turn) => {
      const { key: session, item: { message }, signal } = turn;
      const reply = await env.agent(session, message, { signal });
      turn.throwIfStale();
      await env.deliver(session, message, reply);
      return reply;
    },
    ended: ({ item }, end) => item.settle(outcomeOf(end)),
    onAbandon,
    clock: env.clock,
  });
  let stopping: Promise<{ abandoned: boolean }> | undefined;

  const discard = (session: string) => {
    for (const { settle } of inboxes.get(session)?.splice(0) ?? []) settle({ status: "cancelled" });
  };
  const drain = async () => {
    env.report({ kind: "phase", phase: "intake" });
    if (!await within(env.clock, chain.quiet(), PATIENCE_MS)) {
      for (const session of inboxes.keys()) discard(session);
      const turns = chain.turns();
      for (const turn of turns) turn.interrupt();
      await Promise.all(turns.map(({ ended }) => ended));
    }
    return { abandoned: chain.abandoned > 0 };
  };

  return {
    send(session, message) {
      if (stopping !== undefined) return { accepted: false, reason: "draining" };
      const letter: Letter = { message, settle: () => {} };
      const inbox = inboxes.get(session) ?? [];
      inboxes.set(session, inbox);
      inbox.push(letter);
      // In the step in which it was put down: then no turn can miss it.
      chain.wake(session);
      return { accepted: true, outcome: (told: Letter["settle"]) => letter.settle = told };
    },
    async stop(session, { level, queued = "discard" }) {
      const turn = chain.turnOf(session);
      if (queued === "discard") discard(session);
      if (turn === undefined) return { abandoned: false };
      // A graceful stop lets the turn end by itself.
      if (level === "immediate") turn.interrupt();
      const isOver = await within(env.clock, turn.ended, PATIENCE_MS);
      return { abandoned: !isOver || turn.state === "abandoned" };
    },
    shutdown: () => stopping ??= drain(),
    snapshot: () => ({
      sessions: Array.from(inboxes, ([session, inbox]) => ({
        session,
        guard: chain.turnOf(session)?.guard,
        waiting: inbox.map(({ message }) => message),
      })),
      held: { "abandoned turns": chain.abandoned },
    }),
  };
}

function outcomeOf(end: TurnEnd): HostOutcome {
  // A reply that got out in spite of a cancel is a reply.
  const work = end.status === "cancelled" ? end.work : end;
  if (work?.status === "completed") return { status: "completed", reply: work.value };
  return { status: end.status };
}
