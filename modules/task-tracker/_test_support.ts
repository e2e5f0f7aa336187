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

/** A signal that tells which listeners it still has. */
export function countedSignal(): {
  controller: AbortController;
  signal: AbortSignal;
  listeners: ReadonlySet<string>;
} {
  const controller = new AbortController();
  const { signal } = controller;
  const ids = new Map<unknown, number>();
  const listeners = new Set<string>();
  const nameOf = (type: string, listener: unknown) => {
    if (!ids.has(listener)) ids.set(listener, ids.size);
    return `${type} ${ids.get(listener)}`;
  };
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (type: string, listener: EventListener, options?: object) => {
    const name = nameOf(type, listener);
    listeners.add(name);
    if ((options as { once?: boolean } | undefined)?.once) {
      add(type, () => listeners.delete(name), { once: true });
    }
    add(type, listener, options);
  };
  signal.removeEventListener = (type: string, listener: EventListener) => {
    listeners.delete(nameOf(type, listener));
    remove(type, listener);
  };
  return { controller, signal, listeners };
}
