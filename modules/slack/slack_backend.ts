import type {
  EndOptions,
  EndReport,
  Receipt,
  SendOptions,
  StopOptions,
  StopReport,
} from "@lanekeeper/session-queue";

/** One message of a person, as the queue carries it. */
export interface SlackMessage {
  readonly text: string;
  readonly sender?: string;
}

/** What is told of a session that somebody asks about. */
export interface SlackSessionState {
  readonly isRunning: boolean;
  readonly waiting: number;
}

/**
 * What Slack needs of its host: a queue to send to. It is a port, and a session needs no opening: the
 * host resumes what is stored and creates what is not, inside of the first turn.
 */
export interface SlackBackend {
  send(session: string, message: SlackMessage, options: SendOptions<string>): Receipt<string>;
  stop(session: string, options: StopOptions): Promise<StopReport>;
  end(session: string, options: EndOptions): Promise<EndReport>;
  look(session: string): SlackSessionState;
  /** Lets go of the agent's side of a session that is quiet; the next message brings it back. */
  rest(session: string): unknown;
}

/**
 * Which session a thread has, once it is another than its first: since somebody said `new` in it.
 *
 * Both are synchronous: between the look-up and the send nothing else may happen.
 */
export interface SlackBindings {
  get(thread: string): string | undefined;
  set(thread: string, session: string): void;
}
