/** For tests that do a lot: one runtime gives a test 5 s, which a busy machine can use up. */
export const LONG = { timeout: 120_000 };

/** A promise and its two ends. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/** For tests only. */
export function deferred<T = void>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

/** Lets `count` microtasks pass; the default is more than any chain in this module takes. */
export async function microtasks(count = 20): Promise<void> {
  for (let done = 0; done < count; done += 1) await null;
}

/** A task's function that ends when it is asked to, by throwing its reason. */
export function obedient(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}

/** A task's function that never ends. */
export function deaf(): Promise<never> {
  return new Promise(() => {});
}

/** Catches what surfaces as uncaught while `body` runs. */
export async function uncaught(body: () => Promise<void>): Promise<unknown[]> {
  const errors: unknown[] = [];
  const original = globalThis.queueMicrotask;
  globalThis.queueMicrotask = (callback) =>
    original(() => {
      try {
        callback();
      } catch (error) {
        errors.push(error);
      }
    });
  try {
    await body();
    await microtasks();
  } finally {
    globalThis.queueMicrotask = original;
  }
  return errors;
}
