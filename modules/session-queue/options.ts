import type { Clock } from "@lanekeeper/drain-handoff";
import type { CancelLevel, Outcome, RejectReason } from "./outcome.ts";
import type { SessionTurn } from "./session_turn.ts";

/**
 * What becomes of a message that finds its session busy.
 *
 * - `enqueue`: its own turn, in order.
 * - `reject`: refused at once with `busy`.
 * - `interrupt`: the running turn is cancelled, and this one starts once that one has settled, before
 *   what waits but behind what interrupted before it.
 * - `collect`: joins the waiting message of the same sender into one turn, else as `enqueue`.
 * - `steer`: takes its place in line and is offered to the turn that runs once nothing waits before
 *   it, if that turn is its sender's; what the turn does not take has its own turn, as with `enqueue`.
 * - `rollback`: as `interrupt`, and the agent drops the interrupted exchange from its transcript
 *   before this one starts.
 */
export type BusyPolicy = "enqueue" | "reject" | "interrupt" | "collect" | "steer" | "rollback";

/** How many, how long. Each is a whole number, 0 or more; times may be `Infinity`. */
export interface SessionQueueLimits {
  /** Messages that wait on one session; one more is rejected as `full`. Default 100. */
  readonly waitingMax?: number;
  /** Messages that wait on all sessions together. Default 100,000. */
  readonly waitingTotalMax?: number;
  /** How long a message may wait before it is `expired`, in ms. Default `Infinity`. */
  readonly waitMs?: number;
  /** Messages that `collect` joins into one turn. Default 20. */
  readonly collectMax?: number;
  /** Messages that one turn takes by `steer`; the next one has its own turn. Default 100. */
  readonly steerMax?: number;
  /** Sessions that are open or busy. Default 1,000,000. */
  readonly sessionsMax?: number;
  /** Ended sessions that are remembered; the oldest is forgotten first. Default 10,000. */
  readonly tombstonesMax?: number;
  /**
   * How long `open` and `resume` may take, in ms, before their signal aborts and their callers are
   * told so. Default 60,000. A call that ignores its signal blocks its session until it returns: a
   * second one beside it could give one session two agents.
   */
  readonly openMs?: number;
  /** How long `close` may take before it is left to itself, in ms. Default 5,000. */
  readonly closeMs?: number;
}

/** Options of `SessionQueue`. `M` is a message, `R` a reply, `H` what `open` and `resume` give. */
export interface SessionQueueOptions<M, R, H> {
  /** One turn of the agent. The guard is kept until what it returns has settled. */
  run(turn: SessionTurn<M, H>): Promise<R> | R;
  /**
   * Makes the agent's side of a new session. The signal aborts when nobody wants it any more: the
   * creator withdrew, the session was ended, the queue stopped, or `openMs` have passed. A handle
   * that comes all the same is closed.
   */
  open?(session: string, signal: AbortSignal): Promise<H> | H;
  /** Gets the agent's side of a session back whose handle was lost (A10). For the signal see `open`. */
  resume?(session: string, signal: AbortSignal): Promise<H> | H;
  /** The agent's own end of a session. Called once for each handle (`NO_CREATE_LEAK`). */
  close?(handle: H, session: string): unknown;
  /**
   * Asks the agent itself to stop the turn that runs. What it returns is awaited (A12), and for as
   * long, up to `abandonAfterMs`, no other turn starts that a slow cancel could hit.
   */
  requestCancel?(handle: H, level: CancelLevel, turn: TurnInfo): unknown;
  /**
   * Offers a message of the policy `steer` to the turn that runs. Return `true`, or a promise of it,
   * in the very step in which the agent has the message, and never else: it then runs inside this turn
   * and is `merged` into it. Anything else, and a throw, leaves it in line for a turn of its own.
   *
   * It is called for the head of the line alone, one at a time, while the agent runs and was not asked
   * to stop: as the message comes, and for what waits already in the step in which `run` was called.
   * An answer may take as long as the run; once that has settled, `abandonAfterMs` more. One that comes
   * later, or after the turn was cancelled, does not count. `input.signal` aborts when the message is
   * not on offer any more: an agent that does not have it yet then answers `false`.
   */
  steer?(handle: H, input: SteerInput<M>, turn: TurnInfo): Promise<boolean> | boolean;
  /**
   * Drops from the transcript what a turn left there that a message of the policy `rollback`
   * interrupted: all of that turn, and nothing else. It is called once the cancelled work has settled
   * and before the next turn starts, which waits for it up to `abandonAfterMs`. Not for a turn whose
   * agent was never called, whose reply was delivered, or that was `abandoned`.
   */
  rollback?(handle: H, turn: TurnInfo): unknown;
  /** Refuses a message as `invalid` by returning `false`. */
  validate?(message: M): boolean;
  /** For messages that name none. Default `"enqueue"`. */
  policy?: BusyPolicy;
  limits?: SessionQueueLimits;
  /** How long a cancelled turn may go on before it is `abandoned`, in ms. Default 5,000. */
  abandonAfterMs?: number;
  /** Whether a session whose turn was abandoned waits for it. Default `"block"`. */
  onAbandon?: "block" | "proceed";
  /** Names message number `n`; called once for each. Default `m1`, `m2`, … */
  messageId?(n: number): string;
  clock?: Clock;
  /** Told of each event; costs one check when absent. */
  observer?: SessionQueueObserver<M, R>;
  /**
   * Told of an error that has no caller: of `close`, `requestCancel`, `steer` and `rollback`. What it
   * throws itself is dropped. Default: the console.
   */
  onError?(error: unknown, where: ErrorContext): void;
}

/** Where an error without a caller comes from. */
export interface ErrorContext {
  readonly session: string;
  readonly action: "close" | "requestCancel" | "steer" | "rollback";
}

/** Options of `send()`. */
export interface SendOptions<R> {
  /** Default: the queue's. */
  policy?: BusyPolicy;
  /** With `interrupt` and `rollback`: whether what waits stays, in order, behind this one. Default `"keep"`. */
  queued?: "keep" | "supersede";
  /** Who sent it; `collect` never mixes senders (`MERGE_LOSSLESS`). */
  sender?: string;
  /** The message's id. Default: the next of the queue's own. */
  id?: string;
  /** Default: `limits.waitMs`. */
  waitMs?: number;
  /** Withdraws the message when it aborts, as `receipt.withdraw()` does. */
  signal?: AbortSignal;
  /**
   * Delivers the reply, inside the turn: the session is busy until it settled, and an interrupted
   * turn's reply is not delivered (B7, `STALE_EFFECT_FENCED`). When it throws the message `failed`.
   * A turn of several messages has one reply: it is delivered once, by the first that can.
   */
  deliver?(value: R, signal: AbortSignal): unknown;
}

/** A message, as the observer and the snapshot name it. */
export interface MessageInfo<M> {
  readonly session: string;
  readonly id: string;
  readonly message: M;
  readonly sender: string | undefined;
  readonly policy: BusyPolicy;
}

/** A message that is offered to the turn that runs. */
export interface SteerInput<M> {
  readonly id: string;
  readonly message: M;
  readonly sender: string | undefined;
  /** Aborts when the message is not on offer any more. */
  readonly signal: AbortSignal;
}

/** A turn, as the observer names it. */
export interface TurnInfo {
  readonly session: string;
  /** The id of its first message. */
  readonly id: string;
  /** All its messages, in order. */
  readonly messages: readonly string[];
  readonly generation: number;
}

/** Plain callbacks. They run inside a synchronous step: they may look, not throw and not wait. */
export interface SessionQueueObserver<M, R> {
  accepted?(message: MessageInfo<M>): void;
  rejected?(message: MessageInfo<M>, reason: RejectReason): void;
  started?(turn: TurnInfo): void;
  /** The turn took a message while it ran. */
  steered?(message: MessageInfo<M>, turn: TurnInfo): void;
  /** The turn was asked to stop; it may still run. */
  stopping?(turn: TurnInfo, level: CancelLevel): void;
  /** What a live turn emitted. */
  emitted?(turn: TurnInfo, data: unknown): void;
  settled?(message: MessageInfo<M>, outcome: Outcome<R>): void;
  /** The guard went from one turn to the next. */
  handedOff?(from: TurnInfo, to: TurnInfo): void;
  /** The session has no turn and nothing waits. */
  idle?(session: string): void;
  /** The session has a handle. */
  opened?(session: string, how: "create" | "resume"): void;
  /** The session was ended. */
  ended?(session: string): void;
  /** `stopAll()` is done. */
  drained?(report: StopAllReport): void;
}

/** Options of `create()`. */
export interface CreateOptions<H> {
  /** Instead of the queue's `open`: for what differs from session to session. */
  open?(session: string, signal: AbortSignal): Promise<H> | H;
  /** Withdraws the create; a handle that still comes is closed. */
  signal?: AbortSignal;
}

/** Options of `resume()`. */
export interface ResumeOptions {
  /** Brings an ended session back: its tombstone goes once the resume has succeeded. */
  revive?: boolean;
  /** Stops waiting. The resume itself goes on, for whoever else waits for it. */
  signal?: AbortSignal;
}

/** Options of `stop()`. */
export interface StopOptions {
  /** Default `"immediate"`. */
  level?: CancelLevel;
  /** What becomes of what waits (`STOP_CLEARS_ALL`). Default `"discard"`. */
  queued?: "keep" | "discard";
  /** How long to wait for the turn's end before reporting, in ms. Default 10,000. */
  deadlineMs?: number;
  /** Stops waiting for the report; what was asked for goes on. */
  signal?: AbortSignal;
}

/** What `stop()` did. */
export interface StopReport {
  /**
   * The turn that ran: there was `none`; it `settled`; it was `asked` and goes on; or it ignored
   * that and was `abandoned`.
   */
  readonly running: "none" | "settled" | "asked" | "abandoned";
  /** How many waiting messages were cancelled. */
  readonly discarded: number;
}

/** Options of `end()`. */
export interface EndOptions {
  /**
   * How long the running turn may go on before it is cancelled, in ms. Default 5,000. The end itself
   * takes at most `abandonAfterMs` and twice `closeMs` longer.
   */
  deadlineMs?: number;
  /** Stops waiting for the report; the end goes on. */
  signal?: AbortSignal;
}

/** What `end()` did. */
export interface EndReport {
  readonly running: StopReport["running"];
  /** How many waiting messages were cancelled. */
  readonly discarded: number;
  /** Whether the agent's own end was called and returned. */
  readonly closed: boolean;
}

/** Options of `stopAll()`. */
export interface StopAllOptions {
  /**
   * How long running and waiting messages have before they are cancelled, in ms. Default 10,000. The
   * drain itself takes at most `abandonAfterMs` and twice `closeMs` longer. A later call with an
   * earlier deadline hurries the drain that is under way.
   */
  deadlineMs?: number;
  /** `"keep"` (default) runs what waits, within the deadline; `"discard"` cancels it at once. */
  queued?: "keep" | "discard";
  /** Stops waiting for the report; the drain goes on. */
  signal?: AbortSignal;
}

/** What became of the work that was there when `stopAll()` was called. */
export interface StopAllReport {
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Sessions whose turn ignored its cancel: it was abandoned, or still goes on. */
  readonly abandoned: readonly string[];
  /** Sessions whose agent's end was called and returned. */
  readonly closed: number;
  /** Sessions whose agent's end threw or took longer than `closeMs`. */
  readonly closeFailed: readonly string[];
}

/** One session, as plain data. */
export interface SessionSnapshot {
  readonly session: string;
  readonly state: "idle" | "running" | "stopping" | "ending";
  /** Whether the agent's side is open. */
  readonly connected: boolean;
  /** The generation of the guard, when a turn has it. */
  readonly generation: number | undefined;
  /** The messages of the running turn. */
  readonly running: readonly string[];
  /** The messages that wait, in order. */
  readonly waiting: readonly string[];
}
