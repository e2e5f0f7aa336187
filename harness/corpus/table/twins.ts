import type { HostAdapter } from "../../kit/adapter.ts";
import { Search } from "../../kit/check_host.ts";
import { exhaustiveLane, randomLane } from "../../kit/lanes.ts";
import { operationsFor } from "../../kit/operations.ts";
import { probeHost } from "../../kit/probe.ts";
import { SituationCounts } from "../../kit/situations.ts";
import { SCOPES } from "../_hunt.ts";

/** Options of {@linkcode playTwin}. */
export interface PlayTwinOptions {
  /** How many schedules in all. At most half of them go through lists, the others are random. */
  readonly schedules: number;
  /** Lists of up to so many operations. */
  readonly lengthMax: number;
  readonly seed: number;
}

/** What came of a host that is correct. */
export interface TwinReport {
  /** Schedules in which it was judged: of lists of operations, and random ones. */
  readonly exhaustive: number;
  readonly random: number;
  /** What it was flagged for. It must be nothing. */
  readonly flagged: readonly string[];
}

/** Plays a host that is correct: through lists of operations, as a bug is hunted, and at random. */
export async function playTwin(
  adapter: HostAdapter,
  { schedules, lengthMax, seed }: PlayTwinOptions,
): Promise<TwinReport> {
  const { features = [] } = adapter;
  const host = await probeHost(adapter);
  const operations = operationsFor(host, features);
  const situations = new SituationCounts(host, features);
  let until = 0;
  const isOver = () => search.schedules >= until;
  const search = new Search({ adapter, file: "", seed, situations, isOver, now: () => 0 });
  for (const [at, scope] of SCOPES.entries()) {
    until = Math.floor(schedules / 2 * (at + 1) / SCOPES.length);
    await search.run(exhaustiveLane(search.subject, { operations, lengthMax, ...scope }));
  }
  const exhaustive = search.schedules;
  until = Infinity;
  const runs = schedules - exhaustive;
  await search.run(randomLane(search.subject, { operations, seed, runs }));
  const { violations, escapes } = search.report();
  return {
    exhaustive,
    random: search.schedules - exhaustive,
    flagged: [...violations.map(({ guarantee, story }) => `${guarantee}: ${story}`), ...escapes],
  };
}
