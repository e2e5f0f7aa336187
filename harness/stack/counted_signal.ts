/** A listener that was added and not removed. */
interface Listener {
  readonly type: string;
  readonly callback: unknown;
  readonly isCapture: boolean;
  /** The signal that removes it, from the `signal` option. */
  readonly until: AbortSignal | undefined;
}

type Target = Parameters<AbortSignal["addEventListener"]>;
type Options = boolean | AddEventListenerOptions | undefined;

/** Whose signal it is. A property and not a map, and functions that all share: a signal is cheap so. */
const OWNER = Symbol("owner");
type OwnedSignal = AbortSignal & { [OWNER]?: CountedSignal };

const native = {
  add: AbortSignal.prototype.addEventListener,
  remove: AbortSignal.prototype.removeEventListener,
  onabort: Object.getOwnPropertyDescriptor(AbortSignal.prototype, "onabort") as {
    get(this: AbortSignal): unknown;
    set(this: AbortSignal, handler: unknown): void;
  },
};

let countAdded: (owner: CountedSignal, ...added: Target) => void;
let countRemoved: (owner: CountedSignal, ...removed: Target) => void;
let setHandler: (owner: CountedSignal, handler: unknown) => void;

/**
 * A signal that tells how many listeners it has, so that one that is left behind is found.
 *
 * When to use: for each signal that the harness hands to a host, with `LeakLedger.signal()`, or alone.
 *
 * {@linkcode CountedSignal.signal} is a real `AbortSignal`: it is that of an `AbortController`, on which
 * `addEventListener`, `removeEventListener` and `onabort` also count. What is counted follows the rules
 * of an `EventTarget`: the same listener added twice is one, and one that is gone by itself, because of
 * its `once` or `signal` option, is gone. The abort takes all that were there with it: they have been
 * called, and no abort comes again. Who listens afterwards waits for nothing, and counts.
 *
 * Not seen: whoever follows this signal by `AbortSignal.any()`, which adds no listener that can be
 * seen; runtimes hold on to those weakly. Nor who calls the methods of the prototype. Nor the listener
 * of another target that has this signal as its `signal` option, except on Deno.
 *
 * @example A listener that is left behind
 * ```ts
 * import { CountedSignal } from "./counted_signal.ts";
 * import assert from "node:assert/strict";
 *
 * const counted = new CountedSignal("message 1");
 * counted.signal.addEventListener("abort", () => {});
 * assert.equal(counted.listeners, 1);
 * counted.abort();
 * assert.equal(counted.listeners, 0);
 * ```
 */
export class CountedSignal {
  /** What it is for. */
  readonly label: string;
  /** To be handed out. */
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #listening: Set<CountedSignal> | undefined;
  #listeners: Listener[] = [];
  /** The setters of some runtimes come through `addEventListener`, with a listener of their own. */
  #isSettingHandler = false;
  /** The handler that was there at the abort. */
  #calledHandler: unknown = null;

  /**
   * @param label What it is for
   * @param listening A set in which this is while it may have listeners
   */
  constructor(label: string, listening?: Set<CountedSignal>) {
    this.label = label;
    this.#listening = listening;
    const signal: OwnedSignal = this.#controller.signal;
    this.signal = signal;
    signal[OWNER] = this;
    signal.addEventListener = addAndCount;
    signal.removeEventListener = removeAndCount;
    Object.defineProperty(signal, "onabort", HANDLER);
  }

  /** How many listeners there are now, the `onabort` handler included. */
  get listeners(): number {
    const { onabort } = this.signal;
    const handlers = typeof onabort === "function" && onabort !== this.#calledHandler ? 1 : 0;
    return this.#listeners.filter(isThere).length + handlers;
  }

  /** Aborts the signal, like `AbortController.abort()`. */
  abort(reason?: unknown): void {
    if (this.signal.aborted) return;
    const called = new Set(this.#listeners);
    this.#calledHandler = this.signal.onabort;
    this.#controller.abort(reason);
    this.#listeners = this.#listeners.filter((listener) => !called.has(listener));
    this.#forgetIfNone();
  }

  static {
    countAdded = (owner, type, callback, options) => {
      if (owner.#isSettingHandler || callback === null || callback === undefined) return;
      const until = typeof options === "object" ? options?.signal : undefined;
      const listener = { type, callback, isCapture: isCapture(options), until };
      if (!isThere(listener) || owner.#find(listener) !== undefined) return;
      owner.#listeners.push(listener);
      owner.#listening?.add(owner);
    };
    countRemoved = (owner, type, callback, options) => {
      const found = owner.#find({ type, callback, isCapture: isCapture(options) });
      if (found === undefined) return;
      owner.#listeners.splice(owner.#listeners.indexOf(found), 1);
      owner.#forgetIfNone();
    };
    setHandler = (owner, handler) => {
      owner.#isSettingHandler = true;
      try {
        native.onabort.set.call(owner.signal, handler);
      } finally {
        owner.#isSettingHandler = false;
      }
      owner.#listening?.add(owner);
      owner.#forgetIfNone();
    };
  }

  #find(wanted: Pick<Listener, "type" | "callback" | "isCapture">): Listener | undefined {
    return this.#listeners.find((listener) =>
      listener.callback === wanted.callback && listener.type === wanted.type &&
      listener.isCapture === wanted.isCapture && isThere(listener)
    );
  }

  #forgetIfNone(): void {
    if (this.#listening !== undefined && this.listeners === 0) this.#listening.delete(this);
  }
}

function addAndCount(this: OwnedSignal, ...[type, callback, options]: Target): void {
  native.add.call(this, type, callback, options);
  if (this[OWNER] !== undefined && !isRuntimesOwn(options)) {
    countAdded(this[OWNER], type, callback, options);
  }
}

function removeAndCount(this: OwnedSignal, ...[type, callback, options]: Target): void {
  native.remove.call(this, type, callback, options);
  if (this[OWNER] !== undefined) countRemoved(this[OWNER], type, callback, options);
}

const HANDLER: PropertyDescriptor & ThisType<OwnedSignal> = {
  configurable: true,
  get() {
    return native.onabort.get.call(this);
  },
  set(handler: unknown) {
    setHandler(this[OWNER]!, handler);
  },
};

/** Whether it has not been removed by its own signal. */
function isThere({ until }: Listener): boolean {
  return until === undefined || !until.aborted;
}

function isCapture(options: Options): boolean {
  return typeof options === "object" ? options?.capture === true : options === true;
}

/**
 * Whether a listener is Node's own: that which removes the listener of another target, and never goes
 * itself. Node holds it weakly, and says so with a symbol in its options.
 */
function isRuntimesOwn(options: Options): boolean {
  return WEAK !== undefined && typeof options === "object" && options !== null && WEAK in options;
}

/** The symbol that Node uses, found by having it used. */
const WEAK = ((): symbol | undefined => {
  const { signal } = new AbortController();
  let weak: symbol | undefined;
  signal.addEventListener = (...[, , options]: Target) => {
    weak = Object.getOwnPropertySymbols(options ?? {})
      .find(({ description }) => description === "kWeak");
  };
  new EventTarget().addEventListener("abort", () => {}, { signal });
  return weak;
})();
