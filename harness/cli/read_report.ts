import { GUARANTEES } from "../oracles/oracles.ts";
import { SITUATIONS } from "../kit/situations.ts";
import type { CheckReport, Violation } from "../report/check_report.ts";
import { UsageError } from "./io.ts";
import { readJson } from "./tapes_file.ts";

const REPORT = {
  adapter: "string",
  file: "string",
  claim: "string",
  level: "number",
  seed: "number",
  schedules: "number",
  steps: "number",
  ms: "number",
  strategies: "list",
  verdicts: "list",
  violations: "list",
  escapes: "list",
  warnings: "list",
  situations: "object",
} as const;

const VIOLATION = {
  guarantee: "string",
  promise: "string",
  story: "string",
  replay: "string",
  strategy: "string",
  operations: "list",
  tape: "list",
  schedule: "list",
  ledger: "list",
  also: "list",
  root: "number",
  seed: "number",
  foundAfter: "number",
  shrinkMs: "number",
  unshrunk: "object",
} as const;

const STRATEGY = { name: "string", schedules: "number", ms: "number", bounds: "string" } as const;
const STEP = { step: "number", label: "string", actor: "string", session: "string" } as const;
const LINE = { step: "number", ms: "number", record: "object" } as const;

/** What a picture is drawn of. @throws {UsageError} if it can not be */
function checkStory({ guarantee, schedule, ledger, root, also }: Violation, what: string): void {
  for (const [at, step] of schedule.entries()) {
    checkShape(step, STEP, `${what}: step ${at + 1} is none`);
  }
  for (const [at, line] of ledger.entries()) {
    checkShape(line, LINE, `${what}: line ${at + 1} of its ledger is no record`);
  }
  if (!GUARANTEES.includes(guarantee)) {
    throw new UsageError(`Cannot read ${what}: there is no guarantee ${guarantee}`);
  }
  for (const at of [root, ...also]) {
    if (ledger[at] !== undefined) continue;
    throw new UsageError(`Cannot read ${what}: there is no line ${at} in its ledger`);
  }
}

/**
 * Reads a report that was saved with `--json`, or several, as `explore` saves them.
 *
 * @throws {UsageError} if it is none
 */
export async function readReports(file: string, cwd: string): Promise<CheckReport[]> {
  const json = await readJson(file, cwd);
  const { reports } = (json ?? {}) as { reports?: unknown };
  return Array.isArray(reports)
    ? reports.map((one) => reportOf(one, file))
    : [reportOf(json, file)];
}

/** A report of its JSON. @throws {UsageError} if it is none */
export function reportOf(json: unknown, file: string): CheckReport {
  checkShape(json, REPORT, `${file}: it is no report of --json`);
  const report = json as unknown as CheckReport;
  for (const [at, violation] of report.violations.entries()) {
    checkShape(violation, VIOLATION, `${file}: violation ${at + 1} is not complete`);
    checkStory(violation, `${file}: violation ${at + 1}`);
  }
  for (const strategy of report.strategies) {
    checkShape(strategy, STRATEGY, `${file}: a strategy of it is not complete`);
  }
  return {
    ...report,
    // In the order in which they are known, and not in that of their names.
    situations: inOrder(report.situations),
    // JSON has no word for what is not there.
    strategies: report.strategies.map((strategy) => ({
      ...strategy,
      complete: strategy.complete ?? undefined,
    })),
    violations: report.violations.map(revived),
  };
}

function inOrder(situations: Readonly<Record<string, number>>): Record<string, number> {
  const known = Object.keys(SITUATIONS);
  const place = ([name]: [string, number]) => known.includes(name) ? known.indexOf(name) : Infinity;
  return Object.fromEntries(
    Object.entries(situations).sort((one, other) => place(one) - place(other) || 0),
  );
}

function revived(violation: Violation): Violation {
  const ledger = violation.ledger.map((line) => {
    const { record } = line;
    if (!("guard" in record) || record.guard !== null) return line;
    return { ...line, record: { ...record, guard: undefined } };
  });
  return { ...violation, ledger };
}

function checkShape(
  value: unknown,
  shape: Readonly<Record<string, string>>,
  what: string,
): asserts value is Record<string, unknown> {
  const kindOf = (field: unknown) =>
    Array.isArray(field) ? "list" : field === null ? "" : typeof field;
  if (kindOf(value) !== "object") throw new UsageError(`Cannot explain ${what}`);
  for (const [name, kind] of Object.entries(shape)) {
    if (kindOf((value as Record<string, unknown>)[name]) === kind) continue;
    throw new UsageError(`Cannot explain ${what} ("${name}" is missing or no ${kind})`);
  }
}
