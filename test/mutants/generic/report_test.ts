import assert from "node:assert/strict";
import { test } from "node:test";
import type { Result } from "./judge.ts";
import { markdownOf, reportOf, saysMore } from "./report.ts";

/** The result of a mutant on a line of its own. */
function resultOf(
  line: string,
  result: Partial<Result>,
  mutation = "operator < -> <=",
): Result {
  const name = { module: "lock-scope", file: "a.ts", in: "", line, mutation, nth: 1 };
  return { mutant: { ...name, start: 0, end: 1, text: "" }, stage: undefined, by: "", ...result };
}

const NOTHING = { sources: {}, kinds: new Map(), stale: [] };

test("what there was no time for is counted as left, and not as survived", () => {
  const whole = [resultOf("1", { stage: "models" }, "remove x;")];
  const rest = [
    resultOf("2", { stage: "examples" }),
    resultOf("3", { left: "slow" }),
    resultOf("4", { left: "all" }),
  ];
  const report = reportOf("lock-scope", [...whole, ...rest], NOTHING);
  assert.deepEqual(report.unexplained, []);
  assert.deepEqual(report.all.left, { unjudged: 1, fastOnly: 1 });
  assert.equal(report.removals.left, undefined);
  const page = markdownOf({ modules: [report] });
  assert.match(
    page.replaceAll(/ +/g, " "),
    /\| lock-scope \| 4 \| 1 \| 0 \| 1 \| 0 \| 0 \| 0 \| 0 \| 0 \| 0 \| 1 \| 1 \|/,
  );
  assert.match(page, /some was _not judged_/);
});

test("a report in which more was left takes the place of none of the same source", () => {
  const report = (result: Partial<Result>, sources = {}) =>
    reportOf("lock-scope", [resultOf("1", result)], { ...NOTHING, sources });
  assert.ok(saysMore(report({}), report({ left: "all" })));
  assert.ok(!saysMore(report({ left: "all" }), report({ left: "slow" })), "as much was left");
  assert.ok(!saysMore(report({}), report({ left: "all" }, { "a.ts": "changed" })));
});

test("where nothing was left the page does not speak of it", () => {
  const report = reportOf("lock-scope", [resultOf("1", {})], NOTHING);
  assert.equal(report.unexplained.length, 1);
  assert.doesNotMatch(markdownOf({ modules: [report] }), /not judged/);
});
