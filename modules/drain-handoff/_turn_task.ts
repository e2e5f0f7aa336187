import { type Guard, StaleTurnError, type Turn, type TurnEnd, type TurnState } from "./turn.ts";

/** Whose a guard is: the only place that says so, and only this package reads and writes it. */
export let ownerOf: <K, T>(guard: GuardTask<K, T>) => TurnTask<K, T> | undefined;
/** Moves a guard. */
export let setOwner: <K, T>(guard: GuardTask<K, T>, owner: TurnTask<K, T> | undefined) => void;

/** A guard as the chain sees it. Users see {@linkcode Guard}, and nothing more when they log it. */
export class GuardTask<K, T> implements Guard<K> {
  readonly key: K;
  readonly generation: number;
  #owner: TurnTask<K, T> | undefined = undefined;
  #isWoken = false;

  static {
    ownerOf = (guard) => guard.#owner;
    setOwner = (guard, owner) => guard.#owner = owner;
  }

  constructor(key: K, generation: number) {
    this.key = key;
    this.generation = generation;
  }

  /** Somebody said that there may be an item. */
  noteWake(): void {
    this.#isWoken = true;
  }

  /** Whether somebody said so since the last time that this was asked. */
  takeWake(): boolean {
    const isWoken = this.#isWoken;
    this.#isWoken = false;
    return isWoken;
  }
}

/** What a turn tells the chain that runs it. */
export interface TurnChain<K, T> {
  interrupted(turn: TurnTask<K, T>): void;
}

/** What only some turns need: made on first use, because every message makes a turn. */
class TurnExtra {
  reason: unknown = undefined;
  /** Gives the turn up. */
  timer: unknown = undefined;
  controller: AbortController | undefined = undefined;
  ended: Promise<TurnEnd> | undefined = undefined;
  resolve: ((end: TurnEnd) => void) | undefined = undefined;
  parts: Promise<unknown>[] | undefined = undefined;
  /** Set once the work is over and only parts are left: ends the turn without them. */
  dropParts: (() => void) | undefined = undefined;
}

/** The turn as the chain sees it. Users see {@linkcode Turn}. */
export class TurnTask<K, T> implements Turn<K, T> {
  readonly guard: GuardTask<K, T>;
  readonly item: T;
  state: TurnState = "ready";
  interrupted = false;
  readonly #chain: TurnChain<K, T>;
  #end: TurnEnd | undefined = undefined;
  #extra: TurnExtra | undefined = undefined;

  /** Takes the guard: from here on whoever had it is not the owner any more. */
  constructor(chain: TurnChain<K, T>, guard: GuardTask<K, T>, item: T) {
    this.#chain = chain;
    this.guard = guard;
    this.item = item;
    setOwner(guard, this);
  }

  get key(): K {
    return this.guard.key;
  }

  get generation(): number {
    return this.guard.generation;
  }

  /** Whether this very turn has the guard. */
  get isOwner(): boolean {
    return ownerOf(this.guard) === this;
  }

  get isOver(): boolean {
    return this.state === "settled" || this.state === "abandoned";
  }

  get live(): boolean {
    return !this.interrupted && !this.isOver && this.isOwner;
  }

  get reason(): unknown {
    return this.#extra?.reason;
  }

  get timer(): unknown {
    return this.#extra?.timer;
  }

  set timer(timer: unknown) {
    this.#more().timer = timer;
  }

  get dropParts(): (() => void) | undefined {
    return this.#extra?.dropParts;
  }

  set dropParts(drop: () => void) {
    this.#more().dropParts = drop;
  }

  get signal(): AbortSignal {
    const extra = this.#more();
    if (extra.controller === undefined) {
      extra.controller = new AbortController();
      if (this.interrupted) extra.controller.abort(extra.reason);
    }
    return extra.controller.signal;
  }

  get ended(): Promise<TurnEnd> {
    const extra = this.#more();
    extra.ended ??= this.#end !== undefined
      ? Promise.resolve(this.#end)
      : new Promise((resolve) => extra.resolve = resolve);
    return extra.ended;
  }

  interrupt(reason: unknown = new DOMException("The turn was interrupted", "AbortError")): boolean {
    if (this.interrupted || this.isOver) return false;
    this.interrupted = true;
    const extra = this.#more();
    extra.reason = reason;
    this.#chain.interrupted(this);
    // Last, because listeners are foreign code: whatever they call finds the state already changed.
    extra.controller?.abort(reason);
    return true;
  }

  waitUntil(promise: Promise<unknown>): boolean {
    if (this.isOver) return false;
    const extra = this.#more();
    (extra.parts ??= []).push(promise.catch(() => {}));
    return true;
  }

  throwIfStale(): void {
    if (!this.live) throw new StaleTurnError(this);
  }

  /** What is still to be waited for, or `undefined`: then the work has settled, all of it. */
  nextPart(): Promise<unknown> | undefined {
    return this.#extra?.parts?.shift();
  }

  /** Writes the end down, once, and tells who waits for it. */
  finish(state: "settled" | "abandoned", end: TurnEnd): void {
    this.state = state;
    this.#end = end;
    this.#extra?.resolve?.(end);
  }

  #more(): TurnExtra {
    return this.#extra ??= new TurnExtra();
  }
}
