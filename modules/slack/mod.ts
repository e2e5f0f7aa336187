export { memoryBindings } from "./bindings.ts";
export { fileBindings, type FileBindingsOptions } from "./file_bindings.ts";
export { POLICY_WORDS } from "./command.ts";
export {
  SlackAcceptTimeoutError,
  SlackAuthError,
  SlackBusyError,
  SlackCallError,
  SlackLookUpError,
  SlackStoppedError,
  SlackUnreachableError,
  type SlackVariable,
} from "./errors.ts";
export type { SlackObserver, SlackPlace } from "./intake.ts";
export { type SlackMethod } from "./methods.ts";
export type { SlackLimits, SlackOptions } from "./options.ts";
export type { DirectMessages, SlackPost } from "./post.ts";
export { createSlack, type Slack, type SlackSnapshot } from "./slack.ts";
export type {
  SlackBackend,
  SlackBindings,
  SlackMessage,
  SlackSessionState,
  SlackThread,
} from "./slack_backend.ts";
export { type OpenSocket, openWebSocket, type SlackSocket, type SocketHandlers } from "./socket.ts";
export { type SlackTexts, TEXTS } from "./texts.ts";
export type { SlackArgs, SlackResult, SlackWeb } from "./web_client.ts";
