import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "@lanekeeper/test/fake_clock";
import fc from "fast-check";
import { countedSignal } from "./_testing/counted_signal.ts";
import { type Lock, LockManager } from "./mod.ts";

const KINDS = ["exclusive", "shared", "ifAvailable", "steal"] as const;
type Kind = typeof KINDS[number];
type Outcome = "done" | "null" | "stolen" | "aborted";

/**
 * What can happen next: the next request comes; the microtasks run, so that callbacks are called;
 * a callback ends; a request is aborted.
 */
type Event = readonly ["arrive" | "flush" | "end" | "abort", number];

/** The rules for the locks of one name, on plain lists and without promises. */
class Model {
  readonly kinds: readonly Kind[];
  arrived = 0;
  waiting: number[] = [];
  held: number[] = [];
  /** Whose callbacks will be called by the next flush. */
  due: number[] = [];
  running: number[] = [];
  readonly started: number[] = [];
  readonly aborted = new Set<number>();
  readonly outcomes: Outcome[] = [];

  constructor(kinds: readonly Kind[]) {
    this.kinds = kinds;
  }

  /** All that can happen next; nothing, once all requests came and all callbacks ended. */
  events(): Event[] {
    const events: Event[] = [];
    if (this.arrived < this.kinds.length) events.push(["arrive", this.arrived]);
    if (this.due.length > 0) events.push(["flush", 0]);
    for (const i of this.running) events.push(["end", i]);
    for (const i of [...this.waiting, ...this.due, ...this.running]) {
      const abortable = this.kinds[i] === "exclusive" || this.kinds[i] === "shared";
      if (abortable && !this.aborted.has(i)) events.push(["abort", i]);
    }
    return events;
  }

  apply([what, i]: Event): void {
    if (what === "arrive") this.#arrive(this.arrived++);
    if (what === "abort") this.#abort(i);
    if (what === "end") {
      this.running = this.running.filter((j) => j !== i);
      this.outcomes[i] ??= "done";
      this.#free(i);
    }
    if (what === "end" || what === "flush") this.flush();
  }

  mode(i: number): "exclusive" | "shared" {
    return this.kinds[i] === "shared" ? "shared" : "exclusive";
  }

  #arrive(i: number): void {
    if (this.kinds[i] === "steal") {
      for (const j of this.held) this.outcomes[j] = "stolen";
      this.held = [];
      this.#grant(i);
    } else if (this.waiting.length === 0 && this.#fits(i)) this.#grant(i);
    else if (this.kinds[i] === "ifAvailable") {
      this.outcomes[i] = "null";
      this.due.push(i);
    } else this.waiting.push(i);
  }

  #abort(i: number): void {
    this.aborted.add(i);
    if (this.running.includes(i)) return;
    this.outcomes[i] ??= "aborted";
    this.waiting = this.waiting.filter((j) => j !== i);
    this.due = this.due.filter((j) => j !== i);
    this.#free(i);
  }

  flush(): void {
    for (const i of this.due.splice(0)) {
      this.started.push(i);
      if (this.outcomes[i] !== "null") this.running.push(i);
    }
  }

  #free(i: number): void {
    this.held = this.held.filter((j) => j !== i);
    while (this.waiting.length > 0 && this.#fits(this.waiting[0]!)) {
      this.#grant(this.waiting.shift()!);
    }
  }

  #grant(i: number): void {
    this.held.push(i);
    this.due.push(i);
  }

  #fits(i: number): boolean {
    return this.held.every((j) => this.mode(i) === "shared" && this.mode(j) === "shared");
  }
}

/** The same on a real manager: requests for one name of it. */
class Real {
  readonly #locks: LockManager;
  readonly #name: string;
  readonly #kinds: readonly Kind[];
  readonly started: number[] = [];
  readonly outcomes: Outcome[] = [];
  readonly locks: (Lock | null)[] = [];
  readonly #ends: (() => void)[] = [];
  readonly #signals: ReturnType<typeof countedSignal>[] = [];

  constructor(locks: LockManager, name: string, kinds: readonly Kind[]) {
    this.#locks = locks;
    this.#name = name;
    this.#kinds = kinds;
  }

  /** Runs the microtasks, or not even one: that is why it does not always return a promise. */
  apply([what, i]: Event): Promise<void> | undefined {
    if (what === "arrive") this.#arrive(i);
    if (what === "abort") this.#signals[i]!.controller.abort("aborted");
    if (what === "end") this.#ends[i]!();
    return what === "end" || what === "flush" ? quiet() : undefined;
  }

  get listeners(): number {
    return this.#signals.reduce((sum, { listeners }) => sum + listeners.size, 0);
  }

  #arrive(i: number): void {
    const kind = this.#kinds[i]!;
    const counted = this.#signals[i] = countedSignal();
    const { signal } = counted;
    const options = {
      exclusive: { signal },
      shared: { signal, mode: "shared" },
      ifAvailable: { ifAvailable: true },
      steal: { steal: true },
    } as const;
    const callback = (lock: Lock | null) => {
      this.started.push(i);
      this.locks[i] = lock;
      return lock && new Promise<"done">((resolve) => this.#ends[i] = () => resolve("done"));
    };
    this.#locks.request(this.#name, options[kind], callback).then(
      (value) => this.outcomes[i] = value ?? "null",
      (reason) => this.outcomes[i] = reason === "aborted" ? "aborted" : stolen(reason),
    );
  }
}

function stolen(reason: unknown): "stolen" {
  assert.ok(reason instanceof DOMException && reason.name === "AbortError");
  return "stolen";
}

/** What can be compared at once, without waiting for promises. */
function compare(model: Model, real: Real, locks: LockManager, name: string): void {
  const { held, pending } = locks.snapshot();
  const modes = (infos: typeof held) => infos.filter((i) => i.name === name).map((i) => i.mode);
  const expected = (of: number[]) => of.map((i) => model.mode(i)).join();
  assert.equal(modes(held).join(), expected(model.held));
  assert.equal(modes(pending).join(), expected(model.waiting));
  assert.equal(real.started.join(), model.started.join());
  for (const i of model.started) {
    if ((real.locks[i]?.held ?? false) !== model.held.includes(i)) assert.fail("held is wrong");
  }
}

async function replay(kinds: readonly Kind[], schedule: readonly Event[]): Promise<void> {
  const locks = new LockManager();
  const model = new Model(kinds);
  const real = new Real(locks, "a", kinds);
  for (const event of schedule) {
    model.apply(event);
    const flushed = real.apply(event);
    if (flushed !== undefined) await flushed;
    compare(model, real, locks, "a");
  }
  await quiet();
  assert.deepEqual(real.outcomes, model.outcomes);
  assert.deepEqual([locks.size, real.listeners], [0, 0]);
}

/** All ways in which requests of these kinds can come, be aborted and end. */
function* schedules(kinds: readonly Kind[], prefix: Event[] = []): Generator<Event[]> {
  const model = new Model(kinds);
  for (const event of prefix) model.apply(event);
  const events = model.events();
  if (events.length === 0) yield prefix;
  for (const event of events) yield* schedules(kinds, [...prefix, event]);
}

function* combinations(length: number): Generator<Kind[]> {
  if (length === 0) return yield [];
  for (const rest of combinations(length - 1)) for (const kind of KINDS) yield [...rest, kind];
}

test("in all orders of arrival, grant, abort and end of three requests, the rules hold (NO_STRANDED_PENDING, FIFO)", async () => {
  let count = 0;
  for (const kinds of combinations(3)) {
    for (const schedule of schedules(kinds)) {
      await replay(kinds, schedule);
      count++;
    }
  }
  // Counted here, so that an order that is lost is noticed.
  assert.equal(count, 18_156);
});

test("in random orders on two names, the rules hold for each", async () => {
  const kinds = fc.array(fc.constantFrom(...KINDS), { minLength: 4, maxLength: 8 });
  const pick = fc.tuple(fc.nat(1), fc.nat());
  const picks = fc.array(pick, { minLength: 20, maxLength: 40 });
  await fc.assert(fc.asyncProperty(kinds, picks, async (kinds, picks) => {
    const locks = new LockManager();
    const sides = ["a", "b"].map((name) => {
      return { name, model: new Model(kinds), real: new Real(locks, name, kinds) };
    });
    for (const [side, choice] of picks) {
      const { model, real } = sides[side]!;
      const events = model.events();
      const event = events[choice % events.length];
      if (event === undefined) continue;
      model.apply(event);
      const flushed = real.apply(event);
      if (flushed === undefined) continue;
      // Microtasks run for both names.
      sides[1 - side]!.model.flush();
      await flushed;
      for (const { name, model, real } of sides) compare(model, real, locks, name);
    }
  }));
});
