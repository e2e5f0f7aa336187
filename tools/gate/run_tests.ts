// Runs the tests of one package on one runtime: `node run_tests.ts <runtime> <folder>`. nx calls it.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  addFailures,
  countOutcomes,
  isFileItself,
  joinReports,
  parseJunit,
  type TestCase,
} from "./junit.ts";
import { findPackages, resultFile, runsOf, type Runtime, RUNTIMES } from "./packages.ts";
import { runProcess } from "./run_process.ts";

/** A package's tests on one runtime may take this long. */
const LIMIT_MS = 1_200_000;
/** One test may take this long, where the runtime can be told. */
const TEST_LIMIT_MS = 60_000;

/** The command that runs test files and writes a report. Heap tests need the collector exposed. */
function testCommand(runtime: Runtime, files: readonly string[], report: string): string[] {
  const paths = files.map((file) => `./${file}`);
  switch (runtime) {
    case "node":
      return [
        ...["node", "--test", "--expose-gc", `--test-timeout=${TEST_LIMIT_MS}`],
        // By default it leaves one processor alone, which on two is half of them.
        "--test-concurrency=2",
        ...["--test-reporter=junit", `--test-reporter-destination=${report}`],
        ...["--test-reporter=dot", "--test-reporter-destination=stdout"],
        ...paths,
      ];
    case "deno":
      return [
        ...["deno", "test", "--allow-all", "--no-check", "--v8-flags=--expose-gc"],
        ...["--reporter=dot", `--junit-path=${report}`],
        ...paths,
      ];
    case "bun":
      return [
        ...["bun", "test", "--dots", `--timeout=${TEST_LIMIT_MS}`],
        ...["--reporter=junit", `--reporter-outfile=${report}`],
        ...paths,
      ];
  }
}

/**
 * What a report does not tell by itself: a file that did not load or has no test, and a run that
 * failed with no test to blame.
 */
export function hiddenFailures(
  run: { folder: string; files: readonly string[]; code: number; cases: readonly TestCase[] },
): string[] {
  const shown = run.cases.filter((test) =>
    test.outcome === "failed" || !isFileItself(run.folder, test)
  );
  const shownFiles = new Set(shown.map((test) => resolve(run.folder, test.file)));
  const failures = run.files.filter((file) => !shownFiles.has(resolve(run.folder, file)))
    .map((file) => `${file} does not load or has no test`);
  if (run.code !== 0 && failures.length === 0 && countOutcomes(run.cases).failed === 0) {
    failures.push(`The run ended with code ${run.code} although no test failed`);
  }
  return failures;
}

/** What came of the test files of one process. */
interface FilesRun {
  readonly xml: string | undefined;
  /** The tests that failed, and what the report does not tell. */
  readonly failed: readonly string[];
  readonly hidden: readonly string[];
  readonly output: string;
}

async function runFiles(
  files: readonly string[],
  { runtime, cwd, report, limitMs }: {
    runtime: Runtime;
    cwd: string;
    report: string;
    limitMs: number;
  },
): Promise<FilesRun> {
  rmSync(report, { force: true });
  const env = { NO_COLOR: "1", FORCE_COLOR: undefined, DENO_NO_UPDATE_CHECK: "1" };
  const command = testCommand(runtime, files, report);
  const run = await runProcess(command, { cwd, limitMs, env, capture: true });
  const xml = readIfThere(report);
  const cases = parseJunit(xml ?? "");
  const hidden = run.timedOut
    ? [`The tests did not end in time on ${runtime}: ${files.slice(0, 3).join(", ")}, ...`]
    : hiddenFailures({ folder: cwd, files, code: run.code, cases });
  const failed = cases.filter((test) => test.outcome === "failed").map((test) => test.name);
  return { xml, failed, hidden, output: run.output };
}

async function main(root: string, runtime: Runtime, folder: string): Promise<number> {
  const found = findPackages(root).find((one) => one.folder === folder);
  if (!found) throw new Error(`Cannot run tests: "${folder}" is not a package`);
  const report = join(root, resultFile(found.name, runtime));
  mkdirSync(join(root, ".results"), { recursive: true });
  rmSync(report, { force: true });

  const cwd = join(root, folder);
  const reports: string[] = [];
  let code = 0;
  for (const files of runsOf(found, runtime)) {
    const limitMs = LIMIT_MS - performance.now();
    const run = await runFiles(files, { runtime, cwd, report, limitMs });
    reports.push(run.hidden.length === 0 ? run.xml! : addFailures(run.xml, run.hidden));
    const failures = [...run.failed, ...run.hidden];
    if (failures.length === 0) continue;
    code = 1;
    console.log(run.output.trimEnd());
    for (const name of failures) console.log(`FAILED: ${name}`);
  }
  if (reports.length > 0) writeFileSync(report, joinReports(reports));
  return code;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

if (import.meta.main) {
  const [runtime, folder = ""] = process.argv.slice(2);
  const known = RUNTIMES.find((one) => one === runtime);
  if (!known) throw new Error(`Cannot run tests: unknown runtime "${runtime}"`);
  process.exitCode = await main(fileURLToPath(new URL("../..", import.meta.url)), known, folder);
}
