import type { SimClock } from "../kit/sim_clock.ts";

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
