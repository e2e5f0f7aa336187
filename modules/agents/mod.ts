export { ACP_PERMISSIONS, type AcpPermissions } from "./_acp_permissions.ts";
export { type AcpAgentOptions, createAcpAgent } from "./acp_agent.ts";
export { AcpError, type AcpErrorCode } from "./acp_error.ts";
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
export { EndpointError, type EndpointErrorCode } from "./endpoint_error.ts";
export { createOpenAiAgent, type OpenAiAgentOptions } from "./openai_agent.ts";
export { assertSessionId, InvalidSessionIdError } from "./session_id.ts";
export { CommandSyntaxError, splitCommand } from "./split_command.ts";
export type { StoredAgent, StoredAgentOptions } from "./stored_agent.ts";
export type { StoredSession } from "./stored_session.ts";
export {
  TranscriptFullError,
  type TranscriptLimits,
  TranscriptUnreadableError,
} from "./transcript_limits.ts";
export { ReplyTooLongError, TurnTimeoutError } from "./turn_errors.ts";
export { type ResolvedWorkingDir, resolveWorkingDir, type WorkingDirEnv } from "./working_dir.ts";
export { type Clock, SessionGoneError } from "@lanekeeper/session-queue";
