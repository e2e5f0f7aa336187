export { type Clock, systemClock } from "@lanekeeper/drain-handoff";
export { type Receipt } from "./entry.ts";
export {
  OpenTimeoutError,
  OutcomeError,
  QueueDrainingError,
  SessionEndedError,
  SessionExistsError,
  SessionGoneError,
  SessionLimitError,
} from "./errors.ts";
export type {
  BusyPolicy,
  CreateOptions,
  EndOptions,
  EndReport,
  ErrorContext,
  MessageInfo,
  ResumeOptions,
  SendOptions,
  SessionQueueLimits,
  SessionQueueObserver,
  SessionQueueOptions,
  SessionSnapshot,
  SteerInput,
  StopAllOptions,
  StopAllReport,
  StopOptions,
  StopReport,
  TurnInfo,
} from "./options.ts";
export type { CancelCause, CancelLevel, Outcome, OutcomeStatus, RejectReason } from "./outcome.ts";
export { SessionQueue } from "./session_queue.ts";
export type { SessionTurn } from "./session_turn.ts";
