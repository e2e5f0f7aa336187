import type { CheckReport, StrategyReport, Verdict, Violation } from "../report/check_report.ts";
import { warningsOf } from "./situations.ts";

/**
 * One report of the same host, from several searches that shared the work.
 *
 * @throws {RangeError} if there is none
 */
export function mergeReports(reports: readonly CheckReport[]): CheckReport {
  const [first] = reports;
  if (first === undefined) throw new RangeError("Cannot merge reports: there is none");
  const situations = sumOf(reports.map(({ situations }) => situations));
  const strategies = mergeStrategies(reports.map(({ strategies }) => strategies));
  const sum = (of: (report: CheckReport) => number) =>
    reports.reduce((sum, report) => sum + of(report), 0);
  return {
    ...first,
    claim: claimOf(reports, strategies),
    schedules: sum(({ schedules }) => schedules),
    steps: sum(({ steps }) => steps),
    ms: Math.max(...reports.map(({ ms }) => ms)),
    strategies,
    situations,
    verdicts: first.verdicts.map((verdict) =>
      mergeVerdicts(
        reports.flatMap(({ verdicts }) =>
          verdicts.filter(({ guarantee }) => guarantee === verdict.guarantee)
        ),
      )
    ),
    violations: mergeViolations(reports.flatMap(({ violations }) => violations)),
    escapes: [...new Set(reports.flatMap(({ escapes }) => escapes))],
    warnings: [...warningsOf(situations), ...otherWarningsOf(reports, Object.keys(situations))],
  };
}

/**
 * The strategies of several searches, each once. What each of them went through to its end is complete.
 */
export function mergeStrategies(
  searches: readonly (readonly StrategyReport[])[],
): StrategyReport[] {
  const merged = new Map<string, StrategyReport[]>();
  for (const strategies of searches) {
    // Of one that was gone on with again and again, the last word counts.
    const own = new Map<string, StrategyReport>();
    for (const strategy of strategies) {
      const key = `${strategy.name}\n${strategy.bounds}`;
      const before = own.get(key);
      own.set(key, before === undefined ? strategy : added(strategy, before));
    }
    for (const [key, strategy] of own) merged.set(key, [...merged.get(key) ?? [], strategy]);
  }
  return [...merged.values()].map((parts) => {
    const whole = parts.reduce((sum, part) => added(part, sum));
    if (whole.complete === undefined) return whole;
    const isComplete = parts.length === searches.length && parts.every(({ complete }) => complete);
    return { ...whole, complete: isComplete };
  });
}

function added(strategy: StrategyReport, before: StrategyReport): StrategyReport {
  return {
    ...strategy,
    schedules: strategy.schedules + before.schedules,
    ms: strategy.ms + before.ms,
  };
}

function claimOf(
  reports: readonly CheckReport[],
  strategies: readonly StrategyReport[],
): CheckReport["claim"] {
  if (reports.some(({ claim }) => claim === "stochastic")) return "stochastic";
  return strategies.some(({ complete }) => complete) ? "exhaustive to bound" : "required";
}

function mergeVerdicts(verdicts: readonly Verdict[]): Verdict {
  const { guarantee } = verdicts[0]!;
  let schedules = 0;
  for (const one of verdicts) if (one.verdict !== "skipped") schedules += one.schedules;
  const broken = verdicts.filter((one) => one.verdict === "broken");
  const [first] = broken;
  if (first !== undefined) {
    const alone = broken.find(({ behind }) => behind === undefined);
    return { ...(alone ?? first), schedules };
  }
  return schedules > 0 ? { guarantee, verdict: "kept", schedules } : verdicts[0]!;
}

/** The smallest one of each guarantee. */
function mergeViolations(violations: readonly Violation[]): Violation[] {
  const sizeOf = ({ operations, schedule }: Violation) =>
    operations.length * 10_000 + schedule.length;
  const smallest = new Map<string, Violation>();
  for (const violation of violations) {
    const before = smallest.get(violation.guarantee);
    if (before !== undefined && sizeOf(before) <= sizeOf(violation)) continue;
    smallest.set(violation.guarantee, violation);
  }
  return [...smallest.values()];
}

/** Warnings that are not about situations: what came up in one search may not have in another. */
function otherWarningsOf(reports: readonly CheckReport[], names: readonly string[]): string[] {
  const never = new Set(warningsOf(Object.fromEntries(names.map((name) => [name, 0]))));
  const all = new Set(reports.flatMap(({ warnings }) => warnings));
  return [...all].filter((warning) => !never.has(warning));
}

function sumOf(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const one of counts) {
    for (const [name, count] of Object.entries(one)) sum[name] = (sum[name] ?? 0) + count;
  }
  return sum;
}
