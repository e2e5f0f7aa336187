// The gate behind `npm test`. tools/test.mjs starts it, with its options as one JSON argument.
import { globSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type CheckResult, checks, runCheck } from "./checks.ts";
import { findPackages, type Package, type Runtime, RUNTIMES } from "./packages.ts";
import { readResults } from "./results.ts";
import { runProcess } from "./run_process.ts";
import { type GateResult, lastLine, summaryTable, total } from "./summary.ts";

/**
 * The whole gate may take this long. It takes about ten minutes on two cores: this ends what hangs, and
 * not what is slow because the machine is busy.
 */
const LIMIT_MS = 2_280_000;

interface Options {
  package?: string;
  runtime?: Runtime;
  cache: boolean;
}

const root = fileURLToPath(new URL("../..", import.meta.url));
const leftMs = (): number => Math.max(1_000, LIMIT_MS - performance.now());
const inCi = process.env.CI === "true";

async function main(options: Options): Promise<void> {
  mkdirSync(join(root, ".results"), { recursive: true });
  // What an earlier run left must not count.
  for (const file of globSync(join(root, ".results", "*.xml"))) rmSync(file, { force: true });

  const everything = !options.package && !options.runtime;
  const checkResults = everything ? await runChecks() : [];
  const runtimes = options.runtime ? [options.runtime] : RUNTIMES;
  const packages = findPackages(root).filter((found) =>
    (!options.package || found.name === options.package) &&
    runtimes.some((runtime) => found.testFiles[runtime].length > 0)
  );
  const code = await runTests(packages, runtimes, options.cache);
  const results = packages.map((found) => readResults(root, found, runtimes));
  const result = { checks: checkResults, packages: results, problems: problems(results, code) };
  report(result, runtimes, performance.now());
}

async function runChecks(): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const check of checks(root)) {
    process.stdout.write(`${check.name} ... `);
    const result = await runCheck(root, check, leftMs());
    console.log(result.counts.failed > 0 ? "FAILED" : "ok", `(${seconds(result.tookMs)})`);
    if (result.output) console.log(result.output.trimEnd());
    results.push(result);
  }
  return results;
}

async function runTests(
  packages: readonly Package[],
  runtimes: readonly Runtime[],
  cache: boolean,
): Promise<number> {
  if (packages.length === 0) return 0;
  const targets = runtimes.map((runtime) => `test-${runtime}`);
  const command = [
    ...["nx", "run-many", `--targets=${targets.join(",")}`],
    `--projects=${packages.map((found) => found.name).join(",")}`,
    ...(cache ? [] : ["--skip-nx-cache"]),
  ];
  const env = {
    NX_DAEMON: "false",
    NX_NO_CLOUD: "true",
    NX_TUI: "false",
    ...(process.stdout.isTTY ? {} : { FORCE_COLOR: "0" }),
  };
  const run = await runProcess(command, {
    cwd: root,
    limitMs: leftMs(),
    env,
    capture: false,
  });
  return run.code;
}

/** What the counts of the tests alone do not show. */
function problems(results: GateResult["packages"], code: number): string[] {
  const runs = results.flatMap((found) => found.runs);
  const failed = runs.some((run) => run.counts.failed > 0) ||
    results.some((found) => found.problems.length > 0);
  const ran = runs.some((run) => run.counts.passed + run.counts.failed > 0);
  const skipped = runs.some((run) => run.counts.skipped > 0);
  return [
    ...(ran ? [] : ["No test ran"]),
    ...(code !== 0 && !failed ? [`nx ended with code ${code} although no test failed`] : []),
    ...(inCi && skipped ? ["A test was skipped, which CI=true does not allow"] : []),
  ];
}

function report(result: GateResult, runtimes: readonly Runtime[], tookMs: number): void {
  const counts = total(result);
  console.log(`\n${summaryTable(result, runtimes)}\n`);
  for (const problem of [...result.packages.flatMap((f) => f.problems), ...result.problems]) {
    console.log(`FAILED: ${problem}`);
  }
  console.log(`Took ${seconds(tookMs)}`);
  console.log(lastLine(counts));
  process.exitCode = counts.failed > 0 ? 1 : 0;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

await main(JSON.parse(process.argv[2] ?? "{}"));
