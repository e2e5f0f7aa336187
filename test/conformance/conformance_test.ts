import assert from "node:assert/strict";
import { test } from "node:test";
import { exhaustHost, type ExhaustHostOptions, type HostAdapter } from "@lanekeeper/harness";
import drainHandoff, { proceeding as drainHandoffProceeding } from "./drain_handoff_adapter.ts";
import host from "./host_adapter.ts";
import lockScope, { locked } from "./lock_scope_adapter.ts";
import sessionQueue, { proceeding as sessionQueueProceeding } from "./session_queue_adapter.ts";
import taskTracker from "./task_tracker_adapter.ts";
import slack, { lossy as lossySlack } from "./slack_adapter.ts";
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

/** What a message that steers or rolls back may meet. */
const STEERED = [
  "send a",
  "send a steer",
  "send a steer late",
  "send a steer refuses",
  "send a rollback",
  "withdraw a",
  "stop a",
  "stop a keep",
  "end a",
  "shutdown",
];

/** What becomes of events, and of the socket that brings them. */
const EVENTS = ["send a", "send a throws", "redeliver a", "disconnect a", "shutdown"];

/** Those that two sessions are asked beside each other. */
const TALK = ["send a", "send a throws", "withdraw a", "stop a", "end a", "shutdown"];

/** All lists of up to so many operations, and how many schedules these have within the bounds. */
const SCOPES: readonly [HostAdapter, ExhaustHostOptions, schedules: number][] = [
  [lockScope, { operationsMax: 4, deviationsMax: 1 }, 83_850],
  [locked, { operationsMax: 4 }, 5_831],
  [drainHandoff, { operationsMax: 4 }, 25_670],
  [drainHandoffProceeding, { operationsMax: 4 }, 25_670],
  [taskTracker, { operationsMax: 4 }, 39_002],
  [sessionQueue, { operationsMax: 4, operations: CORE, deviationsMax: 3 }, 56_042],
  [sessionQueue, { operationsMax: 3, operations: STEERED, deviationsMax: 2 }, 6_405],
  [sessionQueue, { operationsMax: 3, deviationsMax: 1 }, 44_241],
  [sessionQueueProceeding, { operationsMax: 4, operations: CORE, deviationsMax: 2 }, 31_964],
  [host, { operationsMax: 4, operations: CORE, deviationsMax: 2 }, 31_700],
  [host, { operationsMax: 3, deviationsMax: 1 }, 43_518],
  [webChat, { operationsMax: 2 }, 830],
  [webClients, { operationsMax: 2 }, 158],
  [slack, { operationsMax: 2 }, 717],
  [slack, { operationsMax: 3, deviationsMax: 1 }, 6_700],
  [lossySlack, { operationsMax: 3, operations: EVENTS, deviationsMax: 2 }, 2_612],
];

/** And with timers at any time. */
const RACY: readonly [HostAdapter, ExhaustHostOptions, schedules: number][] = [
  [drainHandoff, { operationsMax: 3, racy: true }, 3_150],
  [sessionQueue, { operationsMax: 2, racy: true }, 23_653],
  [host, { operationsMax: 2, deviationsMax: 2, racy: true }, 5_111],
];

/** And on two sessions. */
const TWO: readonly [HostAdapter, ExhaustHostOptions, schedules: number][] = [
  [drainHandoff, { operationsMax: 3, sessions: 2 }, 6_013],
  [sessionQueue, { operationsMax: 3, operations: TALK, sessions: 2 }, 5_473],
  [host, { operationsMax: 3, operations: TALK, sessions: 2 }, 5_790],
];

for (const [adapter, options, schedules] of [...SCOPES, ...RACY, ...TWO]) {
  const { operationsMax, operations, deviationsMax, racy, sessions } = options;
  const which = operations === undefined ? "" : ` of ${operations.length} kinds`;
  const bound = deviationsMax === undefined ? "" : `, ${deviationsMax} deviations`;
  const timers = racy ? ", timers at any time" : sessions === 2 ? " on two sessions" : "";
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
