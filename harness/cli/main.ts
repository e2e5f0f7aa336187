import { readFile } from "node:fs/promises";
import { AdapterError, UnusableAdapterError } from "../kit/adapter_error.ts";
import { explainBroken } from "./broken.ts";
import { checkCommand } from "./check_command.ts";
import { type CommandName, COMMANDS, helpText } from "./commands.ts";
import { explainCommand } from "./explain_command.ts";
import { exploreCommand } from "./explore_command.ts";
import { type CliIo, EXIT, exitCodeOf, UsageError } from "./io.ts";
import { nearestTo } from "./nearest.ts";
import { type Given, readOptions } from "./options.ts";
import { replayCommand } from "./replay_command.ts";

const STALL_S = 15;

const RUN: Readonly<Record<CommandName, (given: Given, io: CliIo) => Promise<number>>> = {
  check: checkCommand,
  replay: replayCommand,
  explain: explainCommand,
  explore: exploreCommand,
};

/**
 * The command of the harness: runs what the arguments ask for, and fulfils with the exit code. Never
 * rejects for anything that a user or an adapter does.
 */
export async function main(args: readonly string[], io: CliIo): Promise<number> {
  try {
    return await run(args, io);
  } catch (error) {
    if (io.signal.aborted) return exitCodeOf(io.signal.reason);
    if (error instanceof UsageError || error instanceof UnusableAdapterError) {
      io.stderr.write(`check:host: ${error.message.replace(/\s*\n\s*/g, " ")}\n`);
      return EXIT.usage;
    }
    if (error instanceof AdapterError) {
      io.stderr.write(`${explainBroken(error)}\n`);
      return EXIT.adapter;
    }
    throw error;
  }
}

async function run(args: readonly string[], io: CliIo): Promise<number> {
  const { name, rest } = commandOf(args);
  const given = readOptions(rest, COMMANDS[name].options);
  if (given.has("help")) {
    io.stdout.write(helpText(rest.length === args.length ? undefined : name));
    return EXIT.clean;
  }
  if (given.has("version")) {
    io.stdout.write(`${await version()}\n`);
    return EXIT.clean;
  }
  const stop = io.watchStalls(stallMsOf(name, given));
  try {
    return await RUN[name](given, io);
  } finally {
    stop();
  }
}

/** How long a host may keep the process busy; 0 where no host runs in it, or without end. */
function stallMsOf(name: CommandName, given: Given): number {
  if (!Object.hasOwn(COMMANDS[name].options, "stall")) return 0;
  return (given.amount("stall", { max: 3_600 }) ?? STALL_S) * 1000;
}

/** The command and what follows it. It stands first; without one, it is `check`. */
function commandOf(args: readonly string[]): { name: CommandName; rest: readonly string[] } {
  const [first = "", second] = args;
  if (Object.hasOwn(COMMANDS, first)) return { name: first as CommandName, rest: args.slice(1) };
  const names = Object.keys(COMMANDS);
  const near = /^[a-z]+$/.test(first) ? nearestTo(first, names) : undefined;
  if (near !== undefined && second !== undefined && !second.startsWith("-")) {
    throw new UsageError(`Unknown command ${first}: did you mean ${near}?`);
  }
  return { name: "check", rest: args };
}

async function version(): Promise<string> {
  const manifest = await readFile(new URL("../package.json", import.meta.url), "utf8");
  return String((JSON.parse(manifest) as { version?: unknown }).version);
}
