import type { ChatBackend } from "./chat_backend.ts";
import type { Clients } from "./clients.ts";
import type { SessionBoard } from "./session_board.ts";

/** Where an error that became a 500 happened. */
export interface ErrorPlace {
  readonly method: string;
  readonly path: string;
}

/** What the routes share. */
export interface WebChatContext {
  readonly backend: ChatBackend;
  readonly board: SessionBoard;
  readonly clients: Clients;
  readonly messageLengthMax: number;
  /** @throws {RequestError} 503 while the services behind the chat take no work. */
  requireReady(): void;
  /** Ends a session that was replaced, beside the request. */
  endLater(session: string): void;
  onError(error: unknown, place: ErrorPlace): void;
}
