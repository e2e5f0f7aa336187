export type {
  Agent,
  AgentSession,
  AgentTurn,
  CancelLevel,
  ChatMessage,
  OpenOptions,
  ReplyEnd,
  ResumeOptions,
  SessionInfo,
  SteerOptions,
  TranscriptEntry,
} from "./agent.ts";
export {
  createEchoAgent,
  type EchoAgent,
  type EchoAgentOptions,
  type EchoSession,
} from "./echo_agent.ts";
export { SLOW_SECONDS_MAX } from "./echo_command.ts";
export { assertSessionId, InvalidSessionIdError } from "./session_id.ts";
export {
  TranscriptFullError,
  type TranscriptLimits,
  TranscriptUnreadableError,
} from "./transcript_limits.ts";
export { type ResolvedWorkingDir, resolveWorkingDir, type WorkingDirEnv } from "./working_dir.ts";
export { type Clock, SessionGoneError } from "@lanekeeper/session-queue";
