import { type ChildProcess, fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { Killed } from "./kill.ts";
import type { MutatedModule } from "./mutant.ts";

const WORKER = fileURLToPath(new URL("./_worker.ts", import.meta.url));
/** A mutant that keeps its process busy for longer than this is one that never comes to rest. */
const JOB_MS = 600_000;
const WORKERS_MAX = 4;

/** What a process is asked for. */
export type Job =
  | { readonly kind: "kill"; readonly id: string }
  | { readonly kind: "clean"; readonly module: MutatedModule };

/** What it says. */
export type Answer =
  | { readonly killed: Killed }
  | { readonly problems: readonly string[] }
  | { readonly error: string };

interface Queued {
  readonly job: Job;
  answer(answer: Answer): void;
}

/** Processes that hunt mutants side by side. Not to be used after `close()`. */
export class MutantPool {
  readonly #idle: ChildProcess[] = [];
  readonly #all = new Set<ChildProcess>();
  readonly #queue: Queued[] = [];
  readonly #size = Math.min(availableParallelism(), WORKERS_MAX);

  /** Hunts one mutant, or sees to it that a module without one is clean. Never rejects. */
  run(job: Job): Promise<Answer> {
    return new Promise((answer) => {
      this.#queue.push({ job, answer });
      this.#next();
    });
  }

  /** Ends the processes. What has not begun never does. */
  close(): void {
    this.#queue.length = 0;
    for (const worker of this.#all) worker.kill("SIGKILL");
  }

  #next(): void {
    if (this.#queue.length === 0) return;
    const worker = this.#idle.pop() ?? (this.#all.size < this.#size ? this.#start() : undefined);
    if (worker !== undefined) this.#give(worker, this.#queue.shift()!);
  }

  #start(): ChildProcess {
    const worker = fork(WORKER, {
      execArgv: ["--expose-gc"],
      stdio: ["ignore", "ignore", 2, "ipc"],
    });
    this.#all.add(worker);
    worker.once("exit", () => this.#all.delete(worker));
    return worker;
  }

  #give(worker: ChildProcess, { job, answer }: Queued): void {
    const timer = setTimeout(() => worker.kill("SIGKILL"), JOB_MS);
    const over = (told: Answer, isAlive: boolean) => {
      clearTimeout(timer);
      worker.off("message", onMessage);
      worker.off("exit", onExit);
      if (isAlive) this.#idle.push(worker);
      answer(told);
      this.#next();
    };
    const onMessage = (told: Answer) => over(told, true);
    const onExit = () => {
      this.#all.delete(worker);
      over({ error: `The process ended before it was done with ${JSON.stringify(job)}` }, false);
    };
    worker.once("message", onMessage);
    worker.once("exit", onExit);
    worker.send(job);
  }
}
