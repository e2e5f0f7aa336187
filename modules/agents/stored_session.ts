import type { Clock } from "@lanekeeper/session-queue";
import type {
  AgentSession,
  AgentTurn,
  CancelLevel,
  ChatMessage,
  SessionInfo,
  SteerOptions,
  TranscriptEntry,
} from "./agent.ts";
import type { TranscriptStore } from "./transcript.ts";
import { TranscriptFullError } from "./transcript_limits.ts";
import type { TurnReply } from "./turn_reply.ts";

/** What the sessions of one agent have in common. */
export interface StoredShared {
  /** The agent, for errors: `echo`. */
  readonly name: string;
  readonly store: TranscriptStore;
  readonly clock: Clock;
  readonly wallClockMs: () => number;
  readonly onError: (error: unknown, session: string) => void;
  /** Makes the reply of a turn, whose messages are in the transcript when it begins to speak. */
  readonly reply: (turn: AgentTurn, info: SessionInfo) => TurnReply;
  /** Lets go of what a session holds besides its turn. Called once its turn has settled. */
  readonly release?: (session: string) => Promise<void>;
  /**
   * Makes the agent forget what it remembers of a session by itself: with the next turn it is told what
   * the transcript has by then. Left out by agents whose memory is the transcript.
   */
  readonly forget?: (session: string) => Promise<void>;
  /** Those with a running turn. */
  readonly running: Set<StoredSession>;
  closed: boolean;
}

interface Running {
  readonly turnId: string;
  readonly reply: TurnReply;
  readonly settled: Promise<void>;
}

/**
 * A session whose messages and replies are in a transcript: that of every agent of this package.
 *
 * When to use: as what `open` and `resume` of these agents give; every method is there, which the
 * interface leaves open. When not: to make one by hand.
 *
 * - `CANCEL_LEVEL`: graceful ends the reply at the next good point and returns it; immediate rejects
 *   with `signal.reason`.
 * - The transcript tells the truth: messages are stored before the reply begins, and a reply that
 *   was stopped, cancelled or failed says so, with as much of it as was said, and as fits.
 * - `BOUNDED_STATE`: while idle it holds its `info`, one reference and two flags, some 250 bytes
 *   in all: no timer, no listener, no file, nothing of the transcript.
 */
export class StoredSession implements AgentSession {
  readonly info: SessionInfo;
  readonly #shared: StoredShared;
  #running: Running | undefined;
  #closed = false;
  /** The last turn that this object stored anything of. */
  #stored: string | undefined;

  constructor(info: SessionInfo, shared: StoredShared) {
    this.info = info;
    this.#shared = shared;
  }

  /**
   * Answers the messages of one turn, piece by piece.
   *
   * Cancel safety: a turn whose signal has aborted before the call stores nothing. One that is
   * cancelled later has its messages and what was said so far in the transcript, then rejects with
   * `signal.reason`. Once the whole reply was said, a cancel comes too late, and it is returned.
   *
   * @throws {Error} if a turn runs on this session already, or the session is closed.
   * @throws {SessionGoneError} if the transcript was removed, or the agent says so.
   * @throws {TranscriptFullError} if a message, the reply or the transcript is beyond its limit.
   */
  run(turn: AgentTurn): Promise<string> {
    if (turn.signal.aborted) return Promise.reject(turn.signal.reason);
    const refused = this.#refusal();
    if (refused) return Promise.reject(new Error(`Cannot run turn "${turn.id}": ${refused}`));
    const reply = this.#shared.reply(turn, this.info);
    const done = this.#perform(turn, reply);
    const settle = () => {
      this.#running = undefined;
      this.#shared.running.delete(this);
      reply.dispose();
    };
    this.#running = { turnId: turn.id, reply, settled: done.then(settle, settle) };
    this.#shared.running.add(this);
    return done;
  }

  /**
   * Asks the running turn to stop.
   *
   * @returns Whether there was one. With none nothing is remembered (`CANCEL_NOT_STICKY`).
   * @throws {TypeError} for a level that is neither `"graceful"` nor `"immediate"`.
   */
  requestCancel(level: CancelLevel): boolean {
    const reply = this.#running?.reply;
    if (level === "graceful") reply?.stop();
    else if (level === "immediate") reply?.cancel(abortError("The turn was cancelled"));
    else throw new TypeError(`Cannot cancel: the level must be "graceful" or "immediate"`);
    return reply !== undefined;
  }

  /**
   * Takes one more message into the reply that is being spoken: it is answered behind the others, in
   * the same turn, and is in the transcript before that.
   *
   * @returns Whether it has it. Not with no turn, for a reply that is at its end or was asked to stop,
   * nor while a message `alone N` is answered: then nothing is remembered.
   */
  steer(message: ChatMessage, { signal }: SteerOptions = {}): boolean {
    const running = this.#running;
    if (running === undefined || signal?.aborted || !running.reply.takes) return false;
    const entries = this.#messages({ id: running.turnId, messages: [message] });
    running.reply.take(message, this.#shared.store.append(this.info.id, entries));
    return true;
  }

  /**
   * Drops from the transcript what a turn left there, if it was the last one. The lines stay in the
   * file, with a mark behind them which `transcript()` and a later `resume` heed (`RESUME_FIDELITY`).
   * For a turn that stored nothing, it does nothing.
   *
   * @throws {Error} if a turn runs.
   */
  async rollback(turnId: string): Promise<void> {
    if (this.#running !== undefined) {
      throw new Error(
        `Cannot roll back turn "${turnId}": turn "${this.#running.turnId}" runs on session "${this.info.id}"`,
      );
    }
    // Ids may come again after a restart: what another process stored is not meant.
    if (this.#stored !== turnId) return;
    this.#stored = undefined;
    // The mark comes last: where it stands, the agent has forgotten.
    await this.#shared.forget?.(this.info.id);
    const text = "What was said before this, in the same turn, is rolled back";
    const mark = { role: "note", turnId, text, at: this.#at(), rollsBack: true } as const;
    await this.#shared.store.append(this.info.id, [mark]);
  }

  /**
   * The last entries, oldest first, as many as the limit `lastEntriesMax`.
   *
   * @throws {SessionGoneError} if the transcript was removed.
   */
  async transcript(): Promise<TranscriptEntry[]> {
    return (await this.#shared.store.read(this.info.id)).entries;
  }

  /**
   * Ends the session: a running turn ends at once, also one that ignores its cancel, and nothing is
   * written after this resolved. What is stored stays, for a later `resume`. Idempotent.
   */
  async close(): Promise<void> {
    this.#closed = true;
    this.#running?.reply.close(abortError("The session was closed"));
    await this.#running?.settled;
    await this.#shared.release?.(this.info.id);
  }

  #refusal(): string | undefined {
    if (this.#closed) return `session "${this.info.id}" is closed`;
    if (this.#shared.closed) return `the ${this.#shared.name} agent is closed`;
    if (this.#running) return `turn "${this.#running.turnId}" runs on session "${this.info.id}"`;
    return undefined;
  }

  async #perform(turn: AgentTurn, reply: TurnReply): Promise<string> {
    this.#stored = turn.id;
    try {
      await this.#shared.store.append(this.info.id, this.#messages(turn));
      const text = await reply.speak();
      await this.#shared.store.append(this.info.id, [this.#entry(turn, reply)]);
      return text;
    } catch (error) {
      const failure = turn.signal.aborted ? turn.signal.reason : error;
      await this.#mark(this.#entry(turn, reply, { failure }));
      throw failure;
    }
  }

  /**
   * The turn has failed already: what goes wrong here is told, and does not take its place. A reply that
   * is too long is stored as far as it fits: half of it, or half of that, and so on.
   */
  async #mark(entry: TranscriptEntry): Promise<void> {
    const { store, onError } = this.#shared;
    let { text } = entry;
    for (let chars = text.length;; text = entry.text.slice(0, chars) + CUT) {
      try {
        return await store.append(this.info.id, [{ ...entry, text }]);
      } catch (error) {
        if (!(error instanceof TranscriptFullError) || chars === 0) {
          return onError(error, this.info.id);
        }
        chars = Math.floor(chars / 2);
      }
    }
  }

  #messages({ id: turnId, messages }: Pick<AgentTurn, "id" | "messages">): TranscriptEntry[] {
    const at = this.#at();
    return messages.map(({ text, sender }) => ({
      role: "user",
      turnId,
      text,
      at,
      ...(sender === undefined ? {} : { sender }),
    }));
  }

  #entry(
    turn: AgentTurn,
    reply: TurnReply,
    failed?: { readonly failure: unknown },
  ): TranscriptEntry {
    const entry = { role: "agent", turnId: turn.id, text: reply.said, at: this.#at() } as const;
    if (failed) {
      const end = reply.isCancel(failed.failure) ? "cancelled" : "failed";
      return { ...entry, end, reason: describe(failed.failure) };
    }
    if (turn.signal.aborted) {
      return { ...entry, end: "cancelled", reason: describe(turn.signal.reason) };
    }
    return reply.stopped ? { ...entry, end: "stopped" } : entry;
  }

  #at(): string {
    return new Date(this.#shared.wallClockMs()).toISOString();
  }
}

function abortError(message: string): DOMException {
  return new DOMException(message, "AbortError");
}

/** What stands in the place of the rest of a reply. */
const CUT = "\n\n[The rest does not fit into the transcript]";
const REASON_CHARS_MAX = 1_000;

function describe(reason: unknown): string {
  const text = reason instanceof Error ? reason.message : reason;
  return typeof text === "string" ? text.slice(0, REASON_CHARS_MAX) : `a ${typeof reason}`;
}
