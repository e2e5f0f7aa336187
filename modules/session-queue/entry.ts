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
   * turn is cancelled; in a turn of several messages, and after its end, nothing is done. While it is
   * on offer to a running turn (`steer`) the agent may have it already: it is taken back unless the
   * agent says so, and the outcome tells.
   *
   * @returns whether something was done.
   */
  withdraw(): boolean;
}

/** What an entry asks of the queue that made it. */
export interface EntryOwner<M, R, H> {
  withdraw(entry: Entry<M, R, H>): boolean;
}

/** Messages that run in one turn: the first has the place in line. */
export class Group<M, R, H> {
  first: Entry<M, R, H>;
  /** Those that were collected: the turn begins with them. */
  readonly joined: Entry<M, R, H>[] = [];
  /** Those that the turn took while it ran. */
  readonly steered: Entry<M, R, H>[] = [];

  constructor(first: Entry<M, R, H>) {
    this.first = first;
  }

  /** All but the first, in order. */
  get others(): readonly Entry<M, R, H>[] {
    return [...this.joined, ...this.steered];
  }
}

/** What only some messages have: made on first use, because every message is an entry. */
class EntryExtra<R> {
  id: string | undefined = undefined;
  acceptedAtMs = 0;
  expiresAtMs = Infinity;
  fate: Outcome<R> | undefined = undefined;
  delivered = false;
  onAbort: (() => void) | undefined = undefined;
}

/** A message, its place in line and its outcome in one object. Users see {@linkcode Receipt}. */
export class Entry<M, R, H> implements Receipt<R>, MessageInfo<M> {
  readonly home: Session<M, R, H>;
  readonly message: M;
  readonly policy: BusyPolicy;
  readonly options: SendOptions<R>;
  status: "waiting" | "running" | OutcomeStatus = "waiting";
  /** Where it stands, for `O(1)` removal. Both undefined while it is not in line. */
  before: Entry<M, R, H> | undefined = undefined;
  behind: Entry<M, R, H> | undefined = undefined;
  /** The messages that it runs with; undefined when it runs alone. */
  group: Group<M, R, H> | undefined = undefined;
  readonly #n: number;
  #outcome: Outcome<R> | undefined = undefined;
  #promise: Promise<Outcome<R>> | undefined = undefined;
  #resolve: ((outcome: Outcome<R>) => void) | undefined = undefined;
  #extra: EntryExtra<R> | undefined = undefined;

  constructor(
    home: Session<M, R, H>,
    n: number,
    message: M,
    policy: BusyPolicy,
    options: SendOptions<R>,
  ) {
    this.home = home;
    this.#n = n;
    this.message = message;
    this.policy = policy;
    this.options = options;
  }

  get session(): string {
    return this.home.key;
  }

  get id(): string {
    return this.options.id ?? this.#extra?.id ?? `m${this.#n}`;
  }

  /** Another id than the default one. */
  set id(id: string) {
    this.#more().id = id;
  }

  get sender(): string | undefined {
    return this.options.sender;
  }

  get accepted(): boolean {
    return this.status !== "rejected";
  }

  get reason(): RejectReason | undefined {
    return this.#outcome?.status === "rejected" ? this.#outcome.reason : undefined;
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
    return this.home.owner.withdraw(this);
  }

  /** The messages of its turn, in order. */
  get all(): readonly Entry<M, R, H>[] {
    return this.group === undefined ? [this] : [this.group.first, ...this.group.others];
  }

  /** Those with which its turn begins. */
  get inputs(): readonly Entry<M, R, H>[] {
    return this.group === undefined ? [this] : [this.group.first, ...this.group.joined];
  }

  /** With how many messages its turn begins. */
  get count(): number {
    return this.group === undefined ? 1 : 1 + this.group.joined.length;
  }

  get acceptedAtMs(): number {
    return this.#extra?.acceptedAtMs ?? 0;
  }

  get expiresAtMs(): number {
    return this.#extra?.expiresAtMs ?? Infinity;
  }

  /** How long it may wait. */
  expire(acceptedAtMs: number, waitMs: number): void {
    const extra = this.#more();
    extra.acceptedAtMs = acceptedAtMs;
    extra.expiresAtMs = acceptedAtMs + waitMs;
  }

  /** What its outcome is if its turn is cancelled. */
  get fate(): Outcome<R> | undefined {
    return this.#extra?.fate;
  }

  set fate(fate: Outcome<R> | undefined) {
    this.#more().fate = fate;
  }

  /** Its reply is out: to call it cancelled would not be the truth any more. */
  get delivered(): boolean {
    return this.#extra?.delivered ?? false;
  }

  set delivered(delivered: boolean) {
    this.#more().delivered = delivered;
  }

  /** Withdraws it when `signal` aborts. The listener goes with the outcome. */
  follow(signal: AbortSignal): void {
    if (this.#outcome !== undefined) return;
    if (signal.aborted) {
      this.withdraw();
      return;
    }
    const extra = this.#more();
    extra.onAbort = () => this.withdraw();
    signal.addEventListener("abort", extra.onAbort, { once: true });
  }

  /** Writes the outcome down. The caller sees to it that this happens once. */
  settle(outcome: Outcome<R>): void {
    this.#outcome = outcome;
    this.status = outcome.status;
    const onAbort = this.#extra?.onAbort;
    if (onAbort !== undefined) this.options.signal?.removeEventListener("abort", onAbort);
    this.#resolve?.(outcome);
  }

  #more(): EntryExtra<R> {
    return this.#extra ??= new EntryExtra();
  }
}
