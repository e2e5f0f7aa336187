import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, quiet } from "@lanekeeper/test/fake_clock";
import { type DrainReport, type TaskResult, TaskTracker } from "./mod.ts";
import { type Deferred, deferred, LONG, obedient } from "./_test_support.ts";

/**
 * An exhaustive model. Each task is spawned and then told to end in its own way; meanwhile a drain
 * is called, meets its deadline and then its grace. Every interleaving runs on the real tracker and
 * on the model below, which must agree on every result, call, count and error.
 */
type Kind = "finishes" | "fails" | "obeys" | "deaf";

/** `spawn0`, `end0` (finish, fail or cancel, by its kind), ... and the drain's own three. */
type Step = `${"spawn" | "end"}${number}` | "drain" | "deadline" | "grace";

const DEADLINE_MS = 100;
const GRACE_MS = 10;

interface ModelTask {
  readonly kind: Kind;
  spawned: boolean;
  ran: boolean;
  endAsked: boolean;
  cancelAsked: boolean;
  errors: number;
  status: TaskResult<unknown>["status"] | undefined;
}

/** What must happen, stated as plainly as possible: microtasks run only in `flush`. */
class Model {
  readonly tasks: ModelTask[];
  readonly counts = { completed: 0, failed: 0, cancelled: 0, abandoned: 0 };
  phase: "open" | "draining" | "cancelling" | "closed" = "open";
  #graceIsOver = false;

  constructor(kinds: readonly Kind[]) {
    const fresh = { spawned: false, ran: false, endAsked: false, cancelAsked: false, errors: 0 };
    this.tasks = kinds.map((kind) => ({ kind, ...fresh, status: undefined }));
  }

  get live(): ModelTask[] {
    return this.tasks.filter((task) => task.spawned && task.status === undefined);
  }

  apply(step: Step): void {
    const task = this.tasks[Number(step.at(-1))];
    if (step === "drain") this.phase = this.live.length > 0 ? "draining" : "closed";
    else if (step === "deadline") this.#deadline();
    else if (step === "grace") this.#grace();
    else if (task && step.startsWith("spawn")) this.#spawn(task);
    else if (task?.kind === "obeys" || task?.kind === "deaf") task.cancelAsked = true;
    else if (task) task.endAsked = true;
  }

  flush(): void {
    for (const task of this.live) {
      if (!task.ran && task.cancelAsked) this.#settle(task, "cancelled");
      else task.ran = true;
    }
    for (const task of this.tasks) {
      if (!task.ran) continue;
      if (task.kind === "finishes" && task.endAsked) this.#settle(task, "completed");
      if (task.kind === "obeys" && task.cancelAsked) this.#settle(task, "cancelled");
      if (task.kind !== "fails" || !task.endAsked) continue;
      this.#settle(task, "failed");
      task.errors = 1; // late or not
    }
    if (this.phase !== "open" && this.live.length === 0) this.phase = "closed";
  }

  #spawn(task: ModelTask): void {
    task.spawned = true;
    if (this.phase === "cancelling" || this.phase === "closed") this.#settle(task, "cancelled");
  }

  #deadline(): void {
    if (this.phase !== "draining") return;
    this.phase = "cancelling";
    for (const task of this.live) task.cancelAsked = true;
  }

  #grace(): void {
    if (this.phase !== "cancelling" || this.#graceIsOver) return;
    this.#graceIsOver = true;
    for (const task of this.live) this.#settle(task, task.ran ? "abandoned" : "cancelled");
  }

  #settle(task: ModelTask, status: TaskResult<unknown>["status"]): void {
    if (task.status !== undefined) return;
    task.status = status;
    if (this.phase === "draining" || this.phase === "cancelling") this.counts[status] += 1;
  }
}

/** The real thing, driven by the same steps. */
class Real {
  readonly clock = new FakeClock();
  readonly results: (TaskResult<unknown> | undefined)[] = [];
  readonly ran: boolean[] = [];
  readonly errors: number[] = [];
  readonly tracker: TaskTracker<number>;
  report: DrainReport | undefined;
  readonly #kinds: readonly Kind[];
  readonly #ends: Deferred<void>[];
  readonly #cancels: (() => void)[] = [];

  constructor(kinds: readonly Kind[]) {
    this.#kinds = kinds;
    this.#ends = kinds.map(() => deferred());
    for (const end of this.#ends) end.promise.catch(() => {}); // its task may never have run
    const onError = (_error: unknown, { context }: { context: number | undefined }) => {
      this.errors[context!] = (this.errors[context!] ?? 0) + 1;
    };
    this.tracker = new TaskTracker<number>({ clock: this.clock, onError });
  }

  apply(step: Step): void {
    const i = Number(step.at(-1));
    if (step === "drain") this.#drain();
    else if (step === "deadline") this.clock.advance(DEADLINE_MS);
    else if (step === "grace") this.clock.advance(GRACE_MS);
    else if (step.startsWith("spawn")) this.#spawn(i);
    else if (this.#kinds[i] === "finishes") this.#ends[i]!.resolve();
    else if (this.#kinds[i] === "fails") this.#ends[i]!.reject(new Error("failed"));
    else this.#cancels[i]!();
  }

  #drain(): void {
    const limits = { deadlineMs: DEADLINE_MS, cancelGraceMs: GRACE_MS };
    void this.tracker.drain(limits).then((report) => this.report = report);
  }

  #spawn(i: number): void {
    const task = this.tracker.spawn(`task ${i}`, (signal) => {
      this.ran[i] = true;
      return this.#kinds[i] === "obeys" ? obedient(signal) : this.#ends[i]!.promise;
    }, { context: i });
    this.#cancels[i] = () => task.cancel();
    void task.settled.then((result) => {
      assert.equal(this.results[i], undefined);
      this.results[i] = result;
    });
  }
}

function assertAgree(model: Model, real: Real): void {
  const { tracker } = real;
  assert.equal(tracker.size, model.live.length);
  assert.equal(tracker.state, model.phase === "cancelling" ? "draining" : model.phase);
  for (const [i, task] of model.tasks.entries()) {
    assert.equal(real.results[i]?.status, task.status);
    assert.equal(real.ran[i] ?? false, task.ran);
    assert.equal(real.errors[i] ?? 0, task.errors);
  }
  const isTimed = model.phase === "draining" || model.phase === "cancelling";
  assert.equal(real.clock.pending, isTimed ? 1 : 0);
}

/** Runs one schedule; bit `i` of `gaps` says whether microtasks run after step `i`. */
async function runSchedule(
  kinds: readonly Kind[],
  { steps, gaps }: { steps: readonly Step[]; gaps: number },
): Promise<void> {
  const model = new Model(kinds);
  const real = new Real(kinds);
  try {
    for (const [i, step] of steps.entries()) {
      model.apply(step);
      real.apply(step);
      if (i < steps.length - 1 && (gaps & (1 << i)) === 0) continue;
      model.flush();
      await quiet();
      assertAgree(model, real);
    }
    assert.equal(model.phase, "closed");
    const { completed, failed, cancelled, abandoned, names } = real.report!;
    assert.deepEqual({ completed, failed, cancelled, abandoned }, model.counts);
    assert.equal(names.failed.length, failed);
    assert.equal(names.cancelled.length, cancelled);
    assert.equal(names.abandoned.length, abandoned);
  } catch (error) {
    const schedule = JSON.stringify({ kinds, steps, gaps });
    throw new Error(`Schedule failed: ${schedule}`, { cause: error });
  }
}

/** Every interleaving of the scripts; tasks are alike, so their spawns keep their order. */
function* interleavings(tasks: number): Generator<Step[]> {
  const scripts: Step[][] = [["drain", "deadline", "grace"]];
  for (let i = 0; i < tasks; i += 1) scripts.push([`spawn${i}`, `end${i}`]);
  const length = 3 + 2 * tasks;
  const next = scripts.map(() => 0);
  function* extend(steps: Step[]): Generator<Step[]> {
    if (steps.length === length) yield steps;
    for (const [s, script] of scripts.entries()) {
      const step = script[next[s]!];
      const isEarly = s > 1 && next[s] === 0 && next[s - 1] === 0;
      if (step === undefined || isEarly) continue;
      next[s]! += 1;
      yield* extend([...steps, step]);
      next[s]! -= 1;
    }
  }
  yield* extend([]);
}

/** Every way to give each of the tasks one of the kinds. */
function* assignments(tasks: number, kinds: readonly Kind[]): Generator<Kind[]> {
  if (tasks === 0) return yield [];
  for (const rest of assignments(tasks - 1, kinds)) {
    for (const kind of kinds) yield [...rest, kind];
  }
}

interface Space {
  readonly tasks: number;
  readonly kinds: readonly Kind[];
  /** For a number of steps, the choices of `gaps` to try. */
  readonly gapsOf: (steps: number) => Iterable<number>;
}

/** Runs all schedules and says how many there were. */
async function explore({ tasks, kinds, gapsOf }: Space): Promise<number> {
  let schedules = 0;
  for (const steps of interleavings(tasks)) {
    for (const assigned of assignments(tasks, kinds)) {
      for (const gaps of gapsOf(steps.length)) {
        await runSchedule(assigned, { steps, gaps });
        schedules += 1;
      }
    }
  }
  return schedules;
}

/** Microtasks run after every step. */
const everyGap = () => [-1];
/** Microtasks run, or do not, after each step but the last: all combinations. */
function* allGaps(steps: number): Generator<number> {
  for (let gaps = 0; gaps < 2 ** (steps - 1); gaps += 1) yield gaps;
}

const KINDS: readonly Kind[] = ["finishes", "fails", "obeys", "deaf"];

test(
  "model: one task, every order of steps, every choice of gaps: 640 schedules",
  LONG,
  async () => {
    const schedules = await explore({ tasks: 1, kinds: KINDS, gapsOf: allGaps });
    assert.equal(schedules, 10 * 4 * 2 ** 4);
  },
);

test(
  "model: two tasks, every order of steps, every choice of gaps: 107,520 schedules",
  LONG,
  async () => {
    const schedules = await explore({ tasks: 2, kinds: KINDS, gapsOf: allGaps });
    assert.equal(schedules, 105 * 4 ** 2 * 2 ** 6);
  },
);

test(
  "model: three tasks of three kinds, every order of steps: 34,020 schedules",
  LONG,
  async () => {
    // A task that was not told to finish is as deaf as can be, so the fourth kind adds nothing here.
    const kinds = KINDS.slice(0, 3);
    const schedules = await explore({ tasks: 3, kinds, gapsOf: everyGap });
    assert.equal(schedules, 1_260 * 3 ** 3);
  },
);
