// Taken when this module loads, so that a fake timer installed later has no part in it.
const nativeSetImmediate = globalThis.setImmediate;

let turn: Promise<void> | undefined;

/**
 * Fulfils once every promise that can settle by itself has done so: one native `setImmediate` turn,
 * before which the runtime empties its microtask queue, however long that is.
 *
 * When to use: between two steps of a schedule, when the code under test shall have come to rest.
 * Not for code that waits on a real timer, a file or a socket: that may still be under way. Inject
 * such things and make their completion a step.
 *
 * It is a turn and not a count of microtasks, because a count is a guess about the code under test.
 * `MessageChannel` is no substitute: on Deno it fires while microtasks are waiting. All who wait at
 * one time share one turn: so many worlds run side by side at little more than the cost of one.
 *
 * @example A chain of any length has settled
 * ```ts
 * import { quiet } from "@lanekeeper/harness";
 * import assert from "node:assert/strict";
 *
 * let settled = 0;
 * void (async () => {
 *   while (settled < 1_000) settled += await 1;
 * })();
 * await quiet();
 * assert.equal(settled, 1_000);
 * ```
 */
export function quiet(): Promise<void> {
  return turn ??= new Promise((resolve) => {
    nativeSetImmediate(() => {
      turn = undefined;
      resolve();
    });
  });
}
