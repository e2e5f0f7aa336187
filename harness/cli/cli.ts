#!/usr/bin/env node
import { writeSync } from "node:fs";
import process from "node:process";
import { main } from "./main.ts";
import { startStallWatch } from "./stall_watch.ts";
import { type CliStream, EXIT, exitCodeOf } from "./io.ts";

// Before any host can put something else in its place.
const nativeNow = performance.now.bind(performance);

/**
 * The same signal within this time counts once, in ms: started through npm, one press of Ctrl-C
 * arrives from the terminal and again from npm.
 */
const SIGNAL_REPEAT_MS = 250;
/** So many errors that nobody caught are kept. */
const STRAYS_MAX = 1_000;

// Output that nobody reads any more (`| head`) must not end a search.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

const strays: unknown[] = [];
const stray = (error: unknown) => void (strays.length < STRAYS_MAX && strays.push(error));
process.on("unhandledRejection", stray);
process.on("uncaughtException", stray);

let isOver = false;
// A host that ends the process would pass for one that was judged, and kept everything.
process.on("exit", (code) => {
  if (isOver) return;
  process.exitCode = EXIT.adapter;
  const told =
    `check:host: the host ended the process with process.exit(${code}): so nothing can be ` +
    "said of it. Leave that out of what the adapter calls.\n";
  writeSync(2, told);
});

const code = await run();
for (const stream of [process.stdout, process.stderr]) {
  await new Promise<void>((resolve) => void stream.write("", () => resolve()));
}
isOver = true;
// A host may have left something that keeps the process alive: a timer, a socket.
process.exit(code);

/** Runs the command. A fault of its own is told as what it is, and never as a clean run. */
async function run(): Promise<number> {
  try {
    return await main(process.argv.slice(2), {
      stdout: streamOf(process.stdout),
      stderr: streamOf(process.stderr),
      cwd: process.cwd(),
      env: process.env,
      signal: stopSignal(),
      strays,
      now: nativeNow,
      watchStalls: startStallWatch,
      randomSeed: () => Math.floor(Math.random() * 2 ** 31),
    });
  } catch (error) {
    const stack = error instanceof Error ? error.stack ?? error.message : String(error);
    process.stderr.write(`check:host: this command broke, and not the host: ${stack}\n`);
    return EXIT.broke;
  }
}

function streamOf(stream: NodeJS.WriteStream): CliStream {
  return {
    write: (text) => stream.write(text),
    isTTY: stream.isTTY,
    // A terminal that does not know its size says 0.
    get columns() {
      return stream.columns || undefined;
    },
  };
}

/** Aborted by the first signal. The second one ends the process at once. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  let firstAtMs: number | undefined;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      const nowMs = nativeNow();
      if (firstAtMs !== undefined && nowMs - firstAtMs < SIGNAL_REPEAT_MS) return;
      if (firstAtMs !== undefined) {
        isOver = true;
        process.exit(exitCodeOf(signal));
      }
      firstAtMs = nowMs;
      process.stderr.write("\nStopping after this schedule; once more to stop at once\n");
      controller.abort(signal);
    });
  }
  return controller.signal;
}
