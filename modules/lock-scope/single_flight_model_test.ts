import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "@lanekeeper/test/fake_clock";
import fc from "fast-check";
import { countedSignal } from "./_testing/counted_signal.ts";
import { SingleFlight } from "./mod.ts";

/**
 * What can happen next: the next caller comes; one aborts, or did so before it came; the function's
 * promise resolves or rejects; the microtasks run, so that the result gets out.
 */
type Event = readonly ["arrive" | "abort" | "resolve" | "reject" | "flush", number];

/** The rules for the flights of one key, on plain lists and without promises. */
class Model {
  readonly callers: number;
  arrived = 0;
  runs = 0;
  flying = false;
  result: string | undefined;
  waiting: number[] = [];
  readonly aborted = new Set<number>();
  readonly outcomes: string[] = [];

  constructor(callers: number) {
    this.callers = callers;
  }

  /** All that can happen next; nothing, once all callers came and the last flight ended. */
  events(): Event[] {
    const events: Event[] = [];
    const next = this.arrived;
    if (next < this.callers) events.push(["arrive", next]);
    for (const i of next < this.callers ? [...this.waiting, next] : this.waiting) {
      if (!this.aborted.has(i)) events.push(["abort", i]);
    }
    if (!this.flying) return events;
    if (this.result === undefined) events.push(["resolve", 0], ["reject", 0]);
    else events.push(["flush", 0]);
    return events;
  }

  apply([what, i]: Event): void {
    if (what === "arrive") this.#arrive(this.arrived++);
    else if (what === "abort") this.#abort(i);
    else if (what === "flush") this.#land();
    else this.result = `${what} ${this.runs}`;
  }

  #arrive(i: number): void {
    if (this.aborted.has(i)) this.outcomes[i] = `abort ${i}`;
    else {
      this.waiting.push(i);
      if (!this.flying) this.runs++;
      this.flying = true;
    }
  }

  #abort(i: number): void {
    this.aborted.add(i);
    if (!this.waiting.includes(i)) return;
    this.outcomes[i] = `abort ${i}`;
    this.waiting = this.waiting.filter((j) => j !== i);
  }

  #land(): void {
    for (const i of this.waiting) this.outcomes[i] = this.result!;
    this.waiting = [];
    this.flying = false;
    this.result = undefined;
  }
}

/** The same on a real single flight. */
class Real {
  readonly #flights: SingleFlight<string, string>;
  readonly #key: string;
  readonly outcomes: string[] = [];
  readonly #signals: ReturnType<typeof countedSignal>[];
  runs = 0;
  #end: { resolve(value: string): void; reject(reason: string): void } | undefined;

  constructor(flights: SingleFlight<string, string>, key: string, callers: number) {
    this.#flights = flights;
    this.#key = key;
    this.#signals = Array.from({ length: callers }, countedSignal);
  }

  /** Runs the microtasks, or not even one: that is why it does not always return a promise. */
  apply([what, i]: Event): Promise<void> | undefined {
    if (what === "flush") return quiet();
    if (what === "arrive") this.#arrive(i);
    else if (what === "abort") this.#signals[i]!.controller.abort(`abort ${i}`);
    else this.#end![what](`${what} ${this.runs}`);
    return undefined;
  }

  get listeners(): number {
    return this.#signals.reduce((sum, { listeners }) => sum + listeners.size, 0);
  }

  #arrive(i: number): void {
    const fn = () =>
      new Promise<string>((resolve, reject) => {
        this.#end = { resolve, reject };
        this.runs++;
      });
    const { signal } = this.#signals[i]!;
    this.#flights.run(this.#key, fn, { signal }).then(
      (value) => this.outcomes[i] = value,
      (reason) => this.outcomes[i] = reason,
    );
  }
}

function compare(model: Model, real: Real): void {
  assert.equal(real.runs, model.runs);
  assert.equal(real.listeners, model.waiting.length);
}

async function replay(callers: number, schedule: readonly Event[]): Promise<void> {
  const flights = new SingleFlight<string, string>();
  const model = new Model(callers);
  const real = new Real(flights, "a", callers);
  for (const event of schedule) {
    model.apply(event);
    const flushed = real.apply(event);
    if (flushed !== undefined) await flushed;
    compare(model, real);
    assert.equal(flights.has("a"), model.flying);
  }
  await quiet();
  assert.deepEqual([real.outcomes, flights.size], [model.outcomes, 0]);
}

function* schedules(callers: number, prefix: Event[] = []): Generator<Event[]> {
  const model = new Model(callers);
  for (const event of prefix) model.apply(event);
  const events = model.events();
  if (events.length === 0) yield prefix;
  for (const event of events) yield* schedules(callers, [...prefix, event]);
}

test("in all orders of arrival, abort and end of four callers, the rules hold", async () => {
  let count = 0;
  for (const schedule of schedules(4)) {
    await replay(4, schedule);
    count++;
  }
  assert.equal(count, 50_317);
});

test("in random orders on two keys, the rules hold for each", async () => {
  const pick = fc.tuple(fc.nat(1), fc.nat());
  const picks = fc.array(pick, { minLength: 20, maxLength: 60 });
  await fc.assert(fc.asyncProperty(fc.integer({ min: 4, max: 12 }), picks, async (n, picks) => {
    const flights = new SingleFlight<string, string>();
    const sides = ["a", "b"].map((key) => {
      return { model: new Model(n), real: new Real(flights, key, n) };
    });
    for (const [side, choice] of picks) {
      const { model, real } = sides[side]!;
      const events = model.events();
      const event = events[choice % events.length];
      if (event === undefined) continue;
      model.apply(event);
      const flushed = real.apply(event);
      if (flushed === undefined) continue;
      // Microtasks run for both keys.
      const other = sides[1 - side]!.model;
      if (other.result !== undefined) other.apply(["flush", 0]);
      await flushed;
      for (const { model, real } of sides) compare(model, real);
      assert.equal(flights.size, sides.filter(({ model }) => model.flying).length);
    }
  }));
});
