import { writeSync } from "node:fs";
import process from "node:process";
import { workerData } from "node:worker_threads";
import type { StallTask } from "./stall_watch.ts";

const { beats, limitMs } = workerData as StallTask;
const view = new Int32Array(beats);
const STDERR = 2;

// Twice half the limit: a machine that slept, or a process that was stopped, gets on in between.
for (let missed = 0; missed < 2;) {
  const beat = Atomics.load(view, 0);
  missed = Atomics.wait(view, 0, beat, limitMs / 2) === "timed-out" ? missed + 1 : 0;
}
writeSync(
  STDERR,
  `\ncheck:host: The host kept the process busy for ${limitMs / 1000} s, so it was ended\n\n` +
    "What to look at:\n" +
    "  A loop that nothing ends, such as one that awaits a promise again and again until a flag changes.\n" +
    "  With the same --seed it comes up again. If the host is only slow: --stall SECONDS.\n",
);
process.kill(process.pid, "SIGKILL");
