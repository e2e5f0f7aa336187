import type { Clock } from "@lanekeeper/drain-handoff";
import type { Entry } from "./entry.ts";
import type { Turn } from "./lanes.ts";
import type { ErrorContext, SessionQueueOptions } from "./options.ts";
import type { Outcome } from "./outcome.ts";
import type { ResolvedLimits } from "./resolve_options.ts";
import type { SessionTurnTask } from "./session_turn.ts";
import { within } from "./waiting.ts";

/** What steering needs. */
export interface SteeringOptions<M, R, H> {
  readonly hooks: SessionQueueOptions<M, R, H>;
  readonly clock: Clock;
  readonly limits: ResolvedLimits;
  readonly patienceMs: number;
  /** The turn has the message: it goes out of the line and into the turn, in one step. */
  take(entry: Entry<M, R, H>, turn: Turn<M, R, H>): void;
  /** The turn does not have it, and it is not wanted any more. */
  takeOut(entry: Entry<M, R, H>, outcome: Outcome<R>): void;
  onError(error: unknown, where: ErrorContext): void;
}

/** A message on offer to the turn that runs. It stands in line until the agent has answered. */
export class Offer<M, R, H> {
  readonly entry: Entry<M, R, H>;
  readonly controller = new AbortController();
  /** What becomes of it if it is not taken; `undefined`: it stays in line. */
  fate: Outcome<R> | undefined = undefined;
  readonly closed: Promise<void>;
  close: () => void = () => {};

  constructor(entry: Entry<M, R, H>) {
    this.entry = entry;
    this.closed = new Promise((resolve) => this.close = resolve);
  }

  /**
   * Somebody took it back, or it has waited too long. The agent may have it already: only its answer
   * says whether this is what became of the message.
   */
  takeBack(fate: Outcome<R>): void {
    if (this.fate !== undefined) return;
    this.fate = fate;
    this.controller.abort(new DOMException(`The message is ${fate.status}`, "AbortError"));
  }
}

/**
 * Offers what waits to the turn that runs, one message at a time, the head of the line first: nothing
 * is overtaken (`FIFO`), and nothing is lost, because a message leaves the line in the step in which
 * the turn has it.
 */
export class Steering<M, R, H> {
  readonly #options: SteeringOptions<M, R, H>;

  constructor(options: SteeringOptions<M, R, H>) {
    this.#options = options;
  }

  /** Offers the head of the line, if this turn can take it, and the next one as long as it has it. */
  offer(turn: Turn<M, R, H>): void {
    // A loop, because an agent may answer at once, and as often as the limits let it (`BOUNDED_STACK`).
    while (this.#offerHead(turn));
  }

  /** @returns whether the head was answered at once, and the next one may be offered. */
  #offerHead(turn: Turn<M, R, H>): boolean {
    const { hooks } = this.#options;
    const { task, line } = turn.key;
    const entry = line.head;
    if (hooks.steer === undefined || task === undefined || entry === undefined) return false;
    if (!this.#canTake(entry, { turn, task })) return false;
    const offer = new Offer(entry);
    task.offer = offer;
    const { id, message, sender } = entry;
    const { signal } = offer.controller;
    const refuse = (error: unknown) => {
      this.#options.onError(error, { session: entry.session, action: "steer" });
      return this.#answered(offer, { turn, task, answer: false });
    };
    let answer: unknown;
    try {
      answer = hooks.steer(task.handle, { id, message, sender, signal }, task);
    } catch (error) {
      return refuse(error);
    }
    if (typeof answer === "boolean") return this.#answered(offer, { turn, task, answer });
    const goOn = (isNext: boolean) => isNext && this.offer(turn);
    Promise.resolve(answer).then(
      (answer) => goOn(this.#answered(offer, { turn, task, answer })),
      (error) => goOn(refuse(error)),
    );
    return false;
  }

  /** The run has settled: what is on offer has `patienceMs` for its answer, then it is too late. */
  async finish(task: SessionTurnTask<M, R, H>): Promise<void> {
    const { offer } = task;
    if (offer === undefined) return;
    await within(this.#options.clock, offer.closed, this.#options.patienceMs);
    if (task.offer === offer) this.close(task);
  }

  /** No answer counts any more: what is on offer was not taken. */
  close(task: SessionTurnTask<M, R, H>): void {
    const { offer } = task;
    if (offer === undefined) return;
    task.offer = undefined;
    if (offer.fate !== undefined) this.#options.takeOut(offer.entry, offer.fate);
    offer.close();
    // Last, because listeners are foreign code.
    offer.controller.abort(new DOMException("The turn takes nothing any more", "AbortError"));
  }

  #canTake(entry: Entry<M, R, H>, { turn, task }: Steered<M, R, H>): boolean {
    if (entry.policy !== "steer" || !task.isSteerable || task.offer !== undefined) return false;
    if (!turn.live || task.stopping) return false;
    // `MERGE_LOSSLESS`: a turn never mixes senders.
    if (entry.sender !== turn.item.sender) return false;
    return (turn.item.group?.steered.length ?? 0) < this.#options.limits.steerMax;
  }

  /** @returns whether the next one may be offered. */
  #answered(
    offer: Offer<M, R, H>,
    { turn, task, answer }: Steered<M, R, H> & { answer: unknown },
  ): boolean {
    // Closed: an older generation takes nothing out of the line (`STALE_EFFECT_FENCED`).
    if (task.offer !== offer) return false;
    task.offer = undefined;
    const { entry, fate } = offer;
    if (answer === true) this.#options.take(entry, turn);
    else if (fate !== undefined) this.#options.takeOut(entry, fate);
    offer.close();
    // What it refused stays the head of the line, and is not offered twice.
    return answer === true || fate !== undefined;
  }
}

interface Steered<M, R, H> {
  readonly turn: Turn<M, R, H>;
  readonly task: SessionTurnTask<M, R, H>;
}
