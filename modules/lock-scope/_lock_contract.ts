import assert from "node:assert/strict";
import { test } from "node:test";
import { type Lock, LockManager, type LockOptions } from "./mod.ts";

/** What the `LockManager` of this module and the `navigator.locks` of a runtime have in common. */
export type Locks = Pick<LockManager, "request" | "query">;

type Runtime = "node" | "deno" | "bun";

const RUNTIME: Runtime = "Deno" in globalThis ? "deno" : "Bun" in globalThis ? "bun" : "node";

let names = 0;

/**
 * A case of the contract suite: something that the Web Locks API says, on the `LockManager` of this
 * module and, where there is one, on the `navigator.locks` of the runtime, unless that is known to
 * do something else. No case looks at what did *not* happen yet: they all compare orders, so that
 * they need no time.
 */
export function contract(
  sentence: string,
  run: (locks: Locks, name: string) => Promise<void>,
  known: Partial<Record<Runtime, string>> = {},
): void {
  test(`LockManager: ${sentence}`, async () => {
    const locks = new LockManager();
    await run(locks, `name-${names++}`);
    assert.deepEqual([locks.size, locks.snapshot()], [0, { held: [], pending: [] }]);
  });
  const native = (globalThis as { navigator?: { locks?: unknown } }).navigator?.locks;
  if (native === undefined) return;
  const skip = known[RUNTIME] ?? false;
  test(`navigator.locks: ${sentence}`, { skip }, () => run(native as Locks, `name-${names++}`));
}

/** A lock that is held until `release()`. */
export interface Hold {
  /** When its callback runs. */
  readonly started: Promise<Lock | null>;
  readonly release: (value?: unknown) => void;
  /** The request. */
  readonly done: Promise<unknown>;
}

/** Asks for a lock and holds it. */
export function hold(locks: Locks, name: string, options: LockOptions = {}): Hold {
  let release!: (value?: unknown) => void;
  let begin!: (lock: Lock | null) => void;
  const until = new Promise((resolve) => release = resolve);
  const started = new Promise<Lock | null>((resolve) => begin = resolve);
  const done = locks.request(name, options, (lock) => (begin(lock), until));
  return { started, release, done };
}

/** A request with arguments that the types do not allow. */
export function requestAny(locks: Locks, ...args: unknown[]): Promise<unknown> {
  return (locks.request as (...args: unknown[]) => Promise<unknown>).apply(locks, args);
}

export function ignore(): void {}

export function notCalled(): never {
  assert.fail("the callback must not be called");
}
