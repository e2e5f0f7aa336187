import type { Ledger } from "../ledger.ts";
import { type Facts, factsOf, type OpFacts } from "./_facts.ts";
import type { Breach, Oracle } from "./oracle.ts";

interface OpenHandle {
  readonly session: string;
  readonly handle: number;
  /** Where it was opened. */
  readonly at: number;
}

/**
 * `NO_CREATE_LEAK`: broken when a handle is left open at rest that nobody can use any more:
 * - the second one of a session;
 * - that of a session whose end has returned, and which was not revived since;
 * - any, once a shutdown has returned, but where a run went on that it gave up;
 * - that of a session that only a `create` or a `resume` that failed has ever asked for;
 * - that of a session that was a client's and is no client's any more, where the host shows that.
 *
 * A handle whose session was disconnected, or is gone, or whose process died, needs no closing.
 */
export const noCreateLeak: Oracle = {
  promise: "every session that was created is in use or ended",
  needs: ["handle", "rest"],
  judge(ledger) {
    const open = openHandlesOf(ledger);
    if (open.length === 0) return undefined;
    const facts = factsOf(ledger);
    for (let i = 0; i < open.length; i++) {
      const one = open[i]!;
      const other = open.find(({ session }, at) => session === one.session && at < i);
      if (other !== undefined) {
        const story = `session "${one.session}" is left with a second handle`;
        return { story, at: one.at, also: [other.at] };
      }
    }
    for (const one of open) {
      const breach = leftByEnd(facts, one) ?? leftByShutdown(facts, one) ??
        leftByFailure(facts, one) ?? leftByClient(ledger, one);
      if (breach !== undefined) return breach;
    }
    return undefined;
  },
};

function openHandlesOf({ records }: Ledger): OpenHandle[] {
  let open: OpenHandle[] = [];
  for (let at = 0; at < records.length; at++) {
    const record = records[at]!;
    if (record.kind === "handle") {
      const { session, handle } = record;
      if (record.act === "open") open.push({ session, handle, at });
      else open = open.filter((one) => one.handle !== handle || one.session !== session);
    } else if (open.length === 0) continue;
    else if (record.kind === "process" && record.act === "crash") open = [];
    else if (
      (record.kind === "asked" && record.what === "disconnect") ||
      (record.kind === "io" && record.gone === true)
    ) {
      open = open.filter((one) => one.session !== record.session);
    }
  }
  return open;
}

function leftByEnd({ ops }: Facts, { session, at }: OpenHandle): Breach | undefined {
  let end: OpFacts | undefined;
  for (const op of ops) {
    const { what, revive } = op.record;
    if (op.record.session !== session || !op.ok) continue;
    if (what === "end") end = op;
    else if (what === "create" || (what === "resume" && revive)) end = undefined;
  }
  if (end === undefined) return undefined;
  const story = `session "${session}" was ended, and its handle is left open`;
  return { story, at: Math.max(at, end.answered), also: [Math.min(at, end.answered)] };
}

function leftByShutdown(facts: Facts, { session, at }: OpenHandle): Breach | undefined {
  const shutdown = facts.shutDown;
  if (shutdown === undefined) return undefined;
  if (shutdown.abandoned && facts.session(session).runOpenAt(shutdown.answered)) return undefined;
  const story = `the host was shut down, and the handle of session "${session}" is left open`;
  return { story, at: Math.max(at, shutdown.answered), also: [Math.min(at, shutdown.answered)] };
}

function leftByFailure(facts: Facts, { session, at }: OpenHandle): Breach | undefined {
  if (facts.session(session).messages.some(({ accepted }) => accepted >= 0)) return undefined;
  let failed: OpFacts | undefined;
  for (const op of facts.ops) {
    const { what } = op.record;
    if (op.record.session !== session || (what !== "create" && what !== "resume")) continue;
    if (op.ok || op.answered < 0) return undefined;
    failed = op;
  }
  if (failed === undefined) return undefined;
  const story =
    `the ${failed.record.what} of session "${session}" failed, and its handle is left open`;
  return { story, at, also: [failed.answered] };
}

function leftByClient({ records }: Ledger, { session, at }: OpenHandle): Breach | undefined {
  const bound = new Map<string, string | undefined>();
  let lost = -1;
  for (let i = 0; i < records.length; i++) {
    const record = records[i]!;
    if (record.kind !== "binding") continue;
    const { client } = record;
    if (bound.get(client) === session && record.session !== session) lost = i;
    bound.set(client, record.session);
  }
  if (lost < 0) return undefined;
  for (const current of bound.values()) if (current === session) return undefined;
  const story = `session "${session}" is no client's any more, and its handle is left open`;
  return { story, at: lost, also: [at] };
}
