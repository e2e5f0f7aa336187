import { parentPort, workerData } from "node:worker_threads";
import process from "node:process";
import { AdapterError } from "../kit/adapter_error.ts";
import { HostExploration } from "../kit/explore_host.ts";
import type { Guarantee } from "../oracles/oracles.ts";
import { jsonOf } from "../report/json.ts";
import { explainBroken, explainStrays } from "./broken.ts";
import { DistinctCount } from "./distinct.ts";
import { loadAdapter } from "./load_adapter.ts";

/** What a job is to do. */
export interface ExploreTask {
  readonly files: readonly string[];
  readonly exportName: string | undefined;
  readonly cwd: string;
  readonly seed: number;
  readonly operationsMax: number;
  readonly guarantees: readonly Guarantee[] | undefined;
  readonly durationMs: number;
  /** This job is number `at` of `of`. */
  readonly part: { readonly at: number; readonly of: number };
  /** Not 0 from when it shall stop. */
  readonly stop: SharedArrayBuffer;
  /** Of each adapter: what was seen of it. */
  readonly seen: readonly SharedArrayBuffer[];
}

/** How one adapter goes on in a job. */
export interface ExploreState {
  readonly schedules: number;
  readonly situationsSeen: number;
  readonly situationsAll: number;
  /** In JSON, as everything that comes from a host. */
  readonly report: string | undefined;
}

/** What a job says. */
export type ExploreMessage =
  | { readonly kind: "state"; readonly states: readonly ExploreState[] }
  | { readonly kind: "broke"; readonly adapter: number; readonly text: string }
  | { readonly kind: "done"; readonly strays: readonly string[] };

// Before any host can put something else in its place.
const now = performance.now.bind(performance);

const TOLD_EVERY_MS = 500;
const SLICE_MIN_MS = 50;
const SLICE_MAX_MS = 2_000;
/** At least so many turns each adapter gets. */
const TURNS = 20;
/** However little time there is, so many schedules are played at first. */
const FIRST_SCHEDULES = 50;
const STRAYS_MAX = 1_000;

class ExploreJob {
  readonly #task: ExploreTask;
  readonly #tell: (message: ExploreMessage) => void;
  readonly #stop: Int32Array;
  readonly #endMs: number;
  readonly #explorations: (HostExploration | undefined)[] = [];
  /** Of these the adapters broke. */
  readonly #broken = new Set<number>();
  #sliceEndMs = 0;
  #atLeast = FIRST_SCHEDULES;
  #begun = 0;
  #toldMs = -Infinity;
  #violations = 0;

  constructor(task: ExploreTask, tell: (message: ExploreMessage) => void) {
    this.#task = task;
    this.#tell = tell;
    this.#stop = new Int32Array(task.stop);
    this.#endMs = now() + task.durationMs;
  }

  async run(): Promise<void> {
    const { files, durationMs, part } = this.#task;
    for (const at of files.keys()) await this.#guarded(at, () => this.#begin(at));
    const slice = durationMs / (files.length * TURNS * 2);
    const sliceMs = Math.min(SLICE_MAX_MS, Math.max(SLICE_MIN_MS, slice));
    if (part.at === 0) await this.#turns(durationMs / TURNS, (one) => one.measure());
    do {
      await this.#turns(sliceMs, (one) => one.exhaust());
      await this.#turns(sliceMs, (one) => one.sample());
      this.#atLeast = 0;
    } while (!this.#isOver() && this.#broken.size < files.length);
    this.#tellState({ isNews: true });
  }

  async #begin(at: number): Promise<void> {
    const { files, exportName, cwd, seen } = this.#task;
    const file = files[at]!;
    const distinct = new DistinctCount(seen[at]!);
    const { seed, operationsMax, part, guarantees } = this.#task;
    this.#explorations[at] = await HostExploration.of(
      await loadAdapter(file, { cwd, exportName }),
      {
        ...{ file, seed, operationsMax, part, guarantees, now },
        seen: (hash) => distinct.add(hash),
        isOver: () => this.#isSliceOver(),
        isStopped: () => this.#isStopped(),
      },
    );
  }

  /** Each adapter has its turn. */
  async #turns(sliceMs: number, act: (one: HostExploration) => Promise<void>): Promise<void> {
    for (const [at, one] of this.#explorations.entries()) {
      if (one === undefined || this.#broken.has(at)) continue;
      if (this.#isOver() && this.#atLeast === 0) continue;
      this.#sliceEndMs = now() + sliceMs;
      this.#begun = 0;
      await this.#guarded(at, () => act(one));
    }
  }

  async #guarded(at: number, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.#broken.add(at);
      this.#tellState({ isNews: true });
      this.#tell({ kind: "broke", adapter: at, text: textOf(error) });
    }
  }

  #isStopped(): boolean {
    return Atomics.load(this.#stop, 0) !== 0;
  }

  #isOver(): boolean {
    return this.#isStopped() || now() >= this.#endMs;
  }

  #isSliceOver(): boolean {
    const nowMs = now();
    if (nowMs - this.#toldMs >= TOLD_EVERY_MS) this.#tellState();
    if (this.#isStopped()) return true;
    if (this.#begun++ < this.#atLeast) return false;
    return nowMs >= this.#sliceEndMs || this.#isOver();
  }

  /** Its reports go with it whenever something was found: a job may not live to its end. */
  #tellState({ isNews = false } = {}): void {
    this.#toldMs = now();
    const all = this.#explorations;
    const violations = all.reduce((sum, one) => sum + (one?.violations.length ?? 0), 0);
    const hasNews = isNews || violations !== this.#violations;
    this.#violations = violations;
    this.#tell({
      kind: "state",
      states: this.#task.files.map((_, at): ExploreState => {
        const { count = 0, of = 0 } = all[at]?.situationsSeen ?? {};
        const report = hasNews ? all[at]?.report() : undefined;
        return {
          schedules: all[at]?.schedules ?? 0,
          situationsSeen: count,
          situationsAll: of,
          report: report === undefined ? undefined : jsonOf(report),
        };
      }),
    });
  }
}

function textOf(error: unknown): string {
  if (error instanceof AdapterError) return explainBroken(error);
  return error instanceof Error ? error.message : String(error);
}

if (parentPort !== null) {
  const port = parentPort;
  const strays: unknown[] = [];
  const stray = (error: unknown) => void (strays.length < STRAYS_MAX && strays.push(error));
  process.on("unhandledRejection", stray);
  process.on("uncaughtException", stray);
  const tell = (message: ExploreMessage) => port.postMessage(message);
  await new ExploreJob(workerData as ExploreTask, tell).run();
  tell({ kind: "done", strays: explainStrays(strays) });
}
