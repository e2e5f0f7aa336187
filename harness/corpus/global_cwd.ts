import { type HostUnderTest, RejectedError, type SimEnv } from "../kit/adapter.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** Each session works in a directory of its own. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const dirs = new Map<string, string>();
  const busy = new Set<string>();

  function dirOf(session: string): string {
    const known = dirs.get(session);
    if (known !== undefined) return known;
    const workingDir = `/srv/${session}`;
    dirs.set(session, workingDir);
    const rest = { how: "create", project: session, transcript: [] } as const;
    env.report({ kind: "context", session, workingDir, ...rest });
    return workingDir;
  }

  return {
    async send(session, message) {
      if (busy.has(session)) throw new RejectedError("busy");
      busy.add(session);
      const dir = dirOf(session);
      // The flaw: process.chdir(). There is one working directory for all turns that go on.
      if (isBroken) env.report({ kind: "cwd", dir, session });
      try {
        return await env.agent(session, message);
      } finally {
        busy.delete(session);
      }
    },
    snapshot: () => ({ sessions: [], held: { busy: busy.size } }),
  };
}

/** As long as one session runs at a time, nobody sees it. */
export const globalCwd: CorpusRow = {
  id: "global-cwd",
  bug: "a turn changes the working directory of the whole process to that of its session",
  seenIn: "NJX-njx/opensoul #34, earendil-works/pi #3452",
  expected: ["NO_GLOBAL_CWD"],
  story: ["send a"],
  buggy: { name: "global-cwd", level: 2, create: (env) => createHost(env, true) },
  twin: { name: "global-cwd, corrected", level: 2, create: (env) => createHost(env, false) },
};
