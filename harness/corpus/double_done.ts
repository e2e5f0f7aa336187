import type { HostOutcome, HostUnderTest, SimEnv } from "../kit/adapter.ts";
import { waitFor } from "./_within.ts";
import type { CorpusRow } from "./corpus_row.ts";

export const doubleDone: CorpusRow = {
  id: "double-done",
  bug: "A cancelled run is settled by the cancel, and again by the error that follows",
  seenIn: "microsoft/autogen #7007",
  expected: ["EXACTLY_ONE_OUTCOME"],
  story: ["send a", "stop a"],
  buggy: {
    name: "a run that is settled by whoever comes",
    level: 2,
    create: (env) => createHost(env, true),
  },
  twin: {
    name: "a run that is settled once",
    level: 2,
    create: (env) => createHost(env, false),
  },
};

type Told = (outcome: HostOutcome) => void;

/** A message, and whom to tell how it ended: nobody sees to it that events come only once. */
interface Entry {
  readonly message: string;
  readonly listeners: Told[];
  isDone: boolean;
}

interface Session {
  readonly waiting: Entry[];
  readonly guard: object;
  running: { readonly entry: Entry; readonly controller: AbortController } | undefined;
  run: Promise<unknown> | undefined;
}

function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  /** Those that are busy. */
  const sessions = new Map<string, Session>();

  const done = (entry: Entry, outcome: HostOutcome): void => {
    // The flaw: nobody asks whether it is done already.
    if (!isBroken && entry.isDone) return;
    entry.isDone = true;
    for (const told of entry.listeners) told(outcome);
  };

  const work = async (name: string, session: Session): Promise<void> => {
    for (let entry = session.waiting.shift(); entry; entry = session.waiting.shift()) {
      const controller = new AbortController();
      session.running = { entry, controller };
      try {
        const run = env.agent(name, entry.message, { signal: controller.signal });
        session.run = run.catch(() => {});
        done(entry, { status: "completed", reply: await run });
      } catch {
        done(entry, { status: "failed" });
      }
    }
    sessions.delete(name);
  };

  return {
    send(name, message) {
      const entry: Entry = { message, listeners: [], isDone: false };
      const busy = sessions.get(name);
      if (busy !== undefined) busy.waiting.push(entry);
      else {
        const session = { waiting: [entry], guard: {}, running: undefined, run: undefined };
        sessions.set(name, session);
        void work(name, session);
      }
      return { accepted: true, outcome: (told: Told) => void entry.listeners.push(told) };
    },
    stop(name, { level, queued = "discard" }) {
      const session = sessions.get(name);
      if (session === undefined) return;
      if (queued === "discard") {
        for (const entry of session.waiting.splice(0)) done(entry, { status: "cancelled" });
      }
      if (level === "immediate" && session.running !== undefined) {
        const { entry, controller } = session.running;
        controller.abort();
        done(entry, { status: "cancelled" });
      }
      return waitFor(env, session.run);
    },
    snapshot: () => ({
      sessions: Array.from(sessions, ([session, { guard, waiting }]) => ({
        session,
        guard,
        waiting: waiting.map(({ message }) => message),
      })),
    }),
  };
}
