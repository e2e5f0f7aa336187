import type { Ledger } from "../ledger.ts";
import type { RecordOf } from "../ledger_record.ts";
import { factsOf } from "./_facts.ts";
import type { Breach, Oracle } from "./oracle.ts";

export { noCreateLeak } from "./_create_leak.ts";
export { noResurrection } from "./_resurrection.ts";

/**
 * `CAS_ACTIVE_ID`: broken when a client's session is cleared, or changed to another, because of the
 * answer of a session that is not the client's any more. A client may always go over to the session
 * that gave the answer.
 */
export const casActiveId: Oracle = {
  promise: "a client's session is only forgotten if it still is the one it is forgotten for",
  needs: ["binding"],
  judge({ records }) {
    const bound = new Map<string, { readonly session: string | undefined; readonly at: number }>();
    for (let at = 0; at < records.length; at++) {
      const record = records[at]!;
      if (record.kind !== "binding") continue;
      const { client, session, about } = record;
      const before = bound.get(client);
      bound.set(client, { session, at });
      if (before?.session === undefined || about === undefined) continue;
      if (about === before.session || session === about || session === before.session) continue;
      const left = `session "${before.session}"`;
      const what = session === undefined ? `forgot ${left}` : `left ${left} for "${session}"`;
      return {
        story: `client "${client}" ${what} because of an answer of session "${about}"`,
        at,
        also: [before.at],
      };
    }
    return undefined;
  },
};

/**
 * `ERROR_CLASS`: broken when a client's session is cleared, and the last thing that session did was to
 * fail with something else than "gone". Not if it was gone before, if somebody ended it, or if the
 * host was shut down.
 */
export const errorClass: Oracle = {
  promise: 'only a typed "session gone" makes a client lose its session',
  needs: ["binding"],
  judge({ records }) {
    const bound = new Map<string, string | undefined>();
    /** Of each session: the record of its last failure, or -1. */
    const failed = new Map<string, number>();
    const over = new Set<string>();
    for (let at = 0; at < records.length; at++) {
      const record = records[at]!;
      if (record.kind === "io" && record.act !== "begin") {
        const isOther = record.act === "fail" && record.gone !== true;
        failed.set(record.session, isOther ? at : -1);
        if (record.gone === true) over.add(record.session);
      } else if (record.kind === "run" && (record.act === "end" || record.act === "throw")) {
        failed.set(record.session, record.act === "throw" ? at : -1);
      } else if (record.kind === "asked" && (record.what === "end" || record.what === "shutdown")) {
        over.add(record.session);
      } else if (record.kind === "handle" && record.act === "open") over.delete(record.session);
      else if (record.kind !== "binding") continue;
      else {
        const { client, about = bound.get(client) } = record;
        const before = bound.get(client);
        bound.set(client, record.session);
        const failure = failed.get(about ?? "") ?? -1;
        if (before === undefined || record.session !== undefined || failure < 0) continue;
        if (over.has(about!) || over.has("")) continue;
        return {
          story: `client "${client}" lost session "${before}" because of an error of session ` +
            `"${about}" that does not say it is gone`,
          at,
          also: [failure],
        };
      }
    }
    return undefined;
  },
};

/**
 * `RESUME_FIDELITY`: broken when a session is resumed in another directory or project than it had, or
 * without something of its transcript; and when a resume fails though nothing failed: after the
 * process had died, for a session that was there and was not ended, with every call of a port ended
 * well, no timer, and nobody who asked for anything else meanwhile.
 */
export const resumeFidelity: Oracle = {
  promise: "a resume keeps the working directory, the project and the transcript",
  needs: ["context"],
  judge(ledger) {
    const contexts = new Map<string, number>();
    for (let at = 0; at < ledger.records.length; at++) {
      const record = ledger.records[at]!;
      if (record.kind === "context") {
        const before = contexts.get(record.session);
        contexts.set(record.session, at);
        const changed = record.how === "create" || before === undefined
          ? undefined
          : differenceOf(ledger.records[before] as RecordOf<"context">, record);
        if (changed === undefined) continue;
        const story = `session "${record.session}" came back ${changed}`;
        return { story, at, also: [before!] };
      }
      if (record.kind !== "answered" || record.ok) continue;
      const breach = failedForNothing(ledger, at, contexts);
      if (breach !== undefined) return breach;
    }
    return undefined;
  },
};

function differenceOf(
  before: RecordOf<"context">,
  { workingDir, project, transcript }: RecordOf<"context">,
): string | undefined {
  if (workingDir !== before.workingDir) {
    return `in directory "${workingDir}" and not in "${before.workingDir}"`;
  }
  if (project !== before.project) {
    return `with project "${project}" and not with "${before.project}"`;
  }
  const missing = before.transcript.findIndex((line, at) => transcript[at] !== line);
  return missing < 0 ? undefined : `without "${before.transcript[missing]}" in its transcript`;
}

function failedForNothing(
  ledger: Ledger,
  at: number,
  contexts: Map<string, number>,
): Breach | undefined {
  const { records } = ledger;
  const op = factsOf(ledger).op((records[at] as RecordOf<"answered">).op);
  const context = op?.record.what === "resume" ? contexts.get(op.record.session) : undefined;
  if (op === undefined || context === undefined) return undefined;
  const { session } = op.record;
  let crash = -1;
  let shutdown = -1;
  for (let i = 0; i < at; i++) {
    const record = records[i]!;
    const isHere = "session" in record && (record.session === session || record.session === "");
    if (record.kind === "process" && record.act === "crash" && i > context) crash = i;
    if (record.kind === "process" && record.act === "crash" && i > op.asked) return undefined;
    if (record.kind === "asked" && record.what === "end" && isHere) return undefined;
    if (record.kind === "asked" && record.what === "shutdown") shutdown = i;
    if (i <= op.asked) continue;
    if (record.kind === "timer" || (record.kind === "asked" && isHere)) return undefined;
    if (record.kind === "io" && record.act === "fail" && isHere) return undefined;
  }
  if (crash < 0 || shutdown > crash) return undefined;
  const story = `session "${session}" did not come back, though nothing failed`;
  return { story, at, also: [context, crash, op.asked] };
}

/**
 * `NO_GLOBAL_CWD`: broken when the working directory of the whole process is changed for a session.
 * Judged on hosts that show which directory a session has.
 */
export const noGlobalCwd: Oracle = {
  promise: "what is done for one session changes nothing for the others",
  needs: ["context"],
  judge({ records }) {
    const at = records.findIndex(({ kind }) => kind === "cwd");
    if (at < 0) return undefined;
    const { session, dir } = records[at] as RecordOf<"cwd">;
    return { story: `session "${session}" took the whole process to directory "${dir}"`, at };
  },
};
