import assert from "node:assert/strict";
import { test } from "node:test";
import type { CheckReport, StrategyReport, Verdict, Violation } from "../report/check_report.ts";
import { mergeReports, mergeStrategies } from "./merge_reports.ts";

const REPORT: CheckReport = {
  adapter: "tiny",
  file: "tiny.ts",
  level: 2,
  claim: "required",
  seed: 1,
  schedules: 10,
  steps: 30,
  ms: 5,
  strategies: [],
  situations: {},
  verdicts: [],
  violations: [],
  escapes: [],
  warnings: [],
};

function strategy(name: string, complete: boolean | undefined, schedules = 1): StrategyReport {
  return { name, schedules, ms: 2, complete, bounds: "some" };
}

function violation(
  guarantee: "FIFO" | "SINGLE_TURN",
  operations: number,
  steps: number,
): Violation {
  const schedule = Array.from({ length: steps }, (_, at) => ({
    step: at + 1,
    label: "send a",
    actor: "caller",
    session: "a",
    isDeviation: false,
  }));
  return {
    guarantee,
    promise: "",
    story: "",
    operations: Array.from({ length: operations }, () => "send a"),
    tape: [],
    replay: "",
    schedule,
    ledger: [],
    root: 0,
    also: [],
    strategy: "",
    seed: 0,
    foundAfter: 0,
    unshrunk: { operations: 0, steps: 0 },
    shrinkMs: 0,
  };
}

test("merged reports have the sums, the longest time, and what any of them found", () => {
  const merged = mergeReports([
    { ...REPORT, situations: { one: 1, two: 0, three: 0 }, escapes: ["x"], ms: 9 },
    { ...REPORT, situations: { one: 2, two: 3, three: 0 }, escapes: ["x", "y"], schedules: 5 },
  ]);
  assert.equal(merged.schedules, 15);
  assert.equal(merged.steps, 60);
  assert.equal(merged.ms, 9);
  assert.deepEqual(merged.situations, { one: 3, two: 3, three: 0 });
  assert.deepEqual(merged.escapes, ["x", "y"]);
  assert.throws(() => mergeReports([]), RangeError);
});

test("what came up in any of them is no warning, and other warnings are kept once", () => {
  const never = (name: string) => `This never came up: ${name}`;
  const merged = mergeReports([
    { ...REPORT, situations: { one: 1, two: 0 }, warnings: [never("two"), "no heap"] },
    {
      ...REPORT,
      situations: { one: 0, two: 0 },
      warnings: [never("one"), never("two"), "no heap"],
    },
  ]);
  assert.deepEqual(merged.warnings, [never("two"), "no heap"]);
});

test("a guarantee is broken if any broke it, kept if any kept it, and skipped if none could judge", () => {
  const kept = { guarantee: "FIFO", verdict: "kept", schedules: 3 } as const;
  const broken = { guarantee: "FIFO", verdict: "broken", schedules: 4 } as const;
  const skipped = { guarantee: "FIFO", verdict: "skipped", reason: "why" } as const;
  const merge = (...verdicts: Verdict[]) =>
    mergeReports(verdicts.map((verdict) => ({ ...REPORT, verdicts: [verdict] }))).verdicts;
  assert.deepEqual(merge(kept, broken, skipped), [{ ...broken, schedules: 7 }]);
  assert.deepEqual(merge(skipped, kept, kept), [{ ...kept, schedules: 6 }]);
  assert.deepEqual(merge(skipped, skipped), [skipped]);
  const behind = { ...broken, behind: "SINGLE_TURN" } as const;
  assert.deepEqual(merge(kept, behind), [{ ...behind, schedules: 7 }]);
  assert.deepEqual(merge(behind, broken), [{ ...broken, schedules: 8 }]);
});

test("of the violations of one guarantee the smallest is kept", () => {
  const [small, longer, larger] = [
    violation("FIFO", 2, 4),
    violation("FIFO", 2, 5),
    violation("FIFO", 3, 3),
  ];
  const other = violation("SINGLE_TURN", 9, 9);
  const reports = [[larger], [longer, other], [small], [longer]]
    .map((violations) => ({ ...REPORT, violations }));
  assert.deepEqual(mergeReports(reports).violations, [small, other]);
});

test("a strategy that was gone on with is one, and complete if its last part was", () => {
  const parts = [
    strategy("exhaustive", false),
    strategy("random", undefined),
    strategy("exhaustive", true),
  ];
  assert.deepEqual(mergeStrategies([parts]), [
    { ...strategy("exhaustive", true, 2), ms: 4 },
    strategy("random", undefined),
  ]);
});

test("work that was shared is complete if every part of it is, and so is the claim", () => {
  const merge = (...parts: (boolean | undefined)[]) =>
    mergeReports(parts.map((complete) => ({
      ...REPORT,
      strategies: complete === undefined ? [] : [strategy("exhaustive", complete)],
    })));
  assert.equal(merge(true, true).strategies[0]?.complete, true);
  assert.equal(merge(true, true).claim, "exhaustive to bound");
  assert.equal(merge(true, false).strategies[0]?.complete, false);
  assert.equal(merge(true, false).claim, "required");
  assert.equal(merge(true, undefined).strategies[0]?.complete, false);
  const stochastic = { ...REPORT, claim: "stochastic" } as const;
  const strategies = [strategy("exhaustive", true)];
  assert.equal(mergeReports([{ ...stochastic, strategies }, REPORT]).claim, "stochastic");
});
