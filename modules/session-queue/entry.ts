import { OutcomeError } from "./errors.ts";
import type { BusyPolicy, MessageInfo, SendOptions } from "./options.ts";
import type { Outcome, OutcomeStatus, RejectReason } from "./outcome.ts";
import type { Session } from "./session.ts";

/**
 * What `send()` returns.
 *
 * Guarantees
 * - `ACK_TRUTH`: `accepted` is true exactly when the message has its place in line.
 * - `EXACTLY_ONE_OUTCOME`, `FUTURE_SETTLES`: {@linkcode outcome} fulfils once and never rejects.
 * - `REPLY_SESSION_MATCH`: {@linkcode session} is the session that runs it.
 */
export interface Receipt<R> {
  readonly id: string;
  readonly session: string;
  readonly accepted: boolean;
  /** Why it was not accepted. */
  readonly reason: RejectReason | undefined;
  readonly status: "waiting" | "running" | OutcomeStatus;
  readonly outcome: Promise<Outcome<R>>;
  /**
   * The reply, for callers that would rather have an error than a value (A9).
   *
   * @throws what the agent threw if the message failed, else an {@linkcode OutcomeError}.
   */
  result(): Promise<R>;
  /**
   * Takes the message back. While it waits it will never run; when it runs alone in its turn the
   * turn is cancelled; in a turn of several messages, and after its end, nothing is done.
   *
   * @returns whether something was done.
   */
  withdraw(): boolean;
}

/** What an entry asks of the queue that made it. */
export interface EntryOwner<M, R, H> {
  nameOf(n: number): string;
  withdraw(entry: Entry<M, R, H>): boolean;
}

/** A message, its place in line and its outcome in one object. Users see {@linkcode Receipt}. */
export class Entry<M, R, H> implements Receipt<R>, MessageInfo<M> {
  readonly message: M;
  readonly sender: string | undefined;
  readonly policy: BusyPolicy;
  readonly deliver: SendOptions<R>["deliver"];
  readonly acceptedAtMs: number;
  readonly expiresAtMs: number;
  /** Where it stands, for `O(1)` removal. Both undefined while it is not in line. */
  before: Entry<M, R, H> | undefined = undefined;
  behind: Entry<M, R, H> | undefined = undefined;
  /** The entry whose turn it joined, and the entries that joined this one. */
  into: Entry<M, R, H> | undefined = undefined;
  joined: Entry<M, R, H>[] | undefined = undefined;
  /** What its outcome is if its turn is cancelled. */
  fate: Outcome<R> | undefined = undefined;
  /** Its reply is out: a cancel comes too late to be the truth. */
  delivered = false;
  status: "waiting" | "running" | OutcomeStatus = "waiting";
  readonly #owner: EntryOwner<M, R, H>;
  readonly #home: Session<M, R, H>;
  readonly #n: number;
  #id: string | undefined;
  #signal: AbortSignal | undefined = undefined;
  #onAbort: (() => void) | undefined = undefined;
  #outcome: Outcome<R> | undefined = undefined;
  #promise: Promise<Outcome<R>> | undefined = undefined;
  #resolve: ((outcome: Outcome<R>) => void) | undefined = undefined;

  constructor(
    owner: EntryOwner<M, R, H>,
    home: Session<M, R, H>,
    fields: EntryFields<M, R>,
  ) {
    this.#owner = owner;
    this.#home = home;
    this.#n = fields.n;
    this.#id = fields.options.id;
    this.message = fields.message;
    this.policy = fields.policy;
    this.sender = fields.options.sender;
    this.deliver = fields.options.deliver;
    this.acceptedAtMs = fields.nowMs;
    this.expiresAtMs = fields.nowMs + fields.waitMs;
  }

  get home(): Session<M, R, H> {
    return this.#home;
  }

  get session(): string {
    return this.#home.key;
  }

  get id(): string {
    this.#id ??= this.#owner.nameOf(this.#n);
    return this.#id;
  }

  get accepted(): boolean {
    return this.status !== "rejected";
  }

  get reason(): RejectReason | undefined {
    return this.#outcome?.status === "rejected" ? this.#outcome.reason : undefined;
  }

  get settled(): boolean {
    return this.#outcome !== undefined;
  }

  get outcome(): Promise<Outcome<R>> {
    this.#promise ??= this.#outcome !== undefined
      ? Promise.resolve(this.#outcome)
      : new Promise((resolve) => this.#resolve = resolve);
    return this.#promise;
  }

  async result(): Promise<R> {
    const outcome = await this.outcome;
    if (outcome.status === "completed" || outcome.status === "merged") return outcome.value;
    if (outcome.status === "failed") throw outcome.error;
    throw new OutcomeError(this.session, outcome);
  }

  withdraw(): boolean {
    return this.#owner.withdraw(this);
  }

  /** Withdraws when `signal` aborts. The listener goes with the outcome. */
  follow(signal: AbortSignal): void {
    this.#signal = signal;
    this.#onAbort = () => this.withdraw();
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Writes the outcome down. The caller sees to it that this happens once. */
  settle(outcome: Outcome<R>): void {
    this.#outcome = outcome;
    this.status = outcome.status;
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#resolve?.(outcome);
  }
}

/** What is known of a message when it comes. */
export interface EntryFields<M, R> {
  readonly n: number;
  readonly message: M;
  readonly policy: BusyPolicy;
  readonly options: SendOptions<R>;
  readonly nowMs: number;
  readonly waitMs: number;
}
