import {
  type BackendHandle,
  type HostAdapter,
  type HostUnderTest,
  RejectedError,
  type SimEnv,
} from "../kit/adapter.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** A create that goes on. */
interface Call {
  readonly signal: AbortSignal;
  /** Nobody can take it back any more. */
  landed(): void;
}

/** Who makes a session may think better of it while the agent's side is being opened. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const handles = new Map<string, BackendHandle>();
  const opening = new Set<string>();
  const busy = new Set<string>();

  async function open(session: string, { signal, landed }: Call): Promise<void> {
    const handle = await env.backend.open(session);
    return install(session, handle, { signal, landed });
  }

  async function install(session: string, handle: BackendHandle, call: Call): Promise<void> {
    if (call.signal.aborted) {
      await env.backend.close(handle);
      throw call.signal.reason;
    }
    handles.set(session, handle);
    // The flaw: the session is there, and some microtasks later the call will be over. An abort that
    // comes in between still rejects it.
    if (!isBroken) call.landed();
  }

  return {
    async create(session, { signal = new AbortController().signal }) {
      if (handles.has(session) || opening.has(session)) throw new Error("Session is there");
      opening.add(session);
      const withdrawn = Promise.withResolvers<never>();
      const withdraw = () => withdrawn.reject(signal.reason);
      signal.addEventListener("abort", withdraw);
      const landed = () => {
        opening.delete(session);
        signal.removeEventListener("abort", withdraw);
      };
      const opened = open(session, { signal, landed }).then(landed, (error) => {
        landed();
        throw error;
      });
      await Promise.race([opened, withdrawn.promise]);
    },
    async send(session, message, { signal }) {
      if (busy.has(session)) throw new RejectedError("busy");
      busy.add(session);
      try {
        return await env.agent(session, message, { signal });
      } finally {
        busy.delete(session);
      }
    },
    snapshot: () => ({ sessions: [], held: { opening: opening.size, busy: busy.size } }),
  };
}

const common = { level: 2, features: ["withdraw"] } satisfies Partial<HostAdapter>;

/** The caller is told that there is no session, and cannot make it again: there is one. */
export const installAbort: CorpusRow = {
  id: "install-abort",
  bug: "a create that is withdrawn a microtask after its handle was installed rejects and leaks it",
  seenIn: "the session queue of this project",
  expected: ["NO_CREATE_LEAK"],
  story: ["create a", "withdraw a"],
  // Three microtasks, in a story without any message: random schedules seldom come there.
  schedulesMax: 4_000,
  buggy: { ...common, name: "install-abort", create: (env) => createHost(env, true) },
  twin: { ...common, name: "install-abort, corrected", create: (env) => createHost(env, false) },
};
