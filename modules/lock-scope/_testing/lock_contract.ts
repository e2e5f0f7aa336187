import assert from "node:assert/strict";
import type { Lock, LockManager, LockOptions } from "../mod.ts";

/** What the `LockManager` of this module and the `navigator.locks` of a runtime have in common. */
export type Locks = Pick<LockManager, "request" | "query">;

/** The runtimes that have `navigator.locks`. */
export type Runtime = "node" | "deno";

/** Something that the Web Locks API says. */
export interface ContractCase {
  readonly sentence: string;
  run(locks: Locks, name: string): Promise<void>;
  /** Runtimes whose own `navigator.locks` do something else, and what. */
  readonly deviations: Partial<Record<Runtime, string>>;
}

/** All cases, once `lock_manager_cases.ts and lock_request_cases.ts` is imported. */
export const CASES: ContractCase[] = [];

let names = 0;

/** A lock name that no other case uses. */
export function freshName(): string {
  return `name-${names++}`;
}

/**
 * Adds a case of the contract suite. None looks at what did *not* happen yet: they all compare orders,
 * so that they need no time.
 */
export function contract(
  sentence: string,
  run: ContractCase["run"],
  deviations: ContractCase["deviations"] = {},
): void {
  CASES.push({ sentence, run, deviations });
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
