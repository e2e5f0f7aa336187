export type { AccessOptions } from "./access.ts";
export type {
  BackendState,
  ChatBackend,
  ChatMessage,
  ChatSession,
  ChatTranscriptEntry,
  NewSession,
} from "./chat_backend.ts";
export type { WebChatEnv } from "./client_id.ts";
export {
  type BoardEvent,
  type BoardSession,
  SessionBoard,
  type SessionBoardOptions,
} from "./session_board.ts";
export type { SessionView } from "./session_view.ts";
export { createWebChat, type WebChat, type WebChatOptions } from "./web_chat.ts";
export type { ErrorPlace } from "./web_chat_context.ts";
