import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, quiet } from "@lanekeeper/test/fake_clock";
import * as fc from "fast-check";
import { type DrainReport, type Task, type TaskResult, TaskTracker } from "./mod.ts";
import { type Deferred, deferred, LONG } from "./_test_support.ts";

/** A random story on a tracker, its child and its grandchild; the guarantees hold at its end. */
type Step =
  | { readonly do: "spawn"; readonly on: number; readonly obeys: boolean }
  | { readonly do: "ack"; readonly on: number; readonly obeys: boolean }
  | { readonly do: ActorStep; readonly which: number }
  | { readonly do: "drain"; readonly on: number; readonly deadlineMs: number; readonly ms: number }
  | { readonly do: "abort" }
  | { readonly do: "microtasks" }
  | { readonly do: "advance"; readonly ms: number };

type ActorStep = "finish" | "fail" | "cancel" | "acked" | "nacked";

const on = fc.nat(2);
const which = fc.nat(7);
const ms = fc.nat(30);
const deadlineMs = ms;
const obeys = fc.boolean();
const actorStep = fc.constantFrom("finish", "fail", "cancel", "acked", "acked", "nacked");
const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant("spawn"), on, obeys }) },
  { weight: 12, arbitrary: fc.record({ do: fc.constant("ack"), on, obeys }) },
  { weight: 40, arbitrary: fc.record({ do: actorStep, which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("drain"), on, deadlineMs, ms }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("abort") }) },
  { weight: 20, arbitrary: fc.record({ do: fc.constant("microtasks") }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("advance"), ms }) },
) as fc.Arbitrary<Step>;

/** One task of the story. */
interface Actor {
  readonly id: number;
  readonly end: Deferred<void>;
  readonly ack: Deferred<void>;
  readonly results: TaskResult<void>[];
  task: Task<void> | undefined;
  runs: number;
  ackCalls: number;
  /** An `ackThenRun` that rejected. */
  rejected: boolean;
}

class Story {
  readonly clock = new FakeClock();
  readonly actors: Actor[] = [];
  readonly errors: (number | undefined)[] = [];
  readonly settledIds: number[] = [];
  readonly reports: DrainReport[] = [];
  readonly violations: string[] = [];
  readonly trackers: TaskTracker<number>[];
  readonly controller = new AbortController();

  constructor() {
    const root = new TaskTracker<number>({
      clock: this.clock,
      onError: (_error, task) => this.errors.push(task.context),
      observer: {
        settled: (task) => this.settledIds.push(task.id),
        drained: (report) => this.reports.push(report),
      },
    });
    const child = root.child("child");
    this.trackers = [root, child, child.child("grandchild")];
  }

  async play(steps: readonly Step[]): Promise<void> {
    for (const step of steps) await this.#apply(step);
    const drained = this.#drain(0, { deadlineMs: 50, cancelGraceMs: 50 });
    for (let i = 0; i < 2; i += 1) {
      await quiet();
      this.clock.advance(100);
    }
    await drained;
    // Late ends of what was abandoned must change nothing but the errors.
    for (const actor of this.actors) this.#end(actor);
    await quiet();
  }

  async #apply(step: Step): Promise<void> {
    if (step.do === "spawn") return this.#spawn(step.on, step.obeys);
    if (step.do === "ack") return this.#ackThenRun(step.on, step.obeys);
    if (step.do === "abort") return this.controller.abort();
    if (step.do === "advance") return this.clock.advance(step.ms);
    if (step.do === "microtasks") return await quiet();
    if (step.do !== "drain") return this.#act(step.do, this.actors.at(-1 - step.which));
    void this.#drain(step.on, { deadlineMs: step.deadlineMs, cancelGraceMs: step.ms });
  }

  #act(what: ActorStep, actor: Actor | undefined): void {
    if (what === "finish") actor?.end.resolve();
    else if (what === "fail") actor?.end.reject(new Error("failed"));
    else if (what === "acked") actor?.ack.resolve();
    else if (what === "nacked") actor?.ack.reject(new Error("not acknowledged"));
    else actor?.task?.cancel();
  }

  async #drain(on: number, limits: { deadlineMs: number; cancelGraceMs: number }): Promise<void> {
    await this.trackers[on]!.drain({ ...limits, signal: this.controller.signal });
    if (this.trackers[on]!.size > 0) this.violations.push("a drain ended with tasks left");
  }

  #actor(): Actor {
    const actor: Actor = {
      id: this.actors.length,
      end: deferred(),
      ack: deferred(),
      results: [],
      task: undefined,
      runs: 0,
      ackCalls: 0,
      rejected: false,
    };
    actor.end.promise.catch(() => {});
    actor.ack.promise.catch(() => {});
    this.actors.push(actor);
    return actor;
  }

  #runOf(actor: Actor, on: number, obeys: boolean) {
    return (signal: AbortSignal): Promise<void> => {
      actor.runs += 1;
      if (this.trackers[on]!.state === "closed") this.violations.push("ran on a closed tracker");
      if (signal.aborted) this.violations.push("ran with an aborted signal");
      if (!obeys) return actor.end.promise;
      return new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        actor.end.promise.then(resolve, reject);
      });
    };
  }

  #track(actor: Actor, task: Task<void>): void {
    actor.task = task;
    void task.settled.then((result) => actor.results.push(result));
  }

  #spawn(on: number, obeys: boolean): void {
    const actor = this.#actor();
    const run = this.#runOf(actor, on, obeys);
    this.#track(actor, this.trackers[on]!.spawn("spawned", run, { context: actor.id }));
    if (actor.runs > 0) this.violations.push("ran in the caller's frame");
  }

  #ackThenRun(on: number, obeys: boolean): void {
    const actor = this.#actor();
    const ack = () => {
      actor.ackCalls += 1;
      return actor.ack.promise;
    };
    let isAcked = false;
    void actor.ack.promise.then(() => isAcked = true, () => {});
    const run = this.#runOf(actor, on, obeys);
    const checked = (signal: AbortSignal) => {
      if (!isAcked) this.violations.push("ran before its acknowledgement");
      return run(signal);
    };
    this.trackers[on]!.ackThenRun({ name: "acked", context: actor.id, ack, run: checked }).then(
      (task) => this.#track(actor, task),
      () => actor.rejected = true,
    );
  }

  #end(actor: Actor): void {
    actor.ack.resolve();
    actor.end.resolve();
  }

  check(): void {
    assert.deepEqual(this.violations, []);
    assert.deepEqual(this.trackers.map(({ size, state }) => [size, state]), [
      [0, "closed"],
      [0, "closed"],
      [0, "closed"],
    ]);
    assert.equal(this.clock.pending, 0);
    assert.equal(new Set(this.settledIds).size, this.settledIds.length);
    assert.equal(new Set(this.reports.map(({ tracker }) => tracker)).size, this.reports.length);
    for (const actor of this.actors) this.#checkActor(actor);
    const handedOut = this.actors.filter(({ task }) => task !== undefined);
    assert.equal(this.settledIds.length, handedOut.length);
  }

  #checkActor(actor: Actor): void {
    const [result] = actor.results;
    assert.equal(actor.results.length, actor.rejected ? 0 : 1);
    assert.ok(actor.runs <= 1 && actor.ackCalls <= 1);
    const errors = this.errors.filter((id) => id === actor.id).length;
    if (actor.rejected) assert.deepEqual([actor.runs, errors], [0, 0]);
    else if (result?.status === "failed") assert.equal(errors, 1);
    else if (result?.status === "abandoned") assert.ok(errors <= 1);
    else assert.equal(errors, 0);
    if (result?.status === "completed" || result?.status === "failed") assert.equal(actor.runs, 1);
  }
}

test("random stories keep every guarantee", LONG, async () => {
  const story = fc.asyncProperty(fc.array(step, { maxLength: 60, size: "max" }), async (steps) => {
    const story = new Story();
    await story.play(steps);
    story.check();
  });
  await fc.assert(story, { numRuns: 2_000 });
});

test("random drains count exactly the tasks that ended while they ran", LONG, async () => {
  const ends = fc.array(fc.constantFrom("finish", "fail", "cancel", "deaf"), { maxLength: 30 });
  const story = fc.asyncProperty(ends, ends, async (early, late) => {
    const clock = new FakeClock();
    const tracker = new TaskTracker({ clock, onError: () => {} });
    const begin = (how: string) => {
      const end = deferred();
      const task = tracker.spawn(how, () => end.promise);
      if (how === "cancel") task.cancel();
      if (how === "finish") end.resolve();
      if (how === "fail") end.reject(new Error("failed"));
      end.promise.catch(() => {});
    };
    early.forEach(begin);
    await quiet();
    const deafBefore = early.filter((how) => how === "deaf").length;
    late.forEach(begin);
    const drained = tracker.drain({ deadlineMs: 1, cancelGraceMs: 1 });
    await quiet();
    clock.advance(2);
    const { completed, failed, cancelled, abandoned } = await drained;
    const count = (how: string) => late.filter((other) => other === how).length;
    const expected = [count("finish"), count("fail"), count("cancel"), count("deaf") + deafBefore];
    assert.deepEqual([completed, failed, cancelled, abandoned], expected);
    assert.equal(clock.pending, 0);
  });
  await fc.assert(story, { numRuns: 300 });
});
