import { parseArgs } from "node:util";
import { MODULES } from "./stages.ts";

/** What the command is asked for. */
export interface MutationOptions {
  readonly modules: readonly string[];
  readonly file: string | undefined;
  /** Removals only. */
  readonly lines: boolean;
  /** The fast tests only. */
  readonly fast: boolean;
  /** How long the command may judge; what takes something away comes first. */
  readonly minutes: number;
  readonly json: string | undefined;
  readonly resume: boolean;
  readonly help: boolean;
}

/** Wrong usage: one line, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The text of `--help`. */
export const HELP = `Usage: npm run mutation -- [options]

Changes the four core modules in every small way, one change at a time in a copy of the tree, and runs
the tests until one fails. A change that no test notices has to be explained in
test/mutants/generic/survivors.json. A whole run keeps one core busy for the better part of an hour.
For each module that was judged as a whole it writes test/mutants/generic/MUTATION.md and mutation.json.

Options:
  --module NAME  only this module: ${MODULES.join(", ")}
  --file NAME    only this file of a module, such as claims.ts
  --lines        only what takes something away: lines, statements, parts
  --fast         only the fast tests of the module itself
  --minutes N    judges first what takes something away, then the rest, and nothing more after N minutes;
                 the page tells how much was left, unless more had been judged before
  --json FILE    writes every mutant and what killed it
  --resume       counts what a run before this one killed, where the source is the same, be it that the
                 tests are not; and what survived it, where all code and tests are the same
  --help         this text

Exit codes: 0 all killed or explained, 1 a mutant survived unexplained or an explanation fits nothing,
2 wrong usage, 3 the time was up before all were judged, 70 it could not be judged`;

/** @throws {UsageError} If an option is unknown or wrong */
export function readOptions(args: readonly string[]): MutationOptions {
  const { module, file, lines, fast, minutes, json, resume, help } = parsed(args);
  if (module !== undefined && !MODULES.includes(module)) {
    throw new UsageError(`Unknown module "${module}": it is one of ${MODULES.join(", ")}`);
  }
  if (minutes !== undefined && !(minutes.trim() !== "" && Number(minutes) >= 0)) {
    throw new UsageError(`Cannot judge for "${minutes}" minutes: it must be a number, 0 or more`);
  }
  return {
    modules: module === undefined ? MODULES : [module],
    file,
    lines: lines === true,
    fast: fast === true,
    minutes: Number(minutes ?? Infinity),
    json,
    resume: resume === true,
    help: help === true,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        module: { type: "string" },
        file: { type: "string" },
        lines: { type: "boolean" },
        fast: { type: "boolean" },
        minutes: { type: "string" },
        json: { type: "string" },
        resume: { type: "boolean" },
        help: { type: "boolean" },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message.split(". ")[0]);
  }
}
