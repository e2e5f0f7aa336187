import type { CheckReport } from "../report/check_report.ts";
import type { FrontierOptions } from "../sim/frontier.ts";
import type { HostAdapter } from "./adapter.ts";
import { Search } from "./check_host.ts";
import { exhaustiveLane } from "./lanes.ts";
import { operationsFor, parseOperation } from "./operations.ts";
import { probeHost } from "./probe.ts";
import { SituationCounts } from "./situations.ts";
import type { Lane } from "./story.ts";

/** Options of {@linkcode exhaustHost}. */
export interface ExhaustHostOptions extends Lane, Omit<FrontierOptions, "stepsMax"> {
  /** All lists of up to so many operations. */
  readonly operationsMax: number;
  /** Of which operations, as text. Default: all that the host can be asked, on one session. */
  readonly operations?: readonly string[];
  /** The file of the adapter, for the replay command of a violation. */
  readonly file?: string;
}

/**
 * Plays **all** schedules of all lists of operations up to a length, within the bounds.
 *
 * When to use: in a test that asserts the whole result, so that the proof does not shrink unseen:
 * `strategies[0]` says how many schedules there were and whether they were all. For a search with a
 * budget take `checkHost`.
 *
 * @throws {TypeError} if the adapter or an operation can not be used
 * @throws {ScheduleError} if the adapter breaks
 */
export async function exhaustHost(
  adapter: HostAdapter,
  options: ExhaustHostOptions,
): Promise<CheckReport> {
  const { operationsMax, operations, file = "ADAPTER.ts", racy, workSteps, ...bounds } = options;
  const { features = [] } = adapter;
  const host = await probeHost(adapter);
  const situations = new SituationCounts(host, features);
  const search = new Search({ adapter, file, seed: 0, situations, now: () => performance.now() });
  await search.run(exhaustiveLane(search.subject, {
    operations: operations?.map(parseOperation) ?? operationsFor(host, features),
    lengthMax: operationsMax,
    bounds,
    lane: {
      ...(racy === undefined ? {} : { racy }),
      ...(workSteps === undefined ? {} : { workSteps }),
    },
  }));
  return search.report();
}
