import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { countOutcomes, type Counts, isFileItself, parseJunit, type TestCase } from "./junit.ts";
import { type Package, resultFile, type Runtime } from "./packages.ts";

/** The tests of one package on one runtime. */
export interface RunResult {
  readonly runtime: Runtime;
  readonly counts: Counts;
  readonly cases: readonly TestCase[];
}

/** The tests of one package. */
export interface PackageResult {
  readonly name: string;
  readonly runs: readonly RunResult[];
  /** What is wrong beside failed tests. Each counts as one more failed test. */
  readonly problems: readonly string[];
}

/** Reads the reports of a package. A report that is missing is a problem. */
export function readResults(
  root: string,
  found: Package,
  runtimes: readonly Runtime[],
): PackageResult {
  const runs: RunResult[] = [];
  const problems: string[] = [];
  for (const runtime of runtimes) {
    if (found.testFiles[runtime].length === 0) continue;
    const file = join(root, resultFile(found.name, runtime));
    const cases = existsSync(file)
      ? parseJunit(readFileSync(file, "utf8")).filter((test) =>
        test.outcome === "failed" || !isFileItself(join(root, found.folder), test)
      )
      : [];
    if (cases.length === 0) problems.push(`${found.name} has tests but no result on ${runtime}`);
    runs.push({ runtime, counts: countOutcomes(cases), cases });
  }
  return { name: found.name, runs, problems: [...problems, ...differences(root, found, runs)] };
}

/**
 * A test file registers the same tests on every runtime that runs it. Runs that failed are left out:
 * they have something more urgent to say.
 */
function differences(root: string, found: Package, runs: readonly RunResult[]): string[] {
  const [first, ...others] = runs.filter((run) => run.counts.failed === 0 && run.cases.length > 0);
  if (!first) return [];
  const folder = join(root, found.folder);
  return others.flatMap((other) => {
    const shared = found.testFiles[first.runtime].filter((file) =>
      found.testFiles[other.runtime].includes(file)
    );
    const here = testNames(folder, first.cases, shared);
    const there = testNames(folder, other.cases, shared);
    return [
      ...missing(here, there, `${found.name} on ${other.runtime}`),
      ...missing(there, here, `${found.name} on ${first.runtime}`),
    ];
  });
}

function testNames(
  folder: string,
  cases: readonly TestCase[],
  files: readonly string[],
): Set<string> {
  const paths = new Map(files.map((file) => [resolve(folder, file), file]));
  const names = cases.map((test) => {
    const file = paths.get(resolve(folder, test.file));
    return file && `${file}: ${test.name}`;
  });
  return new Set(names.filter((name) => name !== undefined));
}

function missing(wanted: Set<string>, found: Set<string>, where: string): string[] {
  const [first, ...others] = [...wanted].filter((name) => !found.has(name));
  if (!first) return [];
  return [`${where} does not run "${first}"${others.length ? ` and ${others.length} more` : ""}`];
}
