/** A value and the write that put it there, as {@linkcode Cell.read} gives it out; frozen. */
export interface Versioned<T> {
  /** The value. */
  readonly value: T;
  /** The number of writes before and including the one that put it there; 0 for the initial one. */
  readonly generation: number;
}

/**
 * A value that can be changed only if it still is the one that was read.
 *
 * When to use: when what you do with a value takes time, and the value may be changed meanwhile by
 * somebody whose change must stand ("clear the active session id, but only if it still is the one
 * that is gone"). Not for a value that only one place writes: a variable does that.
 *
 * - `CAS_ACTIVE_ID`: {@linkcode Cell.compareAndSet} changes nothing unless the very write that was
 *   read is still the last one. A value that was changed and changed back counts as changed.
 * - `ATOMIC_CLAIM`: check and change are one synchronous step.
 * - `BOUNDED_STATE`: a cell keeps its last write and nothing else.
 *
 * Cancel safety: nothing here waits, so there is nothing to cancel.
 *
 * Where it comes from: A3, A4, A5 and the corpus row clear-newer.
 *
 * @example An id is cleared only if nobody replaced it meanwhile
 * ```ts
 * import { Cell } from "@lanekeeper/lock-scope";
 * import assert from "node:assert/strict";
 *
 * const activeId = new Cell<string | undefined>("session-1");
 * const captured = activeId.read();
 * activeId.set("session-2");
 * assert.equal(activeId.compareAndSet(captured, undefined), false);
 * assert.equal(activeId.value, "session-2");
 * ```
 *
 * @typeParam T The type of the value
 */
export class Cell<T> {
  #last: Versioned<T>;

  /**
   * Makes a cell.
   *
   * @param initial The first value, of generation 0
   */
  constructor(initial: T) {
    this.#last = Object.freeze({ value: initial, generation: 0 });
  }

  /** The value with its generation: what {@linkcode Cell.compareAndSet} wants to see again. */
  read(): Versioned<T> {
    return this.#last;
  }

  /** The value. */
  get value(): T {
    return this.#last.value;
  }

  /** The number of writes so far. */
  get generation(): number {
    return this.#last.generation;
  }

  /**
   * Writes `value`, whatever was there before. Writing the same value is a write, too.
   *
   * @returns The new generation
   */
  set(value: T): number {
    this.#last = Object.freeze({ value, generation: this.#last.generation + 1 });
    return this.#last.generation;
  }

  /**
   * Writes `value` if nothing was written since `expected` was read from this cell. What was read is
   * compared, not its number, so that what another cell gave out never fits.
   *
   * @param expected What {@linkcode Cell.read} returned
   * @param value The new value
   * @returns Whether it was written
   */
  compareAndSet(expected: Versioned<T>, value: T): boolean {
    if (expected !== this.#last) return false;
    this.set(value);
    return true;
  }
}
