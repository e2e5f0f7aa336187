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
  /** Who wrote it, for the agent: only where more than one person writes in its thread. */
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

/** As many people of a thread are remembered as tell that there is more than one. */
export const PEOPLE_MAX = 2;

/** What is known of a thread in which the bot takes part. */
export interface SlackThread {
  /** Its session, once it is another than its first: since somebody said `new` in it. */
  readonly session?: string;
  /** Who has written messages of that session: at most the first two. */
  readonly people: readonly string[];
}

/**
 * What is known of the threads. A thread that is known is one in which the bot takes part; one that was
 * forgotten is looked up at Slack.
 *
 * Both are synchronous: between the look-up and the send nothing else may happen.
 */
export interface SlackBindings {
  get(thread: string): SlackThread | undefined;
  set(thread: string, known: SlackThread): void;
}
