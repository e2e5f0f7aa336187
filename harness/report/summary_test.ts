import assert from "node:assert/strict";
import { test } from "node:test";
import { CLEAN_REPORT, HOSTILE, LATE_RELEASE, REPORT } from "./_test_support.ts";
import { summaryOf } from "./summary.ts";
import { columnsOf } from "./wrap.ts";

test("summaryOf() has the verdicts, what they are worth, what came up, and how fast it went", () => {
  const report = { ...REPORT, violations: [LATE_RELEASE] };
  const summary = `busy flag with a late release (harness/examples/late_release.ts), level 1: it
shows its guards and what waits

4 of 7 guarantees that were judged are broken.

  broken    4  SINGLE_TURN: run 3 (m3) began while run 2 (m2) was running: the
               guard had been let go under run 2
               EXACTLY_ONE_OUTCOME
               STOP_TERMINATES
               NO_CROSS_SESSION_HOL
  kept      3  GUARD_WHILE_RUNNING, NO_ORPHAN_GUARD, FIFO
  skipped   4  the host reports no locks: LOCK_NARROW, LOCK_STABLE
               the host has no resume(): NO_RESURRECTION
               the adapter does not promise it: DEDUPE_SOUND

Claim: required. Everything was under control in all of 128,400 schedules, so
each of them counts and can be run again. Not every possible schedule was run:
one of the others may still break something.

Situations: 3 of 4 came up, in so many schedules
  81,201  a follow-up while a turn runs
   4,120  a message during the release
  20,114  a turn that fails
   never  a stop while a message waits

128,400 schedules and 1,402,117 steps in 4.3 s: 29,791 schedules a second, with
seed 42
  exhaustive  28,400 in 910 ms, all there are: all lists of up to 4 operations
              on one session, 3 deviations
  random      90,000 in 3 s, 30 operations, 3 sessions
  pct         10,000 in 400 ms, not all there are: d = 2, 3, 5

What makes this run worth less
  - A stop while a message waits: it never came up.`;
  assert.equal(summaryOf(report), summary);
});

test("summaryOf() says of a clean report what its claim means and what not", () => {
  const wide = { width: 400 };
  const claims = {
    "stochastic":
      /Claim: stochastic\. Something about the host escapes control, so .* nothing was seen/,
    "required": /Claim: required\. .* Not every possible schedule was run/,
    "exhaustive to bound":
      /Claim: exhaustive to bound\. Every order .* was tried: all lists of up to 4 operations on one session, 3 deviations\. What is larger .* only sampled/,
  } as const;
  for (const claim of ["stochastic", "required", "exhaustive to bound"] as const) {
    const summary = summaryOf({ ...CLEAN_REPORT, claim }, wide);
    assert.match(summary, claims[claim]);
    assert.match(summary, /^All 7 guarantees that were judged are kept\.$/m);
  }
  assert.match(summaryOf(CLEAN_REPORT), /What escaped control\n {2}- a real timer/);
});

test("summaryOf() counts a violation as broken whatever the verdicts say", () => {
  const summary = summaryOf({ ...CLEAN_REPORT, violations: [LATE_RELEASE] });
  assert.match(summary, /^1 of 7 guarantees that were judged is broken\.$/m);
  assert.match(summary, /^ {2}broken {4}1 {2}SINGLE_TURN: run 3/m);
  assert.match(summary, /^ {2}kept {6}6 {2}GUARD_WHILE_RUNNING/m);
});

test("summaryOf() keeps to its columns and lets no name write to the terminal", () => {
  const report = {
    ...REPORT,
    adapter: HOSTILE,
    situations: { [HOSTILE]: 3 },
    warnings: [HOSTILE.repeat(4)],
  };
  for (const width of [40, 80]) {
    for (const line of summaryOf(report, { width }).split("\n")) {
      assert.doesNotMatch(line, /\p{Cc}/u);
      assert.ok(columnsOf(line) <= width, line);
    }
  }
});

test("summaryOf() says behind what a guarantee was broken that has no story of its own", () => {
  const behind = {
    guarantee: "FIFO",
    verdict: "broken",
    schedules: 3,
    behind: "SINGLE_TURN",
  } as const;
  const text = summaryOf({ ...REPORT, verdicts: [behind], violations: [] });
  assert.match(text, /FIFO: only in schedules that break SINGLE_TURN first/);
});

test("summaryOf() colours only what it is asked to", () => {
  const colored = summaryOf(REPORT, { color: true });
  assert.ok(
    colored.includes("\u001b[1;31m4 of 7 guarantees that were judged are broken.\u001b[0m"),
  );
  assert.ok(summaryOf(CLEAN_REPORT, { color: true }).includes("\u001b[32mAll 7"));
  // deno-lint-ignore no-control-regex -- the colours are to be taken away.
  assert.equal(colored.replace(/\u001b\[[\d;]*m/g, ""), summaryOf(REPORT));
});

test("summaryOf() of nothing says that nothing was judged", () => {
  const empty = {
    ...REPORT,
    verdicts: [],
    violations: [],
    situations: {},
    strategies: [],
    warnings: [],
  };
  assert.match(summaryOf(empty), /^Nothing was judged\.$/m);
});
