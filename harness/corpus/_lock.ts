import type { SimEnv } from "../kit/adapter.ts";

/** Does something while nobody else has the lock. */
export type Lock = <T>(by: string, critical: () => T | Promise<T>) => Promise<T>;

/** A lock that reports who has it: one at a time, in order. */
export function createLock(env: SimEnv, key: string): Lock {
  let last: Promise<unknown> = Promise.resolve();
  return (by, critical) => {
    env.report({ kind: "lock", key, act: "wait", by });
    const held = last.then(async () => {
      env.report({ kind: "lock", key, act: "hold", by });
      try {
        return await critical();
      } finally {
        env.report({ kind: "lock", key, act: "release", by });
      }
    });
    last = held.catch(() => {});
    return held;
  };
}
