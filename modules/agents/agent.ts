import type { CancelLevel } from "@lanekeeper/session-queue";

export type { CancelLevel };

/**
 * What runs the turns of a session: a model behind an endpoint, a subprocess, or the embedded echo.
 *
 * When to use: implement it to put an agent of your own behind a host. A host calls it; a surface
 * (web chat, Slack) never does. When not: to queue, merge, fence or time out messages, which the
 * host does before and after it calls an agent.
 *
 * What an agent owes its host:
 *
 * - `RESUME_FIDELITY`: `resume` gives back the working directory, the project and the transcript
 *   that `open` and `run` stored, also when the last write was cut off (A10).
 * - `NO_GLOBAL_CWD`: a session's directory is in its `info`; an agent never changes the process's
 *   own (A13).
 * - `ERROR_CLASS`: it throws `SessionGoneError` when, and only when, a session is gone for good.
 * - `BOUNDED_STATE`: an idle session costs a small fixed number of bytes.
 *
 * @example An agent of one's own
 * ```ts
 * import type { Agent, AgentSession } from "@lanekeeper/agents";
 * import { SessionGoneError } from "@lanekeeper/agents";
 * import assert from "node:assert/strict";
 *
 * const open = (id: string, projectId = "default", workingDir = "/"): AgentSession => ({
 *   info: { id, projectId, workingDir },
 *   run({ messages, signal, emit }) {
 *     signal.throwIfAborted();
 *     const reply = messages.map((message) => message.text.toUpperCase()).join("\n");
 *     emit(reply);
 *     return Promise.resolve(reply);
 *   },
 *   close: () => Promise.resolve(),
 * });
 *
 * const shout: Agent = {
 *   name: "shout",
 *   open: ({ id, projectId, workingDir }) => Promise.resolve(open(id, projectId, workingDir)),
 *   resume: (id) => Promise.reject(new SessionGoneError(id)), // it stores nothing
 * };
 *
 * const session = await shout.open({ id: "s1" });
 * const signal = new AbortController().signal;
 * assert.equal(await session.run({ id: "t1", messages: [{ text: "hi" }], signal, emit() {} }), "HI");
 * ```
 */
export interface Agent {
  /** For logs and the page. */
  readonly name: string;
  /**
   * Makes a new session and stores what `resume` will need.
   *
   * @throws {SessionExistsError} if something is stored under this id: it is resumed, not opened.
   */
  open(options: OpenOptions): Promise<AgentSession>;
  /**
   * Gets a session back from what is stored.
   *
   * @throws {SessionGoneError} if nothing is stored under this id.
   */
  resume(id: string, options?: ResumeOptions): Promise<AgentSession>;
  /** The agent's own end, after that of its sessions. Idempotent. */
  close?(): Promise<void>;
}

/** Options of `Agent.open()`. */
export interface OpenOptions {
  /** The session's id, chosen by the host. */
  readonly id: string;
  /** Default: the agent's own default. */
  readonly projectId?: string | undefined;
  /** Where the session works. Default: the process's working directory. */
  readonly workingDir?: string | undefined;
  /** Ends the wait, with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `Agent.resume()`. */
export interface ResumeOptions {
  /**
   * An absolute path: where the session works while its stored directory is not there. An agent that has
   * no directories leaves it out. Default: the home directory.
   */
  readonly fallbackDir?: string | undefined;
  /** Ends the wait, with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/** What is known of a session, as plain data. */
export interface SessionInfo {
  readonly id: string;
  readonly projectId: string;
  /** An absolute path; the directory was there when the session was opened or resumed. */
  readonly workingDir: string;
  /** To be said to the person: for instance that the working directory was lost (A13). */
  readonly notice?: string;
}

/**
 * One session of an agent. Its host runs one turn at a time on it (`SINGLE_TURN`).
 *
 * When not to use: from two hosts at once. Exclusion is the host's, not the agent's.
 */
export interface AgentSession {
  readonly info: SessionInfo;
  /**
   * Runs one turn and resolves with the whole reply, which is what was emitted, put together.
   *
   * Cancel safety: when `turn.signal` aborts, it settles promptly, by rejecting with
   * `signal.reason`. It settles only once nothing of the turn runs any more: until then the host
   * keeps the session busy.
   *
   * @throws {SessionGoneError} if the session is gone for good.
   */
  run(turn: AgentTurn): Promise<string>;
  /**
   * Asks the running turn to stop. The levels are two different things (`CANCEL_LEVEL`, A12):
   * `"graceful"` lets the turn end its reply by itself and return it, `"immediate"` goes together
   * with the abort of `turn.signal`. With no turn it does nothing, also not later
   * (`CANCEL_NOT_STICKY`). It returns a value or a promise; the host awaits either and logs what it
   * throws.
   */
  requestCancel?(level: CancelLevel): unknown;
  /**
   * Takes one more message into the turn that runs: the reply answers it, too. Returns `true`, or a
   * promise of it, once it surely has the message, and `false` where it can not take it: no turn runs,
   * the reply is at its end or was asked to stop, or `signal` has aborted. Never both lost and taken:
   * what is answered with `false`, or with an error, has its own turn later, and what is answered with
   * `true` has none (`EXACTLY_ONE_OUTCOME`).
   *
   * When to leave it out: the agent can not listen while it works. The host then lets the message wait.
   *
   * A promise that is still open when `run` has settled keeps the session busy: settle it before.
   */
  steer?(message: ChatMessage, options?: SteerOptions): Promise<boolean> | boolean;
  /**
   * Drops from the transcript all that one turn left there: its messages, those that it took by
   * `steer`, and as much of a reply as was said. The host calls it for a cancelled turn, after `run`
   * has settled and before the next turn. It touches no other turn, and for one that left nothing it
   * does nothing. What it dropped does not come back with `resume` (`RESUME_FIDELITY`). It returns a
   * value or a promise; the host awaits either and logs what it throws.
   *
   * When to leave it out: the agent can not forget. The message is then only interrupted.
   */
  rollback?(turnId: string): unknown;
  /** What was said, oldest first, for a page that reloads. An agent states how much it returns. */
  transcript?(): Promise<TranscriptEntry[]>;
  /** Lets go of what the session holds, not of what is stored. Idempotent. */
  close(): Promise<void>;
}

/** Options of `AgentSession.steer()`. */
export interface SteerOptions {
  /** Aborts when the message is not on offer any more: its sender took it back, or the turn ended. */
  readonly signal?: AbortSignal | undefined;
}

/** What an agent gets for one turn. */
export interface AgentTurn {
  readonly id: string;
  /** One message, or several that were merged: all of them are answered (`MERGE_LOSSLESS`). */
  readonly messages: readonly ChatMessage[];
  /** The immediate cancel. */
  readonly signal: AbortSignal;
  /** Streams a piece of the reply. Pieces appear in the order of the calls. */
  emit(text: string): void;
}

/** One message of a person. */
export interface ChatMessage {
  readonly text: string;
  /** Who sent it, where a session has more than one person. */
  readonly sender?: string | undefined;
}

/** How a reply ended that is not whole; absent where it is. */
export type ReplyEnd = "stopped" | "cancelled" | "failed";

/** One thing that was said in a session. */
export interface TranscriptEntry {
  /** `user` is a message, `agent` a reply, `note` a remark on the transcript itself. */
  readonly role: "user" | "agent" | "note";
  /** The turn it belongs to; empty for a note on the transcript itself. */
  readonly turnId: string;
  /** For a reply that is not whole: as much of it as was said. */
  readonly text: string;
  /** When, in ISO 8601. */
  readonly at: string;
  readonly sender?: string;
  /** `stopped` by a graceful cancel, `cancelled` by an immediate one, or `failed`. */
  readonly end?: ReplyEnd;
  /** Why it was cancelled or failed. */
  readonly reason?: string;
}
