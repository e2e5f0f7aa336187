import { behindWords } from "./claim.ts";
import type { CheckReport, Violation } from "./check_report.ts";
import { all, el, type Markup, raw } from "./markup.ts";
import { storyOf } from "./story.ts";

/** The columns of the stories: what reads this is no terminal. */
const WIDTH = 100;

/**
 * A report as JUnit XML, for a CI that shows test results: one suite with the name of the adapter, in
 * which each guarantee is a case. A broken one is a failure with its whole story, a skipped one says why.
 *
 * Well-formed whatever a host calls its messages: what XML can not hold is written out as `\u{1b}`.
 */
export function junitOf(report: CheckReport): string {
  const { adapter, ms } = report;
  const cases = casesOf(report);
  const count = (kind: Case["kind"]) => cases.filter((one) => one.kind === kind).length;
  const counts = {
    tests: cases.length,
    failures: count("broken"),
    errors: 0,
    skipped: count("skipped"),
    time: ms / 1000,
  };
  const suites = el(
    "testsuites",
    counts,
    raw("\n"),
    el(
      "testsuite",
      { name: adapter, ...counts },
      raw("\n"),
      propertiesOf(report),
      cases.map(({ name, content }) =>
        all(el("testcase", { classname: adapter, name, time: 0 }, content), raw("\n"))
      ),
      remarksOf(report),
    ),
    raw("\n"),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${suites}\n`;
}

interface Case {
  readonly name: string;
  readonly kind: "kept" | "broken" | "skipped";
  readonly content: Markup | undefined;
}

function casesOf({ verdicts, violations }: CheckReport): Case[] {
  const judged = verdicts.map((verdict): Case => {
    const name = verdict.guarantee;
    const own = violations.filter(({ guarantee }) => guarantee === name);
    if (verdict.verdict === "broken" && verdict.behind !== undefined) {
      return failed(name, own, behindWords(verdict.behind));
    }
    if (verdict.verdict === "broken" || own.length > 0) return failed(name, own);
    if (verdict.verdict === "kept") return { name, kind: "kept", content: undefined };
    return { name, kind: "skipped", content: el("skipped", { message: verdict.reason }) };
  });
  // Nothing that was found gets lost, even if no verdict names it.
  const known = new Set<string>(verdicts.map(({ guarantee }) => guarantee));
  const others = new Set(
    violations.map(({ guarantee }) => guarantee).filter((one) => !known.has(one)),
  );
  return [
    ...judged,
    ...[...others].map((name) => failed(name, violations.filter((one) => one.guarantee === name))),
  ];
}

function failed(name: string, violations: readonly Violation[], why?: string): Case {
  const message = violations.length === 0
    ? `${name} is broken${why === undefined ? "" : `, ${why}`}`
    : violations.map(({ story }) => story).join("; ");
  const text = violations.map((violation) => storyOf(violation, { width: WIDTH })).join("\n\n");
  const content = el("failure", { type: name, message }, linesOf(text));
  return { name, kind: "broken", content };
}

/** A text whose line breaks stay line breaks. */
function linesOf(text: string): Markup {
  return all(text.split("\n").map((line, at) => all(at === 0 ? undefined : raw("\n"), line)));
}

function propertiesOf({ file, level, claim, seed, schedules, steps }: CheckReport): Markup {
  const properties = Object.entries({ file, level, claim, seed, schedules, steps });
  return all(
    el("properties", {}, properties.map(([name, value]) => el("property", { name, value }))),
    raw("\n"),
  );
}

/** What makes the report worth less, where a CI shows what a test has printed. */
function remarksOf({ warnings, escapes }: CheckReport): Markup | undefined {
  const lines = [
    ...warnings.map((text) => `Warning: ${text}`),
    ...escapes.map((text) => `Escaped control: ${text}`),
  ];
  if (lines.length === 0) return undefined;
  const texts = lines.map((line) => all(line, raw("\n")));
  return all(el("system-out", {}, texts), raw("\n"));
}
