import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CLEAN_REPORT,
  HOSTILE,
  HOSTILE_NAMES,
  LATE_RELEASE,
  REPORT,
  TWO_AGENTS,
} from "./_test_support.ts";
import { type Element, named, parseXml, textOf } from "./_testing/xml.ts";
import type { CheckReport } from "./check_report.ts";
import { visible } from "./format.ts";
import { junitOf } from "./junit.ts";
import { storyOf } from "./story.ts";

function suiteOf(report: CheckReport): Element {
  const suites = parseXml(junitOf(report));
  assert.equal(suites.name, "testsuites");
  const found = named(suites, "testsuite");
  assert.equal(found.length, 1);
  return found[0]!;
}

function caseOf(suite: Element, name: string): Element {
  return named(suite, "testcase").find(({ attributes }) => attributes["name"] === name)!;
}

test("one suite is named after the adapter and counts its cases", () => {
  const { attributes } = suiteOf(REPORT);
  assert.deepEqual(attributes, {
    name: "busy flag with a late release",
    tests: "11",
    failures: "4",
    errors: "0",
    skipped: "4",
    time: "4.31",
  });
});

test("each guarantee is a case: a kept one is empty, a skipped one has its reason", () => {
  const suite = suiteOf(REPORT);
  assert.deepEqual(
    named(suite, "testcase").map(({ attributes }) => attributes["name"]),
    REPORT.verdicts.map(({ guarantee }) => guarantee),
  );
  assert.deepEqual(caseOf(suite, "FIFO").children, []);
  assert.equal(caseOf(suite, "FIFO").attributes["classname"], REPORT.adapter);
  const [skipped] = named(caseOf(suite, "LOCK_NARROW"), "skipped");
  assert.equal(skipped!.attributes["message"], "the host reports no locks");
});

test("a broken one is a failure with the whole story of each violation, line by line", () => {
  const [failure] = named(caseOf(suiteOf(REPORT), "SINGLE_TURN"), "failure");
  assert.deepEqual(failure!.attributes, {
    type: "SINGLE_TURN",
    message: `${LATE_RELEASE.story}; ${TWO_AGENTS.story}`,
  });
  const stories = [LATE_RELEASE, TWO_AGENTS].map((one) => storyOf(one, { width: 100 }));
  assert.equal(textOf(failure!), stories.join("\n\n"));
});

test("a violation is a failure whatever the verdicts say", () => {
  const suite = suiteOf({ ...CLEAN_REPORT, violations: [LATE_RELEASE] });
  assert.equal(suite.attributes["failures"], "1");
  const without = suiteOf({ ...CLEAN_REPORT, verdicts: [], violations: [LATE_RELEASE] });
  assert.equal(without.attributes["tests"], "1");
  assert.equal(named(caseOf(without, "SINGLE_TURN"), "failure").length, 1);
});

test("warnings and escapes are what the suite has printed", () => {
  const [output] = named(suiteOf(CLEAN_REPORT), "system-out");
  assert.equal(textOf(output!), `Escaped control: ${CLEAN_REPORT.escapes[0]}\n`);
  const quiet = suiteOf({ ...CLEAN_REPORT, escapes: [] });
  assert.deepEqual(named(quiet, "system-out"), []);
});

test("a guarantee that was only broken behind another one fails and says so", () => {
  const verdicts = [
    { guarantee: "FIFO", verdict: "broken", schedules: 3, behind: "SINGLE_TURN" },
  ] as const;
  const suite = suiteOf({ ...REPORT, verdicts, violations: [] });
  const [failure] = named(caseOf(suite, "FIFO"), "failure");
  assert.equal(
    failure?.attributes["message"],
    "FIFO is broken, only in schedules that break SINGLE_TURN first",
  );
});

test("the XML is well-formed whatever names are in it", () => {
  const suite = suiteOf({
    ...REPORT,
    adapter: HOSTILE,
    file: HOSTILE,
    verdicts: [
      { guarantee: "SINGLE_TURN", verdict: "broken", schedules: 1 },
      { guarantee: "FIFO", verdict: "skipped", reason: HOSTILE },
    ],
    violations: [HOSTILE_NAMES],
    warnings: [`]]>${HOSTILE}`],
  });
  assert.equal(suite.attributes["name"], visible(HOSTILE));
  assert.ok(textOf(caseOf(suite, "SINGLE_TURN")).includes(visible(HOSTILE)));
});
