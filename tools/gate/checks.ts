import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { countOutcomes, type Counts, parseJunit } from "./junit.ts";
import { runProcess } from "./run_process.ts";

/** A check of the whole tree that is not a test file. */
export interface Check {
  readonly name: string;
  readonly command: readonly string[];
  /** The report to count, for a check that is many tests; others count as one. */
  readonly report?: string;
}

/** A check that was run. */
export interface CheckResult {
  readonly name: string;
  readonly counts: Counts;
  readonly tookMs: number;
  /** What it printed, if it failed. */
  readonly output: string;
}

/** Every check, fastest first. */
export function checks(root: string): Check[] {
  const folders = ["modules", "harness", "test", "tools"];
  const documents = globSync("*.md", { cwd: root });
  const report = ".results/docs-deno.xml";
  return [
    { name: "format", command: ["deno", "fmt", "--check"] },
    { name: "lint", command: ["deno", "lint"] },
    { name: "types (tsc)", command: ["tsc", "-p", "tsconfig.json", "--noEmit"] },
    { name: "types (deno)", command: ["deno", "check", "--quiet", ...folders] },
    {
      name: "examples in docs",
      command: [
        ...["deno", "test", "--doc", "--allow-all", "--quiet", "--ignore=**/*_test.ts"],
        ...[`--junit-path=${report}`, "modules", "harness", ...documents],
      ],
      report,
    },
  ];
}

/** Runs a check at `root`, for at most `limitMs`. */
export async function runCheck(root: string, check: Check, limitMs: number): Promise<CheckResult> {
  const env = { NO_COLOR: "1", FORCE_COLOR: undefined, DENO_NO_UPDATE_CHECK: "1" };
  const run = await runProcess(check.command, { cwd: root, limitMs, env, capture: true });
  const counts = check.report ? countReport(root, check.report) : one(run.code === 0);
  const nothingToRun = run.output.includes("No test modules found");
  if (run.code !== 0 && counts.failed === 0 && !nothingToRun) counts.failed = 1;
  return {
    name: check.name,
    counts,
    tookMs: run.tookMs,
    output: counts.failed > 0 ? run.output : "",
  };
}

function one(passed: boolean): Counts {
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 };
}

function countReport(root: string, report: string): Counts {
  try {
    return countOutcomes(parseJunit(readFileSync(join(root, report), "utf8")));
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}
