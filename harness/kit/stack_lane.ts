import { Ledger } from "../ledger.ts";
import { ORACLES } from "../oracles/oracles.ts";
import type { CheckReport, StrategyReport, Verdict, Violation } from "../report/check_report.ts";
import { measureStack, type StackOptions } from "../stack/bounded_stack.ts";
import type { HostAdapter } from "./adapter.ts";
import { chainOf } from "./host_chain.ts";
import { quoted } from "./violation.ts";

/** What is not judged by schedules. */
export const STACK = "BOUNDED_STACK";
const NAME = "bounded stack";

/** Options of {@linkcode checkStack}. */
export interface CheckStackOptions {
  /** The file of the adapter, for the command that shows it again. */
  readonly file: string;
  /** How long the chains are, and how often to look. */
  readonly stack?: StackOptions;
  /** Whether the time is up. */
  isOver(): boolean;
  now(): number;
}

/** What became of `BOUNDED_STACK`. */
export interface StackFinding {
  readonly verdict: Verdict;
  readonly violation: Violation | undefined;
  readonly strategy: StrategyReport;
  readonly warnings: readonly string[];
}

/** Measures a host over chains of follow-ups, and judges it on `BOUNDED_STACK`. */
export async function checkStack(
  adapter: HostAdapter,
  options: CheckStackOptions,
): Promise<StackFinding> {
  const { file, isOver, now } = options;
  const beganMs = now();
  const ledger = new Ledger();
  let reason = "";
  const warnings: string[] = [];
  try {
    const report = await measureStack(chainOf(adapter, { isOver }), options.stack);
    for (const record of report.records) ledger.write(record);
    for (const { lane, reason } of report.skipped) {
      warnings.push(`${STACK} was not measured by its ${lane}: ${reason}`);
    }
    if (report.records.length === 0) reason = "nothing could be measured here";
  } catch (error) {
    reason = error instanceof Error ? error.message : String(error);
  }
  const ms = now() - beganMs;
  const bounds = "one session, one turn after the other, thousands of times";
  const strategy = { name: NAME, schedules: 0, ms, complete: undefined, bounds };
  if (reason !== "") {
    const skipped = { guarantee: STACK, verdict: "skipped", reason } as const;
    return { verdict: skipped, violation: undefined, strategy, warnings };
  }
  const violation = violationOf(ledger, { adapter, file });
  const verdict = violation === undefined ? "kept" : "broken";
  return { verdict: { guarantee: STACK, verdict, schedules: 1 }, violation, strategy, warnings };
}

/** A report of schedules, with what was measured beside them: they do not show it themselves. */
export function withStack(report: CheckReport, stack: StackFinding | undefined): CheckReport {
  const { violation, strategy, warnings = [] } = stack ?? {};
  const verdicts = report.verdicts.map((verdict): Verdict => {
    if (verdict.guarantee !== STACK) return verdict;
    if (stack !== undefined) return stack.verdict;
    if (verdict.verdict === "skipped") return verdict;
    return { guarantee: STACK, verdict: "skipped", reason: "it was not measured" };
  });
  return {
    ...report,
    strategies: [...strategy === undefined ? [] : [strategy], ...report.strategies],
    verdicts,
    violations: [...report.violations, ...violation === undefined ? [] : [violation]],
    warnings: [...report.warnings, ...warnings],
  };
}

function violationOf(
  ledger: Ledger,
  { adapter, file }: { adapter: HostAdapter; file: string },
): Violation | undefined {
  const { promise, judge } = ORACLES[STACK];
  const breach = judge(ledger, adapter.policies ?? {});
  if (breach === undefined) return undefined;
  return {
    guarantee: STACK,
    promise,
    story: breach.story,
    // A chain is no list of operations: it is as long as it needs to be.
    operations: [],
    tape: [],
    replay: `npm run check:host -- ${quoted(file)} --guarantee ${STACK}`,
    schedule: [],
    ledger: ledger.records.map((record) => ({ step: 0, ms: 0, record })),
    root: breach.at,
    also: breach.also ?? [],
    strategy: NAME,
    seed: 0,
    foundAfter: 0,
    unshrunk: { operations: 0, steps: 0 },
    shrinkMs: 0,
  };
}
