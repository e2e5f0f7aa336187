import { quiet } from "../sim/quiet.ts";
import {
  type ChainSubject,
  type Point,
  runChain,
  type Series,
  seriesOf,
  type Skipped,
  turnsToLookAt,
} from "./chain.ts";

/** Options of {@linkcode measurePromises}. */
export interface PromisesOptions {
  /** How long a chain to run. Default: 1,000. */
  length?: number;
  /** At how many turns to look. Default: 8. */
  samples?: number;
}

/** After so many rests in which nothing settled the chain is over. */
const RESTS_MAX = 4;

/** The promises that were made while it was on and have not settled. */
interface PromiseWatch {
  readonly unsettled: ReadonlySet<number>;
  on(): void;
  off(): void;
}

/**
 * How many promises wait for the end of the chain, over the chain: as many at each turn, if the host is
 * bounded.
 *
 * When to use: on Node, to find what no stack shows: `return self()` in an async drain leaves a promise
 * at each turn that settles when the whole chain has come to its end, and so does
 * `.then(() => self())`.
 *
 * - Counted are promises that were made after the first tenth of the chain, have not settled at the
 *   start of a turn, and have settled when the chain is over. So the outcomes of messages that were
 *   sent beforehand do not count, whose number goes down.
 * - A promise that never settles does not count either: the loser of a race, which is garbage. If the
 *   host keeps it, `measureHeap` sees that.
 *
 * Elsewhere than on Node the lane is skipped: nothing else tells of each promise.
 */
export async function measurePromises(
  subject: ChainSubject,
  { length = 1_000, samples = 8 }: PromisesOptions = {},
): Promise<readonly Series[] | Skipped> {
  // In the first of these turns the watch is put on: of what waits then nobody knows.
  const turns = turnsToLookAt(length, samples + 1);
  const watch = await watchPromises();
  if ("skipped" in watch) return watch;
  const waiting: { n: number; ids: readonly number[] }[] = [];
  let isOn = false;
  try {
    await runChain(subject, length, {
      turns,
      look: (n) => {
        if (isOn) waiting.push({ n, ids: [...watch.unsettled] });
        else watch.on();
        isOn = true;
      },
    });
    await untilNothingSettles(watch);
  } finally {
    watch.off();
  }
  const points = waiting.map(({ n, ids }): Point => {
    return { n, value: ids.filter((id) => !watch.unsettled.has(id)).length };
  });
  const name = "promises that wait for the end of the chain";
  return [seriesOf(points, { lane: "promises", name, limit: 0 })];
}

/** The end of a long chain goes back through all that waited, maybe with a rest at each step. */
async function untilNothingSettles({ unsettled }: PromiseWatch): Promise<void> {
  await quiet(); // before which others may still make some
  let least = unsettled.size;
  for (let rests = 0; rests < RESTS_MAX; rests++) {
    await quiet();
    if (unsettled.size >= least) continue;
    least = unsettled.size;
    rests = -1;
  }
}

/**
 * A watch on promises through `node:async_hooks`, off at first; not, where the hooks do not tell.
 *
 * Their documentation says of `promiseResolve` that the promise need not have settled by then. In fact
 * it comes when it settles, also for one that was resolved with another promise (seen on Node 20 and 26): just
 * what this lane is about, so it is tried out each time.
 */
async function watchPromises(): Promise<PromiseWatch | Skipped> {
  const hooks = await import("node:async_hooks").catch(() => undefined);
  if (hooks === undefined) return { skipped: "the runtime has no node:async_hooks" };
  const unsettled = new Set<number>();
  const hook = hooks.createHook({
    init: (id, type) => void (type === "PROMISE" && unsettled.add(id)),
    promiseResolve: (id) => void unsettled.delete(id),
  });
  const watch = { unsettled, on: () => void hook.enable(), off: () => void hook.disable() };
  watch.on();
  const tried = await trial(unsettled);
  watch.off();
  unsettled.clear();
  return tried ?? watch;
}

/** Tries whether a promise that was resolved with another one counts until that one settles. */
async function trial(unsettled: ReadonlySet<number>): Promise<Skipped | undefined> {
  const others = new Set(unsettled);
  let open = (): void => {};
  const inner = new Promise<void>((resolve) => open = resolve);
  const outer = new Promise<void>((resolve) => resolve(inner));
  const ids = [...unsettled].filter((id) => !others.has(id));
  if (ids.length === 0) {
    return { skipped: "the runtime does not tell node:async_hooks of promises" };
  }
  await null; // until the outer one waits for the inner one
  const whilePending = ids.filter((id) => unsettled.has(id)).length;
  open();
  await outer;
  const afterwards = ids.filter((id) => unsettled.has(id)).length;
  if (ids.length === 2 && whilePending === 2 && afterwards === 0) return undefined;
  return { skipped: "node:async_hooks does not tell when a promise settles" };
}
