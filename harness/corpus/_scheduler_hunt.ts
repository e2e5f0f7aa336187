import fc from "fast-check";
import { HostWorld } from "../kit/host_world.ts";
import { operationLists, operationsFor } from "../kit/operations.ts";
import { probeHost } from "../kit/probe.ts";
import { promisedBy } from "../kit/promised.ts";
import type { Guarantee } from "../oracles/oracles.ts";
import { quiet } from "../sim/quiet.ts";
import { Random } from "../sim/random.ts";
import type { CorpusRow } from "./corpus_row.ts";

/**
 * The baseline: the same hosts, lists and oracles, with the scheduler of fast-check to order the steps.
 * Returns after how many schedules the expected guarantee was broken, and what such a schedule breaks first,
 * or `undefined`.
 */
export async function schedulerHunt(
  { buggy, expected }: CorpusRow,
  { seed, schedulesMax }: { seed: number; schedulesMax: number },
): Promise<{ schedules: number; headline: Guarantee } | undefined> {
  const judged = promisedBy(buggy);
  const operations = operationsFor(await probeHost(buggy), buggy.features ?? []);
  const lists = operationLists(operations);
  let schedules = 0;
  let headline: Guarantee | undefined;
  const property = fc.asyncProperty(lists, fc.scheduler(), async (list, scheduler) => {
    schedules++;
    const world = new HostWorld({
      adapter: buggy,
      operations: list,
      judged,
      random: new Random(1),
    });
    await play(world, scheduler);
    const broken = world.broken.map(({ guarantee }) => guarantee);
    if (broken.includes(expected[0])) headline = broken[0];
    return headline === undefined;
  });
  await fc.check(property, { seed, numRuns: schedulesMax, endOnFailure: true });
  return headline === undefined ? undefined : { schedules, headline };
}

async function play(world: HostWorld, scheduler: fc.Scheduler): Promise<void> {
  const armed = new Set<string>();
  for (let number = 1; number < 2_000; number++) {
    await quiet();
    world.check();
    for (const { label } of world.enabled()) {
      if (armed.has(label)) continue;
      armed.add(label);
      void scheduler.schedule(Promise.resolve(), label).then(() => {
        armed.delete(label);
        const step = world.enabled().find((step) => step.label === label);
        if (step === undefined) return;
        world.taking(step, number);
        step.run();
      });
    }
    if (scheduler.count() === 0) break;
    await scheduler.waitOne();
  }
  world.finish();
}
