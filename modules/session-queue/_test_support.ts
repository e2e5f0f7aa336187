import assert from "node:assert/strict";
import { FakeClock, quiet } from "@lanekeeper/test/fake_clock";
import { type Receipt, SessionQueue, type SessionQueueOptions, type SessionTurn } from "./mod.ts";

/** What the tests send, get and hold: texts, so that a difference reads well. */
export type Queue = SessionQueue<string, string, string>;
export type QueueOptions = SessionQueueOptions<string, string, string>;
export type Turn = SessionTurn<string, string>;

/** A promise and its two ends. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

export function deferred<T = string>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

/** A turn in the hands of the scripted agent: the test says when and how it ends. */
export interface Run {
  readonly turn: Turn;
  /** Its messages: `a`, or `a+b`. */
  readonly text: string;
  finish(reply?: string): void;
  fail(error: unknown): void;
}

/**
 * An agent whose turns end when the test says so or, unless it is `deaf`, when they are cancelled.
 * It is the witness of `SINGLE_TURN`, too.
 */
export class ScriptedAgent {
  readonly runs: Run[] = [];
  deaf = false;
  /** Turns that began while another one of their session ran. */
  overlaps = 0;
  readonly #running = new Set<string>();

  /** The turns so far, in the order in which they began. */
  get texts(): string[] {
    return this.runs.map(({ text }) => text);
  }

  /** The turn that began last. */
  get last(): Run {
    const run = this.runs.at(-1);
    assert.ok(run, "a turn has begun");
    return run;
  }

  readonly run = async (turn: Turn): Promise<string> => {
    const { session } = turn;
    if (this.#running.has(session)) this.overlaps++;
    this.#running.add(session);
    const work = deferred();
    const text = turn.inputs.map(({ message }) => message).join("+");
    this.runs.push({
      turn,
      text,
      finish: (reply = `re: ${text}`) => work.resolve(reply),
      fail: work.reject,
    });
    if (!this.deaf) turn.signal.addEventListener("abort", () => work.reject(turn.signal.reason));
    try {
      return await work.promise;
    } finally {
      this.#running.delete(session);
    }
  };
}

/** What a test works with. */
export interface Bench {
  readonly clock: FakeClock;
  readonly agent: ScriptedAgent;
  readonly queue: Queue;
  /** What came to `onError`. */
  readonly errors: string[];
}

export function bench(options: Partial<QueueOptions> = {}): Bench {
  const clock = new FakeClock();
  const agent = new ScriptedAgent();
  const errors: string[] = [];
  const queue: Queue = new SessionQueue<string, string, string>({
    run: agent.run,
    clock,
    onError: (error, { action, session }) => errors.push(`${action} of ${session}: ${error}`),
    ...options,
  });
  return { clock, agent, queue, errors };
}

/** The handles of an agent's sessions: which were opened, resumed and closed. */
export class Handles {
  readonly log: string[] = [];
  readonly live = new Set<string>();
  readonly open = (session: string): string => this.give(session, "open");
  readonly resume = (session: string): string => this.give(session, "resume");
  readonly close = (handle: string): void => this.take(handle);

  give(session: string, how: string): string {
    const handle = `${session}#${this.log.length + 1}`;
    this.log.push(`${how} ${handle}`);
    this.live.add(handle);
    return handle;
  }

  take(handle: string): void {
    assert.ok(this.live.delete(handle), `${handle} is closed once`);
    this.log.push(`close ${handle}`);
  }
}

/** A queue with handles that are there at once. */
export function withHandles(options: Partial<QueueOptions> = {}): Bench & { handles: Handles } {
  const handles = new Handles();
  const { open, resume, close } = handles;
  return { ...bench({ open, resume, close, ...options }), handles };
}

/** Open sessions, each with its messages: the first of them runs, the others wait. */
export async function openSessions(
  sessions: Readonly<Record<string, readonly string[]>>,
  options: Partial<QueueOptions> = {},
): Promise<Bench & { handles: Handles; receipts: Receipt<string>[] }> {
  const b = withHandles(options);
  const receipts: Receipt<string>[] = [];
  for (const [session, texts] of Object.entries(sessions)) {
    await b.queue.create(session);
    receipts.push(...texts.map((text) => b.queue.send(session, text)));
  }
  await quiet();
  return { ...b, receipts };
}

/** A call of `open` or `resume` that waits until the test lets it go. */
export interface SlowCall extends Deferred<void> {
  readonly signal: AbortSignal;
}

/** A queue with handles that come when the test says so. */
export function withSlowHandles(
  options: Partial<QueueOptions> = {},
): Bench & { handles: Handles; calls: SlowCall[] } {
  const handles = new Handles();
  const calls: SlowCall[] = [];
  const wait = (how: "open" | "resume") => async (session: string, signal: AbortSignal) => {
    const call = { ...deferred<void>(), signal };
    calls.push(call);
    await call.promise;
    return handles[how](session);
  };
  const hooks = { open: wait("open"), resume: wait("resume"), close: handles.close };
  return { ...bench({ ...hooks, ...options }), handles, calls };
}

/** What a promise has come to when everything that can settle has, or `"pending"`. */
export async function peek<T>(promise: Promise<T>): Promise<T | "pending"> {
  return await Promise.race([promise, quiet().then(() => "pending" as const)]);
}

/** What a promise rejects with, as a text; asked for early, so that no rejection is unhandled. */
export function rejection(promise: Promise<unknown>): Promise<string> {
  return promise.then(() => "fulfilled", String);
}

/** Nothing is left: no session, no guard, no message, no timer; and no turn ran beside another. */
export async function assertAtRest({ queue, clock, agent }: Bench): Promise<void> {
  await quiet();
  const { size, running, waiting } = queue;
  assert.deepEqual(
    { size, running, waiting, timers: clock.pending, overlaps: agent.overlaps },
    { size: 0, running: 0, waiting: 0, timers: 0, overlaps: 0 },
  );
}

/** A signal that counts its listeners. */
export function countedSignal(): { controller: AbortController; listeners(): number } {
  const controller = new AbortController();
  const listeners = new Map<unknown, string>();
  const count = (name: "addEventListener" | "removeEventListener") => {
    const original = controller.signal[name].bind(controller.signal);
    const counted = (type: string, listener: () => void, options?: AddEventListenerOptions) => {
      if (name === "addEventListener") listeners.set(listener, type);
      else if (listeners.get(listener) === type) listeners.delete(listener);
      original(type, listener, options);
    };
    Object.defineProperty(controller.signal, name, { value: counted });
  };
  count("addEventListener");
  count("removeEventListener");
  return { controller, listeners: () => listeners.size };
}

/** How much time passes, 10 ms at a time, until `promise` settles. */
export async function elapsed(
  clock: FakeClock,
  promise: Promise<unknown>,
  maxMs: number,
): Promise<number> {
  const startMs = clock.now();
  let isSettled = false;
  const settle = () => void (isSettled = true);
  promise.then(settle, settle);
  for (;;) {
    await quiet();
    const ms = clock.now() - startMs;
    if (isSettled || ms >= maxMs) return ms;
    clock.advance(10);
  }
}
