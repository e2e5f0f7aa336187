import assert from "node:assert/strict";
import { exhaustHost, type ExhaustHostOptions, type HostAdapter } from "@lanekeeper/harness";

/** What may happen to a session, each thing once: the rest differs in words. */
export const CORE = [
  "send a",
  "send a throws",
  "send a deaf",
  "withdraw a",
  "stop a",
  "end a",
  "resume a revive",
  "shutdown",
];

/** Those that two sessions are asked beside each other. */
export const TALK = ["send a", "send a throws", "withdraw a", "stop a", "end a", "shutdown"];

/** All lists of up to so many operations, and how many schedules these have within the bounds. */
export type Scope = readonly [HostAdapter, ExhaustHostOptions, schedules: number];

/** A test for each scope: all its schedules are played, are as many as these, and break nothing. */
export function proofsOf(
  scopes: readonly Scope[],
): (readonly [name: string, () => Promise<void>])[] {
  return scopes.map(([adapter, options, schedules]) => {
    const { operationsMax, operations, deviationsMax, racy, sessions } = options;
    const which = operations === undefined ? "" : ` of ${operations.length} kinds`;
    const bound = deviationsMax === undefined ? "" : `, ${deviationsMax} deviations`;
    const timers = racy ? ", timers at any time" : sessions === 2 ? " on two sessions" : "";
    const scope = `all lists of up to ${operationsMax} operations${which}${bound}${timers}`;
    return [`${adapter.name} keeps every guarantee: ${scope}`, async () => {
      const report = await exhaustHost(adapter, options);
      assert.deepEqual(report.violations.map(({ story, replay }) => [story, replay]), []);
      assert.deepEqual(report.escapes, []);
      const [{ complete, schedules: played } = {}] = report.strategies;
      assert.deepEqual({ played, complete, claim: report.claim }, {
        played: schedules,
        complete: true,
        claim: "exhaustive to bound",
      });
    }];
  });
}
