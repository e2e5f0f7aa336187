import type { RecordOf } from "../ledger_record.ts";
import { listOf, nameOf } from "./format.ts";

/** A run that has not settled. */
export interface OpenRun {
  readonly run: number;
  readonly messages: readonly string[];
}

/** What a host showed of a session's guard. */
export interface GuardSeen {
  /** What to call whoever has it; `undefined` where nobody has. */
  readonly owner: string | undefined;
  readonly live: boolean;
  readonly waiting: readonly string[];
}

/** What came before a record, as far as its sentence depends on it. Nothing of it is needed. */
export interface WordsContext {
  /** There is one session, so it need not be named. */
  readonly isOneSession?: boolean;
  /** Of a call and a `guard` record: the runs of its session that have not settled. */
  readonly open?: readonly OpenRun[];
  /** Of a `guard` record: what it shows, and what was shown before. */
  readonly guard?: GuardSeen;
  readonly before?: GuardSeen;
  /** Of an `answered` record: what was asked. */
  readonly asked?: RecordOf<"asked">;
  /** Some run had a guard, so that one without is worth a word. */
  readonly hasProbe?: boolean;
}

/** `run 2 (m2) is`, `run 1 (m1) and run 2 (m2) are`; empty if there is none. */
export function openNames({ open = [] }: WordsContext): string {
  if (open.length === 0) return "";
  const names = open.map(({ run, messages }) => `run ${run} (${messages.map(nameOf).join(" + ")})`);
  return `${listOf(names)} ${open.length === 1 ? "is" : "are"}`;
}

/** ` of session a`; empty where there is no other. */
export function ofSession(session: string, context: WordsContext): string {
  return session === "" || context.isOneSession ? "" : ` of session ${nameOf(session)}`;
}

/** `session a`, or `the session` where there is no other. */
export function sessionName(session: string, context: WordsContext): string {
  return session === "" || context.isOneSession ? "the session" : `session ${nameOf(session)}`;
}

/** Begins a sentence. Names of messages are left as they are: `m1` is not `M1`. */
export function capital(text: string): string {
  return /^(the|owner|nobody|somebody)\b/.test(text)
    ? text[0]!.toUpperCase() + text.slice(1)
    : text;
}
