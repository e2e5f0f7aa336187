import { hunt, nameOf } from "./hunt.ts";
import {
  isSearched,
  type Mutant,
  type MutatedModule,
  type SearchKill,
  type TestKill,
} from "./mutant.ts";
import { MutantCopy } from "./_mutant_copy.ts";
import { runListed } from "./_run_listed.ts";

/**
 * What is wrong with a copy of a module in which nothing is broken, in just the schedules and tests in
 * which its mutants must die; nothing, or else a kill says nothing.
 */
export async function problemsOf(
  module: MutatedModule,
  mutants: readonly Mutant[],
): Promise<string[]> {
  const copy = await MutantCopy.of(module);
  const problems: string[] = [];
  const seen = new Set<string>();
  try {
    for (const { killedBy } of mutants.filter((mutant) => mutant.module === module)) {
      const key = keyOf(killedBy);
      if (seen.has(key)) continue;
      seen.add(key);
      const problem = isSearched(killedBy)
        ? await problemInSearch(copy, killedBy)
        : await problemInTest(copy, module, killedBy);
      if (problem !== undefined) problems.push(problem);
    }
  } finally {
    await copy.remove();
  }
  return problems;
}

/** The same for two mutants that are hunted in the very same way. */
function keyOf(killedBy: SearchKill | TestKill): string {
  if (!isSearched(killedBy)) return JSON.stringify(killedBy);
  const { adapter, export: exported, lane = "portfolio", operationsMax, schedulesMax } = killedBy;
  const lists = lane === "portfolio" ? undefined : operationsMax;
  return JSON.stringify([adapter, exported, lane, lists, schedulesMax]);
}

async function problemInSearch(copy: MutantCopy, search: SearchKill): Promise<string | undefined> {
  const adapter = await copy.adapter(search.adapter, search.export);
  const { told, schedules } = await hunt(adapter, search);
  if (schedules === 0) return `${nameOf(search)}: no schedule was played`;
  return told.length === 0 ? undefined : `${nameOf(search)}: ${told.join(", ")} is broken`;
}

async function problemInTest(
  copy: MutantCopy,
  module: MutatedModule,
  { test, named }: TestKill,
): Promise<string | undefined> {
  const failure = await runListed(await copy.tests(module, test), named);
  return failure === undefined ? undefined : `${test}: "${named}" fails: ${failure}`;
}
