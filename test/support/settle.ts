import { type FakeClock, quiet } from "./fake_clock.ts";

/** Rather an error than a test that never ends. Files are read and written within some thousands. */
const ROUNDS_MAX = 200_000;

/** Options of {@linkcode until}. */
export interface UntilOptions {
  /** How often the condition is looked at before that is an error. */
  readonly roundsMax?: number;
  /** How long each round takes, in ms, for what another process does. Default: as little as it can. */
  readonly roundMs?: number;
}

/** Lets promises settle and files be read, turn by turn of the event loop, until `condition` holds. */
export async function until(
  condition: () => boolean,
  what = "the condition",
  { roundsMax = ROUNDS_MAX, roundMs = 0 }: UntilOptions = {},
): Promise<void> {
  for (let round = 0; !condition(); round++) {
    if (round === roundsMax) throw new Error(`Cannot go on: ${what} does not come true`);
    await (roundMs === 0 ? quiet() : new Promise((next) => setTimeout(next, roundMs)));
  }
}

/** What `promise` settles with, or an error if it does not without further input. */
export async function settled<T>(promise: Promise<T>, what = "the promise"): Promise<T> {
  let isOver = false;
  const over = () => void (isOver = true);
  promise.then(over, over);
  await until(() => isOver, `${what}: it`);
  return await promise;
}

/**
 * As {@linkcode settled}, for what waits on a clock without delay. Time does not move: it would run
 * ahead of the files that are read and written meanwhile, and every deadline would pass.
 */
export async function drive<T>(clock: FakeClock, promise: Promise<T>): Promise<T> {
  let isOver = false;
  const over = () => void (isOver = true);
  promise.then(over, over);
  await until(() => {
    clock.advance(0);
    return isOver;
  }, "what is driven");
  return await promise;
}

/** Whether `promise` is still open when everything that can settle by itself has done so. */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let isOver = false;
  const over = () => void (isOver = true);
  promise.then(over, over);
  for (let round = 0; round < 20 && !isOver; round++) await quiet();
  return !isOver;
}
