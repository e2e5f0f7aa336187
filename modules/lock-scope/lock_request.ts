/** Whether a lock is held alone, or together with others in `"shared"` mode. */
export type LockMode = "exclusive" | "shared";

/** What the callback of a lock request gets when the lock is granted. */
export interface Lock {
  /** The name that was asked for. */
  readonly name: string;
  /** The mode that was asked for. */
  readonly mode: LockMode;
  /**
   * Whether the lock is still this callback's; `false` from the moment it is stolen or released. An
   * addition: the locks of `navigator.locks` do not have it.
   */
  readonly held: boolean;
  /**
   * Grows with every lock that its manager grants; with the name, a fencing token. An addition: the
   * locks of `navigator.locks` do not have it.
   */
  readonly generation: number;
}

/** Runs while the lock is held. It gets `null` only if `ifAvailable` found the lock taken. */
export type LockGrantedCallback<T> = (lock: Lock | null) => T;

/** Options of a lock request. */
export interface LockOptions {
  /** Default: `"exclusive"`. */
  mode?: LockMode | undefined;
  /** Do not wait: if the lock can not be had at once, the callback gets `null`. */
  ifAvailable?: boolean | undefined;
  /** Take the lock from whoever holds it, ahead of whoever waits. */
  steal?: boolean | undefined;
  /** Ends the wait. It has no effect once the callback is called. */
  signal?: AbortSignal | undefined;
}

/** The arguments of a request, converted and checked. */
export interface LockRequest {
  readonly name: string;
  readonly mode: LockMode;
  readonly ifAvailable: boolean;
  readonly steal: boolean;
  readonly signal: AbortSignal | undefined;
  readonly callback: LockGrantedCallback<unknown>;
}

/**
 * Converts and checks the arguments of `LockManager.request()` in the way, and in the order, that
 * the Web Locks API and Web IDL say.
 *
 * @throws {TypeError} If an argument has the wrong type
 * @throws {DOMException} `NotSupportedError`, if the name or the combination of options is invalid;
 * the reason of `signal`, if that is aborted already
 */
export function readLockRequest(args: readonly unknown[]): LockRequest {
  const name = `${args[0]}`;
  const options = readOptions(args.length === 2 ? undefined : args[1]);
  const callback = args.length === 2 ? args[1] : args[2];
  if (typeof callback !== "function") {
    throw new TypeError(`Cannot request lock: the callback is not a function`);
  }
  const request = { name, ...options, callback: callback as LockGrantedCallback<unknown> };
  refuseUnsupported(request);
  request.signal?.throwIfAborted();
  return request;
}

function readOptions(value: unknown): Omit<LockRequest, "name" | "callback"> {
  if (value !== undefined && value !== null && Object(value) !== value) {
    throw new TypeError(`Cannot request lock: the options are not an object`);
  }
  const { ifAvailable, mode = "exclusive", signal, steal } = (value ?? {}) as LockOptions;
  // Anything is converted to a string before it is compared, as Web IDL does with an enumeration.
  const modeName = `${mode}`;
  if (modeName !== "exclusive" && modeName !== "shared") {
    throw new TypeError(`Cannot request lock: "${modeName}" is not a mode`);
  }
  if (signal !== undefined && !((signal as unknown) instanceof AbortSignal)) {
    throw new TypeError(`Cannot request lock: the signal is not an AbortSignal`);
  }
  return { mode: modeName, ifAvailable: Boolean(ifAvailable), steal: Boolean(steal), signal };
}

function refuseUnsupported({ name, mode, ifAvailable, steal, signal }: LockRequest): void {
  if (name.startsWith("-")) throw unsupported(`names that start with "-" are reserved`);
  if (steal && ifAvailable) throw unsupported(`"steal" and "ifAvailable" exclude each other`);
  if (steal && mode !== "exclusive") throw unsupported(`"steal" is for exclusive locks only`);
  if (signal !== undefined && (steal || ifAvailable)) {
    throw unsupported(`"signal" is for requests that can wait`);
  }
}

function unsupported(cause: string): DOMException {
  return new DOMException(`Cannot request lock: ${cause}`, "NotSupportedError");
}
