// Loads test files into this one process, where they run at once: `node run_tests.ts FILE...`. Where
// nothing can happen any more the runner would wait for ever: that is told, and exit code 1.
import { resolve } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { pathToFileURL } from "node:url";

/** How often it is looked, and how often in a row nothing may have happened. */
const LOOK_EVERY_MS = 100;
const IDLE_LOOKS_MAX = 6;
/** What a look itself takes, at most, in ms. */
const LOOK_MS_MAX = 20;
/** What is there in every process: the looks, the runner's own timer, the output. */
const NOTHING = /^(Timeout|TTYWrap|PipeWrap)$/;

let idleLooks = 0;
let last = performance.eventLoopUtilization();
const look = setInterval(() => {
  const now = performance.eventLoopUtilization();
  const wasIdle = now.active - last.active < LOOK_MS_MAX &&
    process.getActiveResourcesInfo().every((resource) => NOTHING.test(resource));
  last = now;
  idleLooks = wasIdle ? idleLooks + 1 : 0;
  if (idleLooks < IDLE_LOOKS_MAX) return;
  const told = JSON.stringify({ failed: "something is waited for that never comes" });
  process.stdout.write(`\n${told}\n`, () => process.exit(1));
}, LOOK_EVERY_MS);
look.unref();

for (const file of process.argv.slice(2)) await import(pathToFileURL(resolve(file)).href);
