/**
 * Makes a wait abortable: settles as `p` does, or rejects with `signal.reason` as soon as the signal
 * aborts. The work behind `p` is not stopped; only the wait for it ends.
 */
export function abortable<T>(p: Promise<T>, signal: AbortSignal): Promise<T>;
/** Makes an async iterable abortable: its iterator throws `signal.reason` when the signal aborts. */
export function abortable<T>(p: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T>;
