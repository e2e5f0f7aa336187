import type { Held, LedgerRecord, Level } from "../ledger_record.ts";
import type { Guarantee } from "../oracles/oracles.ts";
import type { Policies } from "../oracles/oracle.ts";
import { UnusableAdapterError } from "./adapter_error.ts";
import type { SimClock } from "./sim_clock.ts";

/**
 * A host, as the harness drives it. The default export of an adapter's file.
 *
 * When to use: to judge a host of your own. `harness/examples/template.ts` is one to start from.
 *
 * What level to claim:
 * - `0`: only `send()`. The harness is the agent, so single turns, order and lost messages are judged.
 * - `1`: `snapshot()` as well: guards, waiting messages and leaks are judged.
 * - `2`: the host takes its time, its storage and whatever else can make it wait from the `SimEnv`. Only
 *   then is each schedule the same each time, and a clean report stands for all within its bounds.
 */
export interface HostAdapter {
  /** For the report. */
  readonly name: string;
  /** Default: 0. */
  readonly level?: 0 | 1 | 2;
  /** What can be asked of it beside the methods that it has. Default: nothing. */
  readonly features?: readonly Feature[];
  /** What hosts may do in different ways. Default: see `Policies`. */
  readonly policies?: AdapterPolicies;
  /** The guarantees that it gives. Default: all that can be judged. The others are shown as skipped. */
  readonly guarantees?: readonly Guarantee[];
  /** Of those, the ones that it does not give after all. */
  readonly without?: readonly Guarantee[];
  /**
   * The host reads the runtime's own timers and `Date`: the harness puts its clock in their place while a
   * schedule runs. Default: `false`, it takes `env.clock`.
   */
  readonly globalTimers?: boolean;
  /**
   * A fresh host, that shares nothing with any other. It is called for each schedule, so it should be
   * quick. What it awaits must come from `env` or settle by itself.
   *
   * With the feature `crash` it is called again when the process has died: for the host that comes back,
   * with an environment of its own over the same `env.store`. All that the one before had asked for is
   * gone: its runs, its calls and its timers end in nothing, what it does from then on has no effect, and
   * the promises it gave are owed nothing. What it took on and how it ended must be in the store, for the
   * next one to read; how a message ends that the next one runs is seen from the agent.
   */
  create(env: SimEnv): HostUnderTest | Promise<HostUnderTest>;
}

/**
 * What a host can do beside the methods that it has.
 *
 * - `withdraw`: `send()` heeds `options.signal`, with which a caller takes its message back; `create()`
 *   may heed one, too.
 * - `interrupt`, `supersede`, `collect`, `reject`, `steer`, `rollback`: `send()` heeds `options.policy`.
 *   A message that steers is offered to the turn that runs, with `env.backend.steer()`; one that rolls
 *   back interrupts, and what the interrupted turn left is dropped with `env.backend.rollback()`.
 * - `events`: a message may be delivered again, with the same `options.event`.
 * - `crash`: its process may die at any time and come back: see {@linkcode HostAdapter.create}.
 */
export type Feature = typeof FEATURES[number];

/** All features. */
export const FEATURES = [
  "withdraw",
  "interrupt",
  "supersede",
  "collect",
  "reject",
  "steer",
  "rollback",
  "events",
  "crash",
] as const;

/** See {@linkcode Policies}. */
export interface AdapterPolicies extends Policies {
  /** Within how many ms on the virtual clock a stop, an end and a shutdown must return. Default: 60,000. */
  readonly stopWithinMs?: number;
  /**
   * A host that has nothing to do has set no timer. Default: `false`, timers that are left are let fire,
   * and only those that never end are held against it.
   */
  readonly leavesNoTimer?: boolean;
}

/** The host itself. A method that it does not have is not called, and what needs it is not judged. */
export interface HostUnderTest {
  /**
   * A message for a session comes in. Returns, or fulfils with, either
   * - a {@linkcode Receipt}, or
   * - whatever came of it, once it is over: then fulfilling means `completed`, and rejecting that it
   *   failed, was cancelled, or - with a {@linkcode RejectedError} - that it was never taken on.
   */
  send(session: string, message: string, options: SendOptions): unknown;
  /** Stops the running turn of a session. */
  stop?(session: string, options: StopOptions): unknown;
  /** Ends a session for good. Fulfils when it is over. */
  end?(session: string): unknown;
  /** Makes a session. */
  create?(session: string, options: CreateOptions): unknown;
  /** Gets a session back whose agent's side was lost; with `revive` also one that was ended. */
  resume?(session: string, options: { readonly revive: boolean }): unknown;
  /** The agent's side of a session is lost, as when its process died. */
  disconnect?(session: string): unknown;
  /** Stops everything, in order. Fulfils when it is over. */
  shutdown?(): unknown;
  /** What it holds, now. Cheap: it is called after each step. Required from level 1. */
  snapshot?(): HostSnapshot;
  /** Lets go of what would outlive the schedule. Nothing is judged any more. */
  dispose?(): unknown;
}

/** Options of `send()`. */
export interface SendOptions {
  /**
   * Aborted when the caller takes the message back; absent unless the host can do that. The caller may
   * keep it for all that it ever asks: a listener that is still there at rest is held (`EVENTUALLY_IDLE`).
   */
  readonly signal?: AbortSignal;
  /** What becomes of it if the session is busy; absent: as the host does by default. */
  readonly policy?: "interrupt" | "supersede" | "collect" | "reject" | "steer" | "rollback";
  readonly sender: string;
  /** The same for each delivery of one event. */
  readonly event?: string;
}

/** Options of `create()`. */
export interface CreateOptions {
  /** Aborted when the caller takes it back; absent unless the host can do that. See {@linkcode SendOptions}. */
  readonly signal?: AbortSignal;
}

/** Options of `stop()`. */
export interface StopOptions {
  readonly level: Level;
  /** What becomes of what waits; absent: as the host does by default. */
  readonly queued?: "keep" | "discard";
}

/** What a host says at once of a message, and later of how it ended. */
export type Receipt =
  | { readonly accepted: true; readonly outcome: Promise<HostOutcome> | TellsOutcome }
  | { readonly accepted: false; readonly reason: string };

/**
 * For a host that tells by an event how a message ended, and not by a promise: it is given whom to tell.
 * To tell it twice is to give it two outcomes.
 */
export type TellsOutcome = (told: (outcome: HostOutcome) => void) => void;

/** How a message ended: the words are those of the guarantees. */
export interface HostOutcome {
  readonly status:
    | "completed"
    | "failed"
    | "merged"
    | "superseded"
    | "cancelled"
    | "expired"
    | "abandoned"
    | "interrupted"
    | "rejected";
  /** What the agent said. */
  readonly reply?: unknown;
  /** The message it was merged into, or that superseded it. */
  readonly by?: string;
  readonly cause?: string;
}

/** What a host shows of itself. */
export interface HostSnapshot {
  /** The sessions that are busy or have something waiting; others may be there, too. */
  readonly sessions: readonly SessionState[];
  /** What must be 0 when nothing is left to do: tasks, timers, locks, sockets ... */
  readonly held?: Held;
  /** What may grow, and how far. */
  readonly state?: Readonly<Record<string, { readonly size: number; readonly max: number }>>;
}

/** One session of a {@linkcode HostSnapshot}. */
export interface SessionState {
  readonly session: string;
  /**
   * What stands for the guard: an object or a number, or nothing. It is the same for as long as the
   * session stays busy, through a whole chain of turns. If yours is another one for each turn, leave
   * `GUARD_IDENTITY_CHAIN` out with `without`.
   */
  readonly guard?: unknown;
  /** Whether whoever has the guard is alive. Default: `true`. */
  readonly live?: boolean;
  /** The messages that wait, by name or in any form in which their names can be read. */
  readonly waiting?: readonly string[];
}

/** `send()` throws it, or rejects with it, for a message that it does not take on. */
export class RejectedError extends Error {
  override readonly name = "RejectedError";
  /** `busy`, `full`, `draining`, `ended` or `invalid`. */
  readonly reason: string;

  constructor(reason: string) {
    super(`Message rejected: ${reason}`);
    this.reason = reason;
  }
}

/**
 * What a host under test gets instead of the world. Whatever takes time there is a step here, which
 * comes before or after anything else that may happen.
 */
export interface SimEnv {
  /**
   * The agent: one turn on `input`, which is a message, a list of them or any text in which their names
   * can be read. Settles when its script says so; after an abort of `signal` it rejects with the
   * signal's reason, at once or a little later, or not at all.
   */
  agent(
    session: string,
    input: string | readonly string[],
    options?: AgentOptions,
  ): Promise<string>;
  /** Time: `now()`, `setTimeout()`, `clearTimeout()`, `timeoutSignal()`. */
  readonly clock: SimClock;
  /** A number from 0 to 1, the same in each replay. */
  random(): number;
  /** Anything that takes time and always succeeds: a read, a lookup, a write. */
  io(what: string, session?: string, options?: { by?: string }): Promise<void>;
  /** The delivery of a reply to whoever asked. The turn is not over before it is. */
  deliver(session: string, message: string, reply: string): Promise<void>;
  /** The agent's side of sessions. */
  readonly backend: SimBackend;
  /** What survives the host. */
  readonly store: SimStore;
  /** The transport's acknowledgement of an event. */
  ack(event: string): void;
  /** What only the host knows: its claims, locks, bindings, phases. */
  report(record: ReportedRecord): void;
}

/** Options of `env.agent()`. */
export interface AgentOptions {
  /** Stops the run. */
  readonly signal?: AbortSignal | undefined;
}

/** What a host may report itself. */
export type ReportedRecord = Extract<
  LedgerRecord,
  { kind: "claim" | "lock" | "binding" | "phase" | "context" | "cwd" | "measure" }
>;

/** The agent's side of sessions, as a host sees it: each call takes time. */
export interface SimBackend {
  /** Makes it for a new session. */
  open(session: string, options?: AgentOptions): Promise<BackendHandle>;
  /** Gets it back for one whose handle was lost. */
  resume(session: string, options?: AgentOptions): Promise<BackendHandle>;
  /** The agent's own end. */
  close(handle: BackendHandle): Promise<void>;
  /** Asks the agent itself to stop what it runs. */
  requestCancel(session: string, level: Level): Promise<void>;
  /**
   * Offers a message to the run that goes on in a session. Fulfils with whether that run has it: then it
   * runs there, and nowhere else. It may have it some time before this fulfils. After an abort of `signal`,
   * and with no run, it does not take it.
   */
  steer(session: string, message: string, options?: AgentOptions): Promise<boolean>;
  /** Drops from the agent's record what the latest run that began with `message` left there. */
  rollback(session: string, message: string): Promise<void>;
}

/** The agent's side of one session. */
export interface BackendHandle {
  readonly session: string;
  readonly id: number;
}

/**
 * Lines on a disk: what `append()` has settled for is there after a crash. Of a line that was being
 * written when the process died only a part is there: it is torn.
 */
export interface SimStore {
  append(line: StoredLine): Promise<void>;
  /** All lines, in order. */
  read(): Promise<readonly StoredLine[]>;
}

/** One line of a {@linkcode SimStore}. */
export interface StoredLine {
  readonly what: "message" | "outcome";
  readonly session: string;
  readonly message: string;
  /** Only a part of it is there: a real host can not read such a line, and knows nothing of the rest. */
  readonly isTorn?: true;
}

/** Checks an adapter, and says what is wrong with it. @throws {TypeError} */
export function checkAdapter(adapter: unknown): asserts adapter is HostAdapter {
  const wrong = problemOf(adapter);
  if (wrong !== undefined) throw new UnusableAdapterError(`Cannot use adapter: ${wrong}`);
}

function problemOf(adapter: unknown): string | undefined {
  if (adapter === null || typeof adapter !== "object") {
    return "it must be an object with a name and create()";
  }
  const { name, level = 0, create, features = [], policies = {} } = adapter as Partial<HostAdapter>;
  if (typeof name !== "string" || name === "") return "its name must be a text";
  if (typeof create !== "function") return "it needs a method create(env) that returns the host";
  if (level !== 0 && level !== 1 && level !== 2) return `its level must be 0, 1 or 2, not ${level}`;
  for (const feature of features) {
    if ((FEATURES as readonly string[]).includes(feature)) continue;
    return `there is no feature "${feature}"; there are ${FEATURES.join(", ")}`;
  }
  const { order = "arrival" } = policies;
  if (!["arrival", "acceptance", "none"].includes(order)) {
    return `its policy order must be arrival, acceptance or none, not "${order}"`;
  }
  return undefined;
}
