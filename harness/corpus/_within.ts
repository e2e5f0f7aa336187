import type { SimEnv } from "../kit/adapter.ts";
import type { SimClock } from "../kit/sim_clock.ts";

/** How long a stop waits, in ms: an agent can be deaf. */
const PATIENCE_MS = 10_000;

/** Whether `promise` settles within so many ms. Leaves no timer behind. */
export function within(clock: SimClock, promise: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = clock.setTimeout(() => resolve(false), ms);
    const settled = () => {
      clock.clearTimeout(timer);
      resolve(true);
    };
    promise.then(settled, settled);
  });
}

/** Waits until something is over, and not longer than a stop may take: an agent can be deaf. */
export async function waitFor(
  env: SimEnv,
  over: Promise<unknown> | undefined,
): Promise<{ abandoned: boolean }> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = env.clock.setTimeout(() => resolve(true), PATIENCE_MS);
  const abandoned = await Promise.race([Promise.resolve(over).then(() => false), late]);
  env.clock.clearTimeout(timer);
  return { abandoned };
}
