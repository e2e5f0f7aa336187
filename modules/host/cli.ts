#!/usr/bin/env node
import { readFile } from "node:fs/promises";
import process from "node:process";
import { type Config, helpText, readCommand, UsageError } from "./config.ts";
import { createLogger, type Logger } from "./logger.ts";
import { type RunningServer, serve } from "./serve.ts";

/**
 * The same signal within this time counts once, in ms: started through npm, one press of Ctrl-C
 * arrives from the terminal and again from npm.
 */
const SIGNAL_REPEAT_MS = 150;
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

// A log that nobody reads any more (`| head`, a full disk) must not end the turns that run.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const command = readCommand(args, process.env);
    if (command.name === "serve") return await run(command.config);
    process.stdout.write(command.name === "help" ? helpText() : `${await version()}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`lanekeeper: ${explain(error)}\n`);
    // A token that Slack refuses is a wrong one, like one that does not even look right.
    const isUsage = error instanceof UsageError ||
      (error as { code?: string }).code === "slack_auth";
    return isUsage ? 2 : 1;
  }
}

/** Serves until a signal comes. */
async function run(config: Config): Promise<number> {
  const logger = createLogger({
    level: config.logLevel,
    write: (line) => process.stderr.write(line),
  });
  const stopping = new AbortController();
  const stopped = onSignal(logger);
  void stopped.then(() => stopping.abort());
  const server = await serve(config, logger, { signal: stopping.signal });
  if (!stopping.signal.aborted) {
    process.stdout.write(`lanekeeper is ready at ${server.address}\n`);
  }
  const why = await stopped;
  logger.log("info", "Stopping: the running turns may finish", { why });
  return await stop(server, logger);
}

async function stop(server: RunningServer, logger: Logger): Promise<number> {
  const { steps, turns, running } = await server.stop();
  const isClean = steps.every(({ status }) => status === "completed") &&
    running.length === 0 && turns?.abandoned.length === 0 && turns.closeFailed.length === 0;
  logger.log(isClean ? "info" : "warn", "Stopped", { turns, running });
  // Something was given up and may still run: leave without it.
  if (!isClean) process.exit(1);
  return 0;
}

/** Fulfils with the first reason to stop. A second signal ends the process at once. */
function onSignal(logger: Logger): Promise<string> {
  return new Promise((resolve) => {
    let firstAtMs: number | undefined;
    const isRepeat = () =>
      process.env["npm_lifecycle_event"] !== undefined && firstAtMs !== undefined &&
      performance.now() - firstAtMs < SIGNAL_REPEAT_MS;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        if (isRepeat()) return;
        if (firstAtMs !== undefined) {
          logger.log("warn", "Stopped at once", { why: `a second ${signal}` });
          process.exit(EXIT_CODES[signal]);
        }
        firstAtMs = performance.now();
        resolve(signal);
      });
    }
    // Whoever started this process was killed.
    process.on("disconnect", () => resolve("the parent process is gone"));
  });
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: string };
  if (code === "EADDRINUSE") {
    return "Cannot listen: the port is in use; choose another one with --port, or 0 for a free one";
  }
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND" || code === "EINVAL") {
    return "Cannot listen: the address of --host is not one of this machine";
  }
  if (code === "EACCES" || code === "EPERM") {
    return `Cannot start: permission denied (${error.message}); choose another --port or --data`;
  }
  if (["ENOTDIR", "EEXIST", "ENOENT", "EROFS", "ENOSPC"].includes(code ?? "")) {
    return `Cannot use the data folder (${error.message}); choose another one with --data`;
  }
  return error.message;
}

async function version(): Promise<string> {
  const manifest = await readFile(new URL("./package.json", import.meta.url), "utf8");
  return String((JSON.parse(manifest) as { version?: unknown }).version);
}
