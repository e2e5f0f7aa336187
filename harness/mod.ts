/**
 * Searches the interleavings of a host and checks its guarantees.
 *
 * @module
 */
export {
  type Exploration,
  explore,
  type ExploreOptions,
  replay,
  type ReplayOptions,
  type Step,
  type World,
} from "./interleavings.ts";
export { type Guarantee, GUARANTEES, judge, type JudgeOptions, ViolationError } from "./judge.ts";
export {
  type AbortAct,
  type AgentAct,
  type Held,
  Ledger,
  type LedgerEvent,
  type LedgerOptions,
  type RunEvent,
} from "./ledger.ts";
export { quiet } from "./quiet.ts";
export { type Sample, sample, type SampleOptions } from "./sampling.ts";
export { type AgentScript, ScriptedAgent, type ScriptedAgentOptions } from "./scripted_agent.ts";
export { DivergedError, ScheduleError } from "./schedule_error.ts";
export { SteppedClock } from "./stepped_clock.ts";
