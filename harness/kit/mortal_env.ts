import type { SimBackend, SimEnv, SimStore } from "./adapter.ts";

/** The environment of one process of a host. */
export interface MortalEnv {
  readonly env: SimEnv;
  /** From now on nothing that is asked of it has any effect, and nothing is answered. */
  die(): void;
}

/**
 * An environment over the same world for each process of a host that may die: what one still does in the
 * microtasks that are left of it goes nowhere.
 */
export function mortalEnvOf({ backend, store, ...world }: SimEnv): MortalEnv {
  let isDead = false;
  const alive = <A extends unknown[], R>(call: (...args: A) => Promise<R>) => (...args: A) =>
    isDead ? new Promise<R>(() => {}) : call(...args);
  const mute = <A extends unknown[]>(say: (...args: A) => void) => (...args: A) => {
    if (!isDead) say(...args);
  };
  const env: SimEnv = {
    ...world,
    agent: alive(world.agent),
    io: alive(world.io),
    deliver: alive(world.deliver),
    ack: mute(world.ack),
    report: mute(world.report),
    backend: {
      open: alive(backend.open),
      resume: alive(backend.resume),
      close: alive(backend.close),
      requestCancel: alive(backend.requestCancel),
      steer: alive(backend.steer),
      rollback: alive(backend.rollback),
    } satisfies SimBackend,
    store: { append: alive(store.append), read: alive(store.read) } satisfies SimStore,
  };
  return { env, die: () => void (isDead = true) };
}
