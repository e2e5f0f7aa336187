/**
 * Searches the interleavings of a host and checks its guarantees.
 *
 * @module
 */
export { type BrokenGuarantee, GUARANTEES, judge, type Policies, ViolationError } from "./judge.ts";
export type { Guarantee } from "./oracles/oracles.ts";
export { Ledger, type LedgerOptions } from "./ledger.ts";
export type {
  AbortAct,
  AgentAct,
  Held,
  LedgerRecord,
  RecordKind,
  RecordOf,
  RunRecord,
} from "./ledger_record.ts";
export {
  type Exploration,
  explore,
  type ExploreOptions,
  replay,
  type ReplayOptions,
} from "./sim/explore.ts";
export { playRandomly, type PlayRandomlyOptions } from "./sim/play_randomly.ts";
export { quiet } from "./sim/quiet.ts";
export { Random } from "./sim/random.ts";
export { type Sample, sample, type SampleOptions } from "./sim/sample.ts";
export { DivergedError, ScheduleError } from "./sim/schedule_error.ts";
export {
  type AgentScript,
  ScriptedAgent,
  type ScriptedAgentOptions,
} from "./sim/scripted_agent.ts";
export { SteppedClock } from "./sim/stepped_clock.ts";
export type { Tape } from "./sim/tape.ts";
export type { Step, World } from "./sim/world.ts";
export {
  type AdapterPolicies,
  type AgentOptions,
  type BackendHandle,
  type CreateOptions,
  type Feature,
  type HostAdapter,
  type HostOutcome,
  type HostSnapshot,
  type HostUnderTest,
  type Receipt,
  RejectedError,
  type ReportedRecord,
  type SendOptions,
  type SessionState,
  type SimBackend,
  type SimEnv,
  type SimStore,
  type StopOptions,
  type StoredLine,
  type TellsOutcome,
} from "./kit/adapter.ts";
export type { SimClock } from "./kit/sim_clock.ts";
export {
  BrokenGuaranteeError,
  hostProperty,
  type HostPropertyOptions,
} from "./kit/host_property.ts";
export { HostWorld, type HostWorldOptions } from "./kit/host_world.ts";
export {
  formatOperation,
  type Operation,
  parseOperation,
  parseOperations,
} from "./kit/operations.ts";
export { exhaustHost, type ExhaustHostOptions } from "./kit/exhaust_host.ts";
export { operationLists, type OperationListsOptions, operationsFor } from "./kit/operations.ts";
export { checkHost, type CheckOptions } from "./kit/check.ts";
export type { CheckReport, Verdict, Violation } from "./report/check_report.ts";
export { traceHashOf } from "./trace_hash.ts";
export type { Lane, Story } from "./kit/story.ts";
export { AdapterError, UnusableAdapterError } from "./kit/adapter_error.ts";
