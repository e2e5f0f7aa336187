import type { Clock } from "@lanekeeper/session-queue";
import { readFailure } from "./call_failure.ts";
import {
  SlackAuthError,
  SlackBusyError,
  SlackCallError,
  SlackStoppedError,
  SlackUnreachableError,
  type SlackVariable,
} from "./errors.ts";
import { methodOf, type SlackMethod } from "./methods.ts";
import type { SlackArgs, SlackResult, SlackWeb } from "./web_client.ts";

/** Options of {@linkcode SlackCalls}. */
export interface SlackCallsOptions {
  readonly web: SlackWeb;
  /** Where its token comes from. */
  readonly variable: SlackVariable;
  readonly clock: Clock;
  /** From 0 to 1, for the spread of waits. */
  random(): number;
  /** Calls that wait; one more is refused. */
  readonly waitingMax: number;
  /** Calls under way at a time. */
  readonly runningMax: number;
  /** How long one try may take, in ms. */
  readonly tryMs: number;
  /** How long a call may take with all its tries and what Slack makes it wait, in ms. */
  readonly callMs: number;
  /** The token is refused for good. Told once. */
  onAuthError(error: SlackAuthError): void;
}

/** Options of {@linkcode SlackCalls.call}. */
export interface CallOptions {
  /** While the call waits, its abort takes it out; once it is under way it is waited for. */
  readonly signal?: AbortSignal | undefined;
}

interface Job {
  /** Its place among all calls, in the order in which they came. */
  readonly place: number;
  readonly method: SlackMethod;
  readonly args: () => SlackArgs;
  readonly lane: string;
  readonly untilMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onAbort: () => void;
  notBeforeMs: number;
  tries: number;
  /** A try of it got no answer. */
  mayBeDone: boolean;
  resolve(result: SlackResult): void;
  reject(error: unknown): void;
}

/** How often a call is tried that Slack does not answer. */
const TRIES_MAX = 3;
const BACKOFF_MS = 500;

/**
 * The one place through which every call to Slack goes.
 *
 * - A method that Slack limits rests for as long as Slack says (`Retry-After`), and only that method:
 *   for `chat.postMessage`, in that channel. The calls behind it keep their order.
 * - `BOUNDED_STATE`: at most `waitingMax` calls wait, and none for longer than `callMs`.
 * - A call whose answer does not come is tried up to three times, unless Slack may have done it and
 *   twice is too often: a text is not said twice.
 * - A token that is refused ends it: every call rejects from then on.
 *
 * Arguments that are given as a function are asked for when the call goes out: what waited shows the
 * newest text, and what was cancelled meanwhile shows none (`STALE_EFFECT_FENCED`).
 */
export class SlackCalls {
  readonly #options: SlackCallsOptions;
  /** In the order in which they came. */
  readonly #waiting: Job[] = [];
  #places = 0;
  /** Until when a lane rests. */
  readonly #rests = new Map<string, number>();
  #running = 0;
  #timer: unknown = undefined;
  #end: Error | undefined = undefined;

  constructor(options: SlackCallsOptions) {
    this.#options = options;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** How many are under way. */
  get running(): number {
    return this.#running;
  }

  /** Whether Slack limits a method now, so that a call of it would wait. */
  isResting(method: SlackMethod): boolean {
    return (this.#rests.get(method) ?? 0) > this.#options.clock.now();
  }

  /**
   * Calls a method.
   *
   * @throws {SlackCallError} what Slack says; {SlackUnreachableError}; {SlackBusyError};
   * {SlackAuthError}; {SlackStoppedError}; or the reason of the signal.
   */
  call(
    method: SlackMethod,
    args: SlackArgs | (() => SlackArgs),
    { signal }: CallOptions = {},
  ): Promise<SlackResult> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) return reject(this.#end);
      if (signal?.aborted) return reject(signal.reason);
      const { waitingMax, clock, callMs } = this.#options;
      if (this.#waiting.length >= waitingMax) {
        return reject(new SlackBusyError(method, `${waitingMax} calls wait, which is the limit`));
      }
      const given = typeof args === "function" ? undefined : args;
      const job: Job = {
        place: ++this.#places,
        method,
        args: given === undefined ? args as () => SlackArgs : () => given,
        lane: methodOf(method).isPerChannel ? `${method} ${given?.["channel"]}` : method,
        untilMs: clock.now() + callMs,
        signal,
        onAbort: () => this.#drop(job, signal?.reason),
        notBeforeMs: 0,
        tries: 0,
        mayBeDone: false,
        resolve,
        reject,
      };
      signal?.addEventListener("abort", job.onAbort, { once: true });
      this.#waiting.push(job);
      this.#go();
    });
  }

  /** Ends it: what waits is refused, and what is under way cut off by the client. Idempotent. */
  close(reason: Error = new SlackStoppedError("call")): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    this.#clearTimer();
    for (const job of this.#waiting.splice(0)) {
      job.signal?.removeEventListener("abort", job.onAbort);
      job.reject(reason);
    }
    this.#options.web.close?.();
  }

  /** Starts what may start, and sets the one timer for what may not yet. */
  #go(): void {
    const { clock, runningMax } = this.#options;
    const nowMs = clock.now();
    let wakeMs = Infinity;
    for (let at = 0; at < this.#waiting.length && this.#running < runningMax;) {
      const job = this.#waiting[at] as Job;
      const startMs = Math.max(job.notBeforeMs, this.#rests.get(job.lane) ?? 0);
      if (startMs > nowMs && job.untilMs > nowMs) {
        wakeMs = Math.min(wakeMs, startMs, job.untilMs);
        at++;
        continue;
      }
      this.#waiting.splice(at, 1);
      if (startMs <= nowMs) this.#start(job);
      else this.#tooLate(job);
    }
    this.#clearTimer();
    if (wakeMs === Infinity) return;
    this.#timer = clock.setTimeout(() => {
      this.#timer = undefined;
      this.#forgetRests();
      this.#go();
    }, wakeMs - nowMs);
  }

  #start(job: Job): void {
    job.signal?.removeEventListener("abort", job.onAbort);
    const { clock, tryMs, web } = this.#options;
    this.#running++;
    job.tries++;
    let isOver = false;
    const over = (then: () => void) => {
      if (isOver) return;
      isOver = true;
      clock.clearTimeout(timer);
      this.#running--;
      then();
      if (this.#end === undefined) this.#go();
    };
    const late = () => this.#missed(job, { why: `it took longer than ${tryMs} ms`, wasDone: true });
    const timer = clock.setTimeout(() => over(late), tryMs);
    (async () => await web.apiCall(job.method, { ...job.args() }))().then(
      (result) => over(() => job.resolve(result)),
      (error) => over(() => this.#failed(job, error)),
    );
  }

  #failed(job: Job, error: unknown): void {
    const failure = readFailure(job.method, error);
    if (failure.kind === "limited") return this.#limited(job, failure.retryAfterMs);
    if (failure.kind === "unreachable") return this.#missed(job, failure, error);
    const { slackError } = failure;
    if (failure.kind === "refused") {
      return job.reject(new SlackCallError(job.method, slackError, { cause: error }));
    }
    const refusal = new SlackAuthError(this.#options.variable, slackError);
    job.reject(refusal);
    if (this.#end !== undefined) return;
    this.close(refusal);
    this.#options.onAuthError(refusal);
  }

  #limited(job: Job, retryAfterMs: number): void {
    const untilMs = this.#options.clock.now() + retryAfterMs;
    this.#forgetRests();
    this.#rests.set(job.lane, Math.max(untilMs, this.#rests.get(job.lane) ?? 0));
    // It was not done, so it did not count as a try.
    job.tries--;
    this.#again(job, untilMs, `Slack asks to wait for ${retryAfterMs} ms`);
  }

  /** No answer came. */
  #missed(job: Job, miss: { why: string; wasDone: boolean }, cause?: unknown): void {
    const { why, wasDone } = miss;
    if (this.#end !== undefined) return job.reject(this.#end);
    job.mayBeDone ||= wasDone;
    if ((wasDone && !methodOf(job.method).isRepeatable) || job.tries >= TRIES_MAX) {
      const { mayBeDone } = job;
      return job.reject(new SlackUnreachableError(job.method, why, { cause, mayBeDone }));
    }
    const { clock, random } = this.#options;
    const delayMs = BACKOFF_MS * 2 ** (job.tries - 1) * (0.5 + random());
    this.#again(job, clock.now() + delayMs, why);
  }

  /** Back to its place: what came later stays behind it, and what came before in front (`FIFO`). */
  #again(job: Job, notBeforeMs: number, why: string): void {
    if (this.#end !== undefined) return job.reject(this.#end);
    if (job.signal?.aborted) return job.reject(job.signal.reason);
    if (notBeforeMs > job.untilMs) return job.reject(new SlackBusyError(job.method, why));
    job.notBeforeMs = notBeforeMs;
    job.signal?.addEventListener("abort", job.onAbort, { once: true });
    const next = this.#waiting.findIndex(({ place }) => place > job.place);
    this.#waiting.splice(next < 0 ? this.#waiting.length : next, 0, job);
  }

  #tooLate(job: Job): void {
    job.signal?.removeEventListener("abort", job.onAbort);
    job.reject(new SlackBusyError(job.method, "Slack asks to wait for longer than a call may"));
  }

  #drop(job: Job, reason: unknown): void {
    const at = this.#waiting.indexOf(job);
    if (at < 0) return;
    this.#waiting.splice(at, 1);
    job.reject(reason);
    this.#go();
  }

  #forgetRests(): void {
    const nowMs = this.#options.clock.now();
    for (const [lane, untilMs] of this.#rests) if (untilMs <= nowMs) this.#rests.delete(lane);
  }

  #clearTimer(): void {
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
