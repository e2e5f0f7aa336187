import type { Guarantee } from "@lanekeeper/harness";
import { readFile } from "node:fs/promises";
import { hunt, nameOf, shrunk } from "./hunt.ts";
import { isSearched, type Mutant, type SearchKill, type TestKill } from "./mutant.ts";
import { MutantCopy } from "./_mutant_copy.ts";
import { runListed } from "./_run_listed.ts";

/** How a mutant died. */
export interface Killed {
  readonly id: string;
  readonly module: string;
  /** Where the line is: `claims.ts:183`. */
  readonly where: string;
  readonly why: string;
  readonly guarantee: Guarantee;
  /** The adapter and its schedules, or the test. */
  readonly killedBy: string;
  /** Schedules until it was found; `null` where a test found it. */
  readonly schedules: number | null;
  /** Of the smallest story; `null` where a test found it. */
  readonly operations: readonly string[] | null;
  /** What else told of a schedule before that: one of what the row names. */
  readonly also: readonly Guarantee[];
}

/** A mutant that lives, that dies to something else, or that can not be made. */
export class NotKilledError extends Error {
  constructor({ id, guarantee }: Mutant, cause: string) {
    super(`Mutant "${id}" is not killed by ${guarantee}: ${cause}`);
    this.name = "NotKilledError";
  }
}

/**
 * Breaks a line in a copy and sees to it that what must tell of it does.
 *
 * @throws {NotKilledError} if nothing tells of it, or something else does
 * @throws {Error} if the line is not there exactly once
 */
export async function kill(mutant: Mutant): Promise<Killed> {
  const { id, module, guarantee, why, killedBy } = mutant;
  const where = await placeOf(mutant);
  const copy = await MutantCopy.of(module, mutant);
  try {
    const told = isSearched(killedBy)
      ? await bySearch(copy, mutant, killedBy)
      : await byTest(copy, mutant, killedBy);
    return { id, module, where, why, guarantee, ...told };
  } finally {
    await copy.remove();
  }
}

type Told = Pick<Killed, "killedBy" | "schedules" | "operations" | "also">;

async function bySearch(copy: MutantCopy, mutant: Mutant, search: SearchKill): Promise<Told> {
  const { guarantee } = mutant;
  const { also = {}, operationsMax } = search;
  const adapter = await copy.adapter(search.adapter, search.export);
  const { found, schedules, told } = await hunt(adapter, search, guarantee);
  if (found === undefined) {
    const others = told.length === 0 ? "nothing is" : `only ${told.join(", ")} is`;
    throw new NotKilledError(mutant, `in ${schedules} schedules ${others} broken`);
  }
  const before = told.filter((one) => one !== guarantee);
  const others = before.filter((one) => !(one in also));
  if (others.length > 0) {
    const cause = `${others.join(", ")} told of it before, which is not expected`;
    throw new NotKilledError(mutant, cause);
  }
  const { operations } = await shrunk(found);
  if (operations.length > operationsMax) {
    const cause = `the smallest story takes more than ${operationsMax}: ${operations.join("; ")}`;
    throw new NotKilledError(mutant, cause);
  }
  return { killedBy: nameOf(search), schedules, operations, also: before };
}

async function byTest(copy: MutantCopy, mutant: Mutant, { test, named }: TestKill): Promise<Told> {
  const { module, guarantee } = mutant;
  const text = await readFile(sourceOf(module, test), "utf8");
  if (!textOf(text, named).includes(guarantee)) {
    throw new NotKilledError(mutant, `the test "${named}" of ${test} does not name it`);
  }
  const failure = await runListed(await copy.tests(module, test), named);
  if (failure === undefined) throw new NotKilledError(mutant, `the test "${named}" passes`);
  return { killedBy: `${test}: ${named}`, schedules: null, operations: null, also: [] };
}

/** The text of one test of a file, from its name to the next test. */
function textOf(file: string, named: string): string {
  const at = file.indexOf(JSON.stringify(named));
  const end = file.indexOf("\ntest(", at);
  return at < 0 ? "" : file.slice(at, end < 0 ? undefined : end);
}

/** The file and the number of the first line that is broken. */
async function placeOf({ module, file, line }: Mutant): Promise<string> {
  const text = await readFile(sourceOf(module, file), "utf8");
  return `${file}:${text.slice(0, text.indexOf(line)).split("\n").length}`;
}

function sourceOf(module: string, file: string): URL {
  return new URL(`../../modules/${module}/${file}`, import.meta.url);
}
