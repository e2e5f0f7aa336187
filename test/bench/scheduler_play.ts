import { quiet, type World } from "@lanekeeper/harness";
import fc from "fast-check";

/**
 * Plays worlds with the scheduler of fast-check, as one would without a harness: each step that becomes
 * enabled is scheduled under its label, and the scheduler releases one after the other. Throws what a
 * world's end throws.
 */
export async function playWithScheduler(
  createWorld: () => World,
  options: { schedules: number; seed: number },
): Promise<void> {
  const property = fc.asyncProperty(fc.scheduler(), async (scheduler) => {
    const world = createWorld();
    const armed = new Set<string>();
    for (let steps = 0;; steps++) {
      await quiet();
      world.check?.();
      for (const { label } of world.enabled()) {
        if (armed.has(label)) continue;
        armed.add(label);
        void scheduler.schedule(Promise.resolve(), label).then(() => {
          armed.delete(label);
          const step = world.enabled().find((step) => step.label === label);
          if (step === undefined) return;
          world.taking?.(step, steps + 1);
          step.run();
        });
      }
      if (scheduler.count() === 0) break;
      await scheduler.waitOne();
    }
    world.finish?.();
  });
  await fc.assert(property, { numRuns: options.schedules, seed: options.seed });
}
