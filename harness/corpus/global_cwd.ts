import { type HostUnderTest, RejectedError, type SimEnv } from "../kit/adapter.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** Each session works in a directory of its own, and is recovered there. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  /** Of the whole process. */
  let cwd = "/srv";
  const dirs = new Map<string, string>();
  const busy = new Set<string>();

  function dirOf(session: string): string {
    const known = dirs.get(session);
    if (known !== undefined) return known;
    const dir = `/srv/${session}`;
    dirs.set(session, dir);
    tell(session, { how: "create", dir });
    return dir;
  }

  function tell(session: string, { how, dir }: { how: "create" | "resume"; dir: string }): void {
    env.report({
      kind: "context",
      how,
      session,
      workingDir: dir,
      project: session,
      transcript: [],
    });
  }

  async function recover(session: string, dir: string): Promise<void> {
    if (isBroken) {
      // The flaw: process.chdir(). Whoever is recovered meanwhile comes back here, too.
      cwd = dir;
      env.report({ kind: "cwd", dir, session });
    }
    await env.io("read transcript", session);
    tell(session, { how: "resume", dir: isBroken ? cwd : dir });
  }

  return {
    async send(session, message) {
      if (busy.has(session)) throw new RejectedError("busy");
      busy.add(session);
      dirOf(session);
      try {
        return await env.agent(session, message);
      } finally {
        busy.delete(session);
      }
    },
    resume: (session) => recover(session, dirOf(session)),
    snapshot: () => ({ sessions: [], held: { busy: busy.size } }),
  };
}

/** As long as one session is recovered at a time, nobody sees it: of two, one is in the wrong place. */
export const globalCwd: CorpusRow = {
  id: "global-cwd",
  bug: "a recovery changes the working directory of the whole process to that of its session",
  seenIn: "NJX-njx/opensoul #34, earendil-works/pi #3452",
  expected: ["NO_GLOBAL_CWD", "RESUME_FIDELITY"],
  story: ["resume a"],
  buggy: { name: "global-cwd", level: 2, create: (env) => createHost(env, true) },
  twin: { name: "global-cwd, corrected", level: 2, create: (env) => createHost(env, false) },
};
