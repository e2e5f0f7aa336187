import type { CheckResult } from "./checks.ts";
import type { Counts } from "./junit.ts";
import { type Runtime, RUNTIMES } from "./packages.ts";
import type { PackageResult } from "./results.ts";

/** Everything that one run of the gate found. */
export interface GateResult {
  readonly checks: readonly CheckResult[];
  readonly packages: readonly PackageResult[];
  /** What is wrong with the run as a whole. Each counts as one more failed test. */
  readonly problems: readonly string[];
}

/** Adds everything up. */
export function total(result: GateResult): Counts {
  const sum: Counts = { passed: 0, failed: 0, skipped: 0 };
  const all = [
    ...result.checks.map((check) => check.counts),
    ...result.packages.flatMap((found) => found.runs.map((run) => run.counts)),
  ];
  for (const counts of all) {
    sum.passed += counts.passed;
    sum.failed += counts.failed;
    sum.skipped += counts.skipped;
  }
  sum.failed += result.problems.length;
  for (const found of result.packages) sum.failed += found.problems.length;
  return sum;
}

/** `12 passed, 0 failed`, and the skipped tests if there are any. */
export function lastLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** The summary as a table, without the last line. */
export function summaryTable(result: GateResult, runtimes: readonly Runtime[]): string {
  const checkRows = result.checks.map((check) => [
    check.name,
    cell(check.counts),
    `(${(check.tookMs / 1000).toFixed(1)} s)`,
  ]);
  const packageRows = result.packages.map((found) => [
    found.name,
    ...runtimes.map((runtime) => cell(found.runs.find((run) => run.runtime === runtime)?.counts)),
  ]);
  const rows = [...checkRows, ["", ...runtimes], ...packageRows];
  const widths = ["", ...RUNTIMES].map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0))
  );
  const line = (row: string[]): string =>
    row.map((text, column) =>
      column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0)
    ).join("   ").trimEnd();
  return rows.map(line).join("\n");
}

function cell(counts: Counts | undefined): string {
  if (!counts) return "-";
  const parts = [`${counts.passed}`];
  if (counts.failed > 0) parts.push(`${counts.failed} FAILED`);
  if (counts.skipped > 0) parts.push(`${counts.skipped} skipped`);
  return parts.join(", ");
}
