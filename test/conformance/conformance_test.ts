import assert from "node:assert/strict";
import { test } from "node:test";
import { exhaustHost, type ExhaustHostOptions, type HostAdapter } from "@lanekeeper/harness";
import drainHandoff, { proceeding as drainHandoffProceeding } from "./drain_handoff_adapter.ts";
import host from "./host_adapter.ts";
import lockScope, { locked } from "./lock_scope_adapter.ts";
import sessionQueue, { proceeding as sessionQueueProceeding } from "./session_queue_adapter.ts";
import taskTracker from "./task_tracker_adapter.ts";
import webChat from "./web_chat_adapter.ts";
import webClients from "./web_clients_adapter.ts";

/** What may happen to a session, each thing once: the rest differs in words. */
const CORE = [
  "send a",
  "send a throws",
  "send a deaf",
  "withdraw a",
  "stop a",
  "end a",
  "resume a revive",
  "shutdown",
];

/** All lists of up to so many operations, and how many schedules these have within the bounds. */
const SCOPES: readonly [HostAdapter, ExhaustHostOptions, schedules: number][] = [
  [lockScope, { operationsMax: 4, deviationsMax: 2 }, 0],
  [locked, { operationsMax: 4 }, 0],
  [drainHandoff, { operationsMax: 4 }, 0],
  [drainHandoffProceeding, { operationsMax: 4 }, 0],
  [taskTracker, { operationsMax: 4 }, 0],
  [sessionQueue, { operationsMax: 4, operations: CORE, deviationsMax: 3 }, 0],
  [sessionQueue, { operationsMax: 3, deviationsMax: 2 }, 0],
  [sessionQueueProceeding, { operationsMax: 4, operations: CORE, deviationsMax: 2 }, 0],
  [host, { operationsMax: 4, operations: CORE, deviationsMax: 3 }, 0],
  [host, { operationsMax: 3, deviationsMax: 1 }, 0],
  [webChat, { operationsMax: 2 }, 0],
  [webClients, { operationsMax: 2 }, 0],
];

/** And with timers at any time. */
const RACY: readonly [HostAdapter, ExhaustHostOptions, schedules: number][] = [
  [drainHandoff, { operationsMax: 3, racy: true }, 0],
  [sessionQueue, { operationsMax: 2, racy: true }, 0],
  [host, { operationsMax: 2, racy: true }, 0],
];

for (const [adapter, options, schedules] of [...SCOPES, ...RACY]) {
  const { operationsMax, operations, deviationsMax, racy } = options;
  const which = operations === undefined ? "" : ` of ${operations.length} kinds`;
  const bound = deviationsMax === undefined ? "" : `, ${deviationsMax} deviations`;
  const timers = racy ? ", timers at any time" : "";
  const scope = `all lists of up to ${operationsMax} operations${which}${bound}${timers}`;
  test(`${adapter.name} keeps every guarantee: ${scope}`, async () => {
    const report = await exhaustHost(adapter, options);
    assert.deepEqual(report.violations.map(({ story, replay }) => [story, replay]), []);
    assert.deepEqual(report.escapes, []);
    const [{ complete, schedules: played } = {}] = report.strategies;
    assert.deepEqual({ played, complete, claim: report.claim }, {
      played: schedules,
      complete: true,
      claim: "exhaustive to bound",
    });
  });
}
