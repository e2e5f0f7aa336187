import type { CheckReport } from "../report/check_report.ts";
import type { FrontierOptions } from "../sim/frontier.ts";
import { ofOtherSessions } from "../sim/sleep_sets.ts";
import type { HostAdapter } from "./adapter.ts";
import { Search } from "./check_host.ts";
import { exhaustiveLane } from "./lanes.ts";
import { type Operation, operationsFor, parseOperation } from "./operations.ts";
import { probeHost } from "./probe.ts";
import { SituationCounts } from "./situations.ts";
import type { Lane } from "./story.ts";

/** Options of {@linkcode exhaustHost}. */
export interface ExhaustHostOptions
  extends Lane, Omit<FrontierOptions, "stepsMax" | "isIndependent"> {
  /** All lists of up to so many operations. */
  readonly operationsMax: number;
  /** Of which operations, as text. Default: all that the host can be asked, on one session. */
  readonly operations?: readonly string[];
  /**
   * On how many sessions: what can be asked of `a` is asked of `b`, too. With 2, of all schedules that
   * differ only in the order of steps of different sessions one is played; a host in which one session
   * has to do with another may hide there, and is for the random search. Default: 1.
   */
  readonly sessions?: 1 | 2;
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
  const { operationsMax, operations, sessions = 1, file = "ADAPTER.ts", ...rest } = options;
  const { racy, workSteps, ...bounds } = rest;
  const { features = [] } = adapter;
  const host = await probeHost(adapter);
  const situations = new SituationCounts(host, features);
  const search = new Search({ adapter, file, seed: 0, situations, now: () => performance.now() });
  const asked = operations?.map(parseOperation) ?? operationsFor(host, features);
  await search.run(exhaustiveLane(search.subject, {
    operations: sessions === 1 ? asked : onTwoSessions(asked),
    lengthMax: operationsMax,
    bounds: sessions === 1 ? bounds : { ...bounds, isIndependent: ofOtherSessions },
    lane: {
      ...(racy === undefined ? {} : { racy }),
      ...(workSteps === undefined ? {} : { workSteps }),
    },
  }));
  return search.report();
}

/** Each operation on a session, and the same on another one. */
function onTwoSessions(operations: readonly Operation[]): Operation[] {
  return operations.flatMap((operation) =>
    operation.session === "" ? [operation] : [operation, { ...operation, session: "b" }]
  );
}
