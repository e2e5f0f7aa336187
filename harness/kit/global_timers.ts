import type { SimClock } from "./sim_clock.ts";

/** What is put in place of the runtime's own, by name. */
type Globals = Record<string, unknown>;

/** Where a world's time starts for a host that asks what day it is: 2000-01-01, in ms. */
const EPOCH_MS = 946_684_800_000;

/**
 * Puts a world's clock in the place of the runtime's timers, of `Date.now()`, `performance.now()` and
 * `AbortSignal.timeout()`, for hosts that do not take a clock. Returns what puts them back.
 *
 * - One world at a time: the globals are everybody's.
 * - What `setImmediate()` is given comes as a timer that is due at once.
 * - `new Date()` and timers imported from `node:timers` are not reached.
 */
export function installGlobalTimers(clock: SimClock): () => void {
  const undo = [
    replace(globalThis, {
      setTimeout: (fn: () => void, ms = 0, ...args: never[]) =>
        handleOf(clock, (again) => {
          again.set(bound(fn, args), ms);
        }),
      setInterval: (fn: () => void, ms = 0, ...args: never[]) =>
        handleOf(clock, (again) => {
          const tick = () => {
            again.set(tick, Math.max(1, ms));
            bound(fn, args)();
          };
          again.set(tick, Math.max(1, ms));
        }),
      setImmediate: (fn: () => void, ...args: never[]) =>
        handleOf(clock, (again) => {
          again.set(bound(fn, args), 0);
        }),
      clearImmediate: (handle: unknown) => (handle as Handle | undefined)?.clear?.(),
      clearTimeout: (handle: unknown) => (handle as Handle | undefined)?.clear?.(),
      clearInterval: (handle: unknown) => (handle as Handle | undefined)?.clear?.(),
    }),
    replace(Date, { now: () => EPOCH_MS + clock.now() }),
    replace(performance, { now: () => clock.now() }),
    replace(AbortSignal, { timeout: (ms: number) => clock.timeoutSignal(ms) }),
  ];
  return () => {
    for (const back of undo) back();
  };
}

/** What a host gets for a timer: it has the methods that Node's own has. */
class Handle {
  readonly #clock: SimClock;
  #timer: unknown;

  constructor(clock: SimClock) {
    this.#clock = clock;
  }

  set(fn: () => void, ms: number): void {
    this.#timer = this.#clock.setTimeout(fn, ms);
  }

  clear(): void {
    this.#clock.clearTimeout(this.#timer);
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }
}

function handleOf(clock: SimClock, begin: (handle: Handle) => void): Handle {
  const handle = new Handle(clock);
  begin(handle);
  return handle;
}

function bound(fn: (...args: never[]) => void, args: never[]): () => void {
  return args.length === 0 ? fn as () => void : () => fn(...args);
}

function replace(target: object, globals: Globals): () => void {
  const before = Object.keys(globals).map((name) =>
    [name, Object.getOwnPropertyDescriptor(target, name)] as const
  );
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(target, name, { value, configurable: true, writable: true });
  }
  return () => {
    for (const [name, descriptor] of before) {
      if (descriptor === undefined) delete (target as Globals)[name];
      else Object.defineProperty(target, name, descriptor);
    }
  };
}
