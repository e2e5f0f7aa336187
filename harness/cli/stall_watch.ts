import process from "node:process";
import { Worker } from "node:worker_threads";

/** What the thread beside is told. */
export interface StallTask {
  /** Counts up while the process gets on. */
  readonly beats: SharedArrayBuffer;
  readonly limitMs: number;
}

/** How often the process shows that it gets on; much more often than any limit. */
const BEAT_MS = 250;

/**
 * Ends this process if it does not come to rest for so long: a loop of a host that never ends lets no
 * timer fire and no signal through. Returns what stops the watch.
 *
 * A thread beside does it, with a line on standard error and SIGKILL: nothing less gets through. Not
 * while a debugger may stop the process.
 */
export function startStallWatch(limitMs: number): () => void {
  const flags = [...process.execArgv, process.env["NODE_OPTIONS"] ?? ""].join(" ");
  if (limitMs === 0 || flags.includes("--inspect")) return () => {};
  const beats = new SharedArrayBuffer(4);
  const view = new Int32Array(beats);
  const task: StallTask = { beats, limitMs };
  const worker = new Worker(new URL("./stall_worker.ts", import.meta.url), { workerData: task });
  worker.on("error", () => {}); // then there is no watch
  worker.unref();
  const timer = setInterval(() => {
    Atomics.add(view, 0, 1);
    Atomics.notify(view, 0);
  }, BEAT_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    void worker.terminate();
  };
}
