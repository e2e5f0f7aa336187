import {
  type HostAdapter,
  type HostUnderTest,
  RejectedError,
  type SimEnv,
  type StoredLine,
} from "../kit/adapter.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** Each session has its transcript on disk, and gets it back when the process does. */
async function createHost(env: SimEnv, isBroken: boolean): Promise<HostUnderTest> {
  const onDisk = await env.store.read();
  const open = new Set<string>();
  const busy = new Set<string>();

  function load(line: StoredLine): string | undefined {
    if (!line.isTorn) return `${line.what} ${line.message}`;
    // The flaw: a line that the process was just writing when it died is no JSON, and all is lost.
    if (isBroken) throw new SyntaxError("Unexpected end of JSON input");
    return undefined;
  }

  function enter(session: string): void {
    if (open.has(session)) return;
    const lines = onDisk.filter((line) => line.session === session);
    const transcript = lines.map(load).filter((line) => line !== undefined);
    const how = lines.length === 0 ? "create" : "resume";
    env.report({ kind: "context", session, how, workingDir: "/work", project: "p", transcript });
    open.add(session);
  }

  return {
    async send(session, message) {
      if (busy.has(session)) throw new RejectedError("busy");
      enter(session);
      busy.add(session);
      try {
        await env.store.append({ what: "message", session, message });
        const reply = await env.agent(session, message);
        await env.store.append({ what: "outcome", session, message });
        return reply;
      } finally {
        busy.delete(session);
      }
    },
    resume: (session) => new Promise<void>((resolve) => resolve(enter(session))),
    snapshot: () => ({ sessions: [], held: { busy: busy.size } }),
  };
}

const common = { level: 2, features: ["crash"] } satisfies Partial<HostAdapter>;

/** The process dies in the middle of a line, and the session does not open any more. */
export const tornTail: CorpusRow = {
  id: "torn-tail",
  bug: "a torn last line of the transcript fails the whole resume",
  seenIn: "hosts that append the transcript of a session to a file, line by line",
  expected: ["RESUME_FIDELITY"],
  story: ["send a", "crash", "resume a"],
  buggy: { ...common, name: "torn-tail", create: (env) => createHost(env, true) },
  twin: { ...common, name: "torn-tail, corrected", create: (env) => createHost(env, false) },
};
