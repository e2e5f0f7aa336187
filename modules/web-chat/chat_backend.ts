import type {
  EndReport,
  Receipt,
  SendOptions,
  StopOptions,
  StopReport,
} from "@lanekeeper/session-queue";

/** One message of a person, as the queue carries it. */
export interface ChatMessage {
  readonly text: string;
  readonly sender?: string;
}

/** What is known of an open session. */
export interface ChatSession {
  readonly id: string;
  readonly projectId: string;
  readonly workingDir: string;
  /** To be said to the person, for instance that the working directory was lost (A13). */
  readonly notice?: string;
}

/** One line of what was said in a session. */
export interface ChatTranscriptEntry {
  readonly role: "user" | "agent" | "note";
  readonly turnId: string;
  readonly text: string;
  readonly at: string;
}

/** Whether the services behind the chat take work: anything but `ready` is answered with 503. */
export type BackendState = "starting" | "ready" | "draining";

/** What a new session may be given. */
export interface NewSession {
  readonly projectId?: string;
  readonly workingDir?: string;
}

/**
 * What the web chat needs of its host: sessions, and a queue to send to. It is a port: the routes
 * hold no state of a session but which one each client has.
 */
export interface ChatBackend {
  readonly state: BackendState;
  /** The name of the agent, for the page. */
  readonly agent?: string;
  /**
   * Whether a directory is the server's own, so that no client's new session works there. Default: none
   * is.
   */
  isPrivateDir?(path: string): boolean | Promise<boolean>;
  /** Makes a session under a new id. */
  create(options: NewSession): Promise<ChatSession>;
  /**
   * Whether the session is another surface's, so that no client gets it, be it open or only stored. It
   * says the same at all times. Default: none is.
   */
  belongsElsewhere?(session: string): boolean;
  /** Opens a stored session, or finds it open. */
  resume(session: string): Promise<ChatSession>;
  /** The session, if it is open. */
  find(session: string): ChatSession | undefined;
  /** Whether the session was ended, so that it is not the client's any more. */
  isEnded(session: string): boolean;
  send(session: string, message: ChatMessage, options: SendOptions<string>): Receipt<string>;
  stop(session: string, options: StopOptions): Promise<StopReport>;
  end(session: string): Promise<EndReport>;
  /** What was said, oldest first; empty when the agent keeps nothing. */
  transcript(session: string): Promise<readonly ChatTranscriptEntry[]>;
  /** How much is going on, for the health check. */
  counts(): { readonly sessions: number; readonly running: number; readonly waiting: number };
}
