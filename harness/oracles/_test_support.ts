import assert from "node:assert/strict";
import { Ledger } from "../ledger.ts";
import type { Asked, LedgerRecord, RecordOf, RunRecord } from "../ledger_record.ts";
import type { Breach, Oracle, Policies } from "./oracle.ts";

/** What comes with an `asked`, beside what it asks for and of whom. */
export type AskedDetails = Partial<Omit<RecordOf<"asked">, "kind" | "op" | "what" | "session">>;

/** What comes with an outcome. */
export type OutcomeDetails = Pick<
  RecordOf<"outcome">,
  "by" | "cause" | "replyOf" | "replySession"
>;

/** What comes with the answer to an operation. */
export type AnswerDetails = Partial<Omit<RecordOf<"answered">, "kind" | "op">>;

/**
 * A ledger that a test writes in short, a method for each record. Messages are named by their name
 * alone: their session is that of their `send()`, or `a`.
 *
 * Each record is of the current step. `next()` goes on to another at rest, `rush()` to one that comes
 * before the world has come to rest; so the story has to begin with `next()` if it has a `rush()`.
 */
export class Story extends Ledger {
  readonly #clock: { ms: number };
  readonly #guards: Map<string, unknown>;
  readonly #sessions = new Map<string, string>();
  readonly #unanswered = new Map<string, number[]>();
  #ops = 0;
  #calls = 0;

  constructor() {
    const clock = { ms: 0 };
    const guards = new Map<string, unknown>();
    const guardOf = (session: string) =>
      guards.has(session) ? guards.get(session) : `guard of ${session}`;
    super({ now: () => clock.ms, guardOf });
    this.#clock = clock;
    this.#guards = guards;
  }

  /** The number of the latest record. */
  get last(): number {
    return this.records.length - 1;
  }

  /** The number of the latest record of which this is true. */
  find(isIt: (record: LedgerRecord) => boolean): number {
    return this.records.findLastIndex(isIt);
  }

  /** The next step, at rest. */
  next(): this {
    this.step++;
    this.rested();
    return this;
  }

  /** The next step, in the middle of what the one before set off. */
  rush(): this {
    this.step++;
    return this;
  }

  /** The next step, at rest, so many ms later. */
  pass(ms: number): this {
    this.#clock.ms += ms;
    return this.next();
  }

  /** What the probe shows from now on, when the agent acts; by default there is a guard. */
  hold(session: string, guard: unknown): this {
    this.#guards.set(session, guard);
    return this;
  }

  /** Asks for anything. Its answer is given by `answer("WHAT SESSION")`, or by `answer("shutdown")`. */
  ask(what: Asked, session = "", details: AskedDetails = {}): this {
    const op = this.#ops++;
    const name = what === "send" ? details.message ?? "" : `${what} ${session}`.trim();
    this.#unanswered.set(name, [...this.#unanswered.get(name) ?? [], op]);
    return this.put({ kind: "asked", op, what, session, ...details });
  }

  /** Asks to send a message. Its answer is given by `answer(MESSAGE)`. */
  send(session: string, message: string, details: AskedDetails = {}): this {
    this.#sessions.set(message, session);
    return this.ask("send", session, { message, sender: "s1", ...details });
  }

  /** The promise of the oldest operation of this name settles. */
  answer(name: string, details: AnswerDetails = {}): this {
    const op = this.#unanswered.get(name)?.shift();
    assert.ok(op !== undefined, `nobody asked for "${name}", or it was answered`);
    return this.put({ kind: "answered", op, ok: true, ...details });
  }

  accept(message: string): this {
    this.accepted(this.#sessionOf(message), message);
    return this;
  }

  reject(message: string, reason = "busy"): this {
    return this.put({ kind: "rejected", session: this.#sessionOf(message), message, reason });
  }

  /** The agent is called, on these messages. Runs count from 1. */
  call(...messages: string[]): this {
    const session = this.#sessionOf(messages[0]!);
    this.called(session, messages.length === 1 ? messages[0]! : messages);
    return this;
  }

  /** The agent acts in a run. */
  act(run: number, act: RunRecord["act"]): this {
    const call = this.records.find((record) => record.kind === "run" && record.run === run);
    assert.ok(call?.kind === "run", `there is no run ${run}`);
    this.acted(call.session, call.message, { run, act });
    return this;
  }

  /** How a message ended; the third is whom it was merged into, or more. */
  override outcome(message: string, status: string, details: string | OutcomeDetails = {}): this {
    const more = typeof details === "string" ? { by: details } : details;
    return this.put({
      kind: "outcome",
      session: this.#sessionOf(message),
      message,
      status,
      ...more,
    });
  }

  /** What a look at a session shows. */
  look(session: string, guard: unknown, waiting: readonly string[] = [], live = true): this {
    return this.put({ kind: "guard", session, guard, live, waiting });
  }

  /** A call of a port begins. Calls count from 1. */
  begin(port: string, session: string, by?: string): this {
    const call = ++this.#calls;
    return this.put({
      kind: "io",
      port,
      session,
      call,
      act: "begin",
      ...(by === undefined ? {} : { by }),
    });
  }

  /** It ends; it fails, if it is said whether the session is gone. */
  finish(call: number, details: { gone?: boolean } = {}): this {
    const begun = this.records.find((record) => record.kind === "io" && record.call === call);
    assert.ok(begun?.kind === "io", `there is no call ${call}`);
    const act = details.gone === undefined ? "end" : "fail";
    return this.put({ ...begun, act, ...details });
  }

  handle(session: string, act: "open" | "close", handle = 1): this {
    return this.put({ kind: "handle", session, handle, act });
  }

  reply(message: string, act: "begin" | "end" | "fail", run = 1): this {
    const session = this.#sessionOf(message);
    return this.put({ kind: "reply", session, message, act, run, from: session });
  }

  /** All is over. */
  idle(held: Readonly<Record<string, number>> = {}): this {
    this.rest(held);
    return this;
  }

  /** Any other record. */
  put(record: LedgerRecord): this {
    this.write(record);
    return this;
  }

  #sessionOf(message: string): string {
    return this.#sessions.get(message) ?? "a";
  }
}

/** Judges, and expects it to be broken: how, and with which record. Returns the breach. */
export function assertBreaks(
  oracle: Oracle,
  story: Ledger,
  expected: { story: string | RegExp; at: number; policies?: Policies },
): Breach {
  const breach = oracle.judge(story, expected.policies ?? {});
  assert.ok(breach !== undefined, `nothing was found in\n${story}`);
  if (typeof expected.story === "string") assert.equal(breach.story, expected.story);
  else assert.match(breach.story, expected.story);
  assert.equal(breach.at, expected.at, `${breach.story}\n${story}`);
  assertJudged(oracle, story);
  return breach;
}

/** Judges, and expects it to be kept. */
export function assertKeeps(oracle: Oracle, story: Ledger, policies: Policies = {}): void {
  const breach = oracle.judge(story, policies);
  assert.equal(breach, undefined, `${breach?.story}\n${story}`);
  assertJudged(oracle, story);
}

/** A story that an oracle would not be given to judge shows nothing. */
function assertJudged(oracle: Oracle, story: Ledger): void {
  for (const need of oracle.needs) assert.ok(story.has(need), `it is not judged without ${need}`);
}
