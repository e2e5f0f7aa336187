import { isInterrupting, type Ledger } from "../ledger.ts";
import type { RecordOf } from "../ledger_record.ts";
import {
  type Facts,
  factsOf,
  hasRested,
  type MessageFacts,
  type OpFacts,
  type RunFacts,
  type SessionFacts,
} from "./_facts.ts";
import type { Policies } from "./oracle.ts";

/** What was hit by a cancel: a run, a message that has none, or whatever a session was at. */
export interface Target {
  readonly session: SessionFacts;
  readonly messages: readonly MessageFacts[];
}

/** Where the first of the messages came in. */
export function arrivalOf({ messages }: Target): number {
  let first = Infinity;
  for (const { arrived } of messages) if (arrived >= 0 && arrived < first) first = arrived;
  return first === Infinity ? -1 : first;
}

/** Whether a message interrupts what runs. */
export function isInterrupt(
  { what, policy }: RecordOf<"asked">,
  { interrupts = false }: Policies,
): boolean {
  if (what !== "send") return false;
  return isInterrupting(policy) || (interrupts && policy === undefined);
}

/** Whether an operation is one that may cancel a target: it asks so, and is meant for it. */
export function mayHit(op: OpFacts, target: Target, policies: Policies): boolean {
  const { what, session, message } = op.record;
  if (what === "shutdown") return true;
  if (session !== target.session.name) return false;
  const isIn = target.messages.some(({ name }) => name === message);
  if (what === "withdraw") return isIn || target.messages.length === 0;
  if (what === "stop" || what === "end" || what === "disconnect") return true;
  return isInterrupt(op.record, policies) && !isIn;
}

/** Whether what was asked holds for what comes later, too: then it may hit that as well. */
export function isForGood({ record: { what } }: OpFacts): boolean {
  return what === "end" || what === "shutdown";
}

/** Whether a timer fired, or the process died, between two records: then somebody may have lost patience. */
export function hasTimedOut({ records }: Ledger | Facts, from: number, to: number): boolean {
  for (let at = Math.max(from, 0); at < to; at++) {
    const { kind } = records[at]!;
    if (kind === "timer" || kind === "process") return true;
  }
  return false;
}

/**
 * Whether a cancel that hit a target with record `at` was asked for: since the target came in, by
 * somebody who meant it, or by a deadline.
 */
export function wasAskedFor(
  ledger: Ledger,
  target: Target,
  { at, policies, isIt = () => true }: {
    at: number;
    policies: Policies;
    isIt?: (op: OpFacts) => boolean;
  },
): boolean {
  const arrived = arrivalOf(target);
  for (const op of factsOf(ledger).ops) {
    // What is asked for in one breath with the message may come to the host after it.
    const isOlder = op.asked < arrived && hasRested(ledger, op.asked, arrived);
    if (op.asked > at || (isOlder && !isForGood(op))) continue;
    if (mayHit(op, target, policies) && isIt(op)) return true;
  }
  return hasTimedOut(ledger, arrived, at);
}

/** With which record after `from` a run was aborted, or its agent asked to stop it; -1 if with none. */
export function hitOf({ records }: Ledger, run: RunFacts, from: number): number {
  const { aborted, settled, number, called } = run;
  const end = settled < 0 ? records.length : settled;
  const hit = aborted > from && aborted < end ? aborted : -1;
  for (let at = Math.max(from, called) + 1; at < (hit < 0 ? end : hit); at++) {
    const record = records[at]!;
    if (record.kind === "cancel" && record.run === number) return at;
  }
  return hit;
}

/** Whether a run was called with a signal that was aborted already: its message did not really run. */
export function isBornDead({ called, aborted }: RunFacts): boolean {
  return aborted === called + 1;
}

/** The run that had a message first: it was called with it, or took it. */
export function firstRunOf(message: MessageFacts): RunFacts | undefined {
  const { called, taken, taker, session } = message;
  if (taken >= 0 && taken === called) return taker;
  return called < 0 ? undefined : session.runs.find((run) => run.called === called);
}

/**
 * Where a message was when something was asked: not there yet, or over; in line; `between`, that is on
 * its way to its run, past the line or without having had to wait; or in its run. What the record does
 * not tell is taken to be in line.
 */
export function whereWas(
  ledger: Ledger,
  message: MessageFacts,
  at: number,
): "nowhere" | "waiting" | "between" | "running" {
  const { arrived, accepted, called, outcome, rejected, left, waited } = message;
  if (arrived < 0 || arrived > at || (rejected >= 0 && rejected < at)) return "nowhere";
  if (outcome >= 0 && outcome < at) return "nowhere";
  if (called >= 0 && called < at) return "running";
  if (accepted < 0 || accepted > at) {
    // A host that only tells how a message ended is taken to know it once it had time to look.
    const isTold = accepted >= 0 && accepted !== called - 1;
    if (isTold || !hasRested(ledger, arrived, at) || hasOpenCall(ledger, message, at)) {
      return "nowhere";
    }
  }
  const isOut = waited >= 0 && waited < at
    ? left >= 0 && left < at
    : wasIdle(message.session, arrived) || wasPassedOver(ledger, message, at);
  return isOut || isHandedOn(ledger, message, at) ? "between" : "waiting";
}

/**
 * Whether a look should have shown a message in line, and did not: one before record `at`, or the first
 * one after it.
 */
function wasPassedOver(ledger: Ledger, message: MessageFacts, at: number): boolean {
  const { accepted, arrived, waited, called } = message;
  if (!factsOf(ledger).showsEmptyLines) return false;
  const came = accepted >= 0 && accepted < at ? accepted : arrived;
  if (hasRested(ledger, came, at)) return true;
  return waited < 0 && called >= 0 && hasRested(ledger, at, called);
}

/** Whether the turn before had just settled, and this message is the next to run. */
function isHandedOn(ledger: Ledger, message: MessageFacts, at: number): boolean {
  const { called, session, arrived } = message;
  if (called < 0 || session.runOpenAt(at) !== undefined) return false;
  let settled = -1;
  for (const run of session.runs) {
    if (run.called < at) settled = Math.max(settled, run.settled);
    else if (run.called < called) return false;
  }
  return settled > arrived && !(hasRested(ledger, settled, at) && hasRested(ledger, at, called));
}

/**
 * Whether an operation may have come to its host only after a run had begun, because the world had not
 * come to rest in between; then it was heeded if it did something to the run, or need not be.
 */
export function mayComeLater(ledger: Ledger, op: OpFacts, run: RunFacts): boolean {
  if (hasRested(ledger, op.asked, run.called)) return false;
  if (op.record.level === "graceful" || hitOf(ledger, run, run.called) >= 0) return true;
  // Where the run was over by then there was nothing left to hit.
  return run.settled >= 0 && !hasRested(ledger, op.asked, run.settled);
}

/** Whether a call of a port for a message's session goes on that began since the message is there. */
function hasOpenCall({ records }: Ledger, { session, arrived }: MessageFacts, at: number): boolean {
  let open = 0;
  for (let i = arrived; i < at; i++) {
    const record = records[i]!;
    if (record.kind !== "io" || (record.session !== session.name && record.session !== "")) {
      continue;
    }
    open = record.act === "begin" ? open + 1 : Math.max(0, open - 1);
  }
  return open > 0;
}

/** Whether nothing ran and nothing waited on a session when record `at` was written. */
export function wasIdle(session: SessionFacts, at: number): boolean {
  if (session.runOpenAt(at) !== undefined) return false;
  return session.messages.every(({ arrived, outcome, rejected }) =>
    arrived < 0 || arrived >= at || (outcome >= 0 && outcome < at) ||
    (rejected >= 0 && rejected < at)
  );
}

/** What a stop does to what waits. */
export function keepsQueued({ record }: OpFacts, { queuedOnStop }: Policies): boolean {
  return (record.queued ?? queuedOnStop ?? "discard") === "keep";
}

/** Whether the process died between two records. */
export function hasCrashed({ crash }: Facts, from: number, to: number): boolean {
  return crash > from && crash < to;
}
