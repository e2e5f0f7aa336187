import { Worker } from "node:worker_threads";
import { DistinctCount, distinctMemory } from "./distinct.ts";
import type { ExploreMessage, ExploreState, ExploreTask } from "./explore_worker.ts";

/** Options of {@linkcode ExploreJobs}. */
export interface ExploreJobsOptions {
  readonly task: Omit<ExploreTask, "part" | "stop" | "seen">;
  /** How many threads. */
  readonly jobs: number;
  /** Stops them all. */
  readonly signal: AbortSignal;
  now(): number;
  /** Called every second. */
  tick(): void;
}

/** How one adapter goes on, in all jobs. */
export interface ExploreTotals {
  readonly schedules: number;
  readonly distinct: number;
  readonly situationsSeen: number;
  readonly situationsAll: number;
  /** Of each job that has one, in JSON. */
  readonly reports: readonly string[];
}

/** Why a job gave an adapter up. */
export interface ExploreFailure {
  /** Its place among the files; -1 if nobody knows. */
  readonly adapter: number;
  readonly text: string;
}

const TICK_MS = 1_000;
/** A job that says nothing for so long hangs. */
const SILENCE_MAX_MS = 20_000;

interface Job {
  readonly worker: Worker;
  readonly states: (ExploreState | undefined)[];
  readonly reports: (string | undefined)[];
  saidMs: number;
  isOver: boolean;
}

/** Several explorations side by side, each in a thread of its own. */
export class ExploreJobs {
  readonly #options: ExploreJobsOptions;
  readonly #stop = new SharedArrayBuffer(4);
  readonly #seen: readonly SharedArrayBuffer[];
  readonly #distinct: readonly DistinctCount[];
  readonly #jobs: readonly Job[];
  readonly #failures = new Map<string, ExploreFailure>();
  readonly #strays = new Set<string>();
  readonly #over = Promise.withResolvers<void>();

  /** Begins. */
  constructor(options: ExploreJobsOptions) {
    this.#options = options;
    this.#seen = options.task.files.map(() => distinctMemory());
    this.#distinct = this.#seen.map((memory) => new DistinctCount(memory));
    this.#jobs = Array.from({ length: options.jobs }, (_, at) => this.#begin(at));
  }

  /** Fulfils when all jobs are over, or were stopped. */
  async done(): Promise<void> {
    const { signal, tick } = this.#options;
    const stop = () => void Atomics.store(new Int32Array(this.#stop), 0, 1);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
    const timer = setInterval(() => {
      this.#endSilent();
      tick();
    }, TICK_MS);
    try {
      await this.#over.promise;
    } finally {
      clearInterval(timer);
      signal.removeEventListener("abort", stop);
      await Promise.all(this.#jobs.map(({ worker }) => worker.terminate()));
    }
  }

  /** How each adapter goes on. */
  get totals(): readonly ExploreTotals[] {
    return this.#distinct.map((distinct, at): ExploreTotals => {
      const states = this.#jobs.flatMap(({ states }) => states[at] ?? []);
      return {
        schedules: states.reduce((sum, { schedules }) => sum + schedules, 0),
        distinct: distinct.count,
        situationsSeen: Math.max(0, ...states.map(({ situationsSeen }) => situationsSeen)),
        situationsAll: Math.max(0, ...states.map(({ situationsAll }) => situationsAll)),
        reports: this.#jobs.flatMap(({ reports }) => reports[at] ?? []),
      };
    });
  }

  /** Why jobs gave up, each reason once. */
  get failures(): readonly ExploreFailure[] {
    return [...this.#failures.values()];
  }

  /** What nobody caught. */
  get strays(): readonly string[] {
    return [...this.#strays];
  }

  #begin(at: number): Job {
    const { task, jobs, now } = this.#options;
    const workerData: ExploreTask = {
      ...task,
      part: { at, of: jobs },
      stop: this.#stop,
      seen: this.#seen,
    };
    const worker = new Worker(new URL("./explore_worker.ts", import.meta.url), { workerData });
    const job: Job = { worker, states: [], reports: [], saidMs: now(), isOver: false };
    worker.on("message", (message: ExploreMessage) => this.#said(job, message));
    worker.on("error", (error) => this.#failed(job, `Job ${at + 1} broke: ${error}`));
    worker.on("exit", () => this.#ended(job));
    return job;
  }

  #said(job: Job, message: ExploreMessage): void {
    job.saidMs = this.#options.now();
    if (message.kind === "state") {
      message.states.forEach((state, at) => {
        job.states[at] = state;
        job.reports[at] = state.report ?? job.reports[at];
      });
    } else if (message.kind === "broke") {
      const { adapter, text } = message;
      this.#failures.set(`${adapter}`, { adapter, text });
    } else {
      for (const stray of message.strays) this.#strays.add(stray);
      this.#ended(job);
    }
  }

  #failed(job: Job, text: string): void {
    this.#failures.set(text, { adapter: -1, text });
    this.#ended(job);
  }

  #ended(job: Job): void {
    job.isOver = true;
    if (this.#jobs?.every(({ isOver }) => isOver)) this.#over.resolve();
  }

  /** A host that keeps its thread busy lets nothing through: not even that it shall stop. */
  #endSilent(): void {
    const nowMs = this.#options.now();
    this.#jobs.forEach((job, at) => {
      if (job.isOver || nowMs - job.saidMs < SILENCE_MAX_MS) return;
      void job.worker.terminate();
      const seconds = SILENCE_MAX_MS / 1000;
      this.#failed(job, `Job ${at + 1} was ended: a host kept it busy for ${seconds} s`);
    });
  }
}
