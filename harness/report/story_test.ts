import assert from "node:assert/strict";
import { test } from "node:test";
import {
  HOSTILE_NAMES,
  LATE_RELEASE,
  LONG,
  LOST_FOLLOW_UP,
  SLOW_STOP,
  TWO_AGENTS,
  TWO_SESSIONS,
  violationOf,
} from "./_test_support.ts";
import type { Violation } from "./check_report.ts";
import { storyOf } from "./story.ts";
import { columnsOf } from "./wrap.ts";

const ALL = [
  LATE_RELEASE,
  TWO_AGENTS,
  LOST_FOLLOW_UP,
  SLOW_STOP,
  TWO_SESSIONS,
  LONG,
  HOSTILE_NAMES,
];

const TWO_AGENTS_STORY = `SINGLE_TURN is broken
At most one turn runs on a session, counting a cancelled one that has not
stopped yet.

run 2 (m2) began while run 1 (m1) was running

What was asked of the host:
  1. send a
  2. send a

What happened, from top to bottom:

        caller
        │  host: guard
        │  │  run 1 (m1)
        │  │  │  run 2 (m2)
     1  ●  ·  ·  ·   The caller sends m1. [send a m1]
     2  ●  ·  ·  ·   The caller sends m2. [send a m2 · 0 hops after step 1]
        ·  1  ┳  ·     The host calls the agent for m1: run 1 begins.
        ·  ╫  ┃  ·     The host accepts m1.
──►     ·  ║  ▒  ┳     The host calls the agent for m2 while run 1 (m1) is still
        ·  ║  ▒  ▒     going: run 2 begins beside it.
        ·  ║  ▒  ▒     ◄── here it goes wrong
        ·  ╫  ▒  ▒     The host accepts m2.
     3  ·  2  ┻  ┃   Run 1 ends: the agent is done with m1. [run 1 ends]
        ·  ╫  ·  ┃     The outcome of m1 is completed.
     4  ·  ·  ·  ┻   Run 2 ends: the agent is done with m2. [run 2 ends]
        ·  •  ·  ·     The outcome of m2 is completed.
        ·  •  ·  ·     Nothing more can happen. The host holds nothing any more.

● who acts   ┃ a run of the agent   ▒ runs of one session at once
║ the guard, with a letter for its owner
This host does not show its guard: it is drawn from the runs, with their
numbers.

Found by exhaustive after 2 schedules, with seed 42. It could not be made
smaller than 2 operations and 4 steps.
To see it again:
npm run check:host -- replay harness/examples/busy_flag.ts --tape 1 --ops "send a; send a"`;

test("storyOf() tells a violation from its guarantee to its replay command", () => {
  assert.equal(storyOf(TWO_AGENTS), TWO_AGENTS_STORY);
});

test("storyOf() shows who has the guard, who lets it go, and the run that begins without it", () => {
  const lines = storyOf(LATE_RELEASE).split("\n");
  const from = lines.findIndex((line) => line.startsWith("     3"));
  assert.deepEqual(lines.slice(from, from + 15), [
    "     3  ·  ║  ┻  ·  ·  ·   Run 1 ends: the agent is done with m1. [run 1 ends]",
    "        ·  ╫  ·  ·  ·  ·     The outcome of m1 is completed.",
    "        ·  ║  ·  ┳  ·  ·     The host calls the agent for m2: run 2 begins.",
    "        ·  B  ·  ┃  ·  ·     The guard passes from owner A to owner B. Nothing",
    "        ·  ║  ·  ┃  ·  ·     waits any more.",
    "     4  ·  ║  ·  ┃  ·  ●   The reply to m1, from run 1, is delivered.",
    "        ·  ║  ·  ┃  ·  ·   [deliver m1]",
    "──►     ·  !  ·  ┃  ·  ·     The guard is let go while run 2 (m2) is still",
    "        ·  !  ·  ┃  ·  ·     going.",
    "        ·  !  ·  ┃  ·  ·     ◄── here it goes wrong",
    "     5  ●  !  ·  ┃  ·  ·   The caller sends m3. [send a m3]",
    "        ·  !  ·  ┃  ·  ·     The host accepts m3.",
    "··►     ·  !  ·  ▒  ┳  ·     The host calls the agent for m3 while run 2 (m2) is",
    "        ·  !  ·  ▒  ▒  ·     still going: run 3 begins beside it.",
    "        ·  C  ·  ▒  ▒  ·     Owner C has the guard.",
  ]);
});

test("storyOf() ends with the replay command alone on its line, however long", () => {
  for (const violation of ALL) {
    const lines = storyOf(violation, { width: 40 }).split("\n");
    assert.equal(lines.at(-1), violation.replay);
    assert.equal(lines.at(-2), "To see it again:");
  }
});

test("storyOf() points at one root", () => {
  for (const violation of ALL) {
    const story = storyOf(violation, { width: 80 });
    assert.equal(story.split("──► ").length, 2);
    assert.equal(story.split("◄── here it goes wrong").length, 2);
  }
});

test("storyOf() stays within its columns, apart from the replay command", () => {
  for (const violation of ALL) {
    for (const width of [60, 80, 120]) {
      const lines = storyOf(violation, { width }).split("\n").slice(0, -1);
      for (const line of lines) assert.ok(columnsOf(line) <= width, `${width}: ${line}`);
    }
  }
});

test("storyOf() leaves nothing out, also of thirty steps in nine lanes", () => {
  const story = storyOf(LONG);
  const numbers = story.split("\n").flatMap((line) =>
    /^(?:──►|··►| {3}) +(\d+) {2}/.exec(line)?.[1] ?? []
  );
  assert.deepEqual(numbers, Array.from({ length: 30 }, (_, at) => String(at + 1)));
  const words = story.replace(/[\s·║╫┃╋▒┳┻●•─►◄A-J]/g, "");
  for (let call = 1; call <= 10; call++) {
    assert.ok(words.includes(`Call${call}ofstoreisdone.`.replace(/[A-J]/g, "")));
  }
  for (const timer of [1, 3, 5, 7, 9]) assert.ok(words.includes(`Timer${timer}fires.`));
});

test("storyOf() draws the lanes closer where there is little room for the words", () => {
  const first = (width: number) =>
    storyOf(LONG, { width }).split("\n").find((line) => line.startsWith("     1"));
  assert.equal(first(80), "     1  ●  ·  ·  ·  ·  ·  ·  ·  ·   The caller sends m1. [send a m1]");
  assert.equal(first(60), "     1  ● · · · · · · · ·  The caller sends m1. [send a m1]");
});

test("storyOf() colours only what it is asked to", () => {
  assert.ok(!storyOf(LATE_RELEASE).includes("\u001b"));
  const colored = storyOf(LATE_RELEASE, { color: true });
  assert.ok(colored.includes("\u001b[1;31mSINGLE_TURN is broken\u001b[0m"));
  assert.ok(colored.includes("\u001b[1;31m──►\u001b[0m"));
  // deno-lint-ignore no-control-regex -- the colours are to be taken away.
  assert.equal(colored.replace(/\u001b\[[\d;]*m/g, ""), storyOf(LATE_RELEASE));
});

test("storyOf() lets no name write to the terminal", () => {
  const lines = storyOf(HOSTILE_NAMES).split("\n").slice(0, -1);
  for (const line of lines) assert.doesNotMatch(line, /\p{Cc}|\p{Bidi_Control}/u);
  assert.ok(lines.join("").includes("\\u{1b}[31m"));
});

test("storyOf() has a lane for each session's guard, run, clock and store", () => {
  const titles = (violation: Violation) =>
    storyOf(violation).split("\n").flatMap((line) =>
      /^ {8}(?:│ +)*([a-z].*)$/.exec(line)?.[1] ?? []
    );
  assert.deepEqual(titles(TWO_SESSIONS), [
    "caller",
    "host",
    "host: guard of a",
    "run 1 of a (m1)",
    "host: guard of b",
    "run 2 of b (m3)",
    "clock",
  ]);
  assert.deepEqual(titles(SLOW_STOP), ["caller", "host: guard", "run 1 (m1)", "store", "clock"]);
});

test("storyOf() tells a violation without steps, records or a root that is there", () => {
  const empty = { ...TWO_AGENTS, schedule: [], ledger: [], root: -1, operations: [] };
  assert.match(
    storyOf(empty),
    /Nothing was asked of the host\.\n[^]*──► {2}0 .*Before the first step\./,
  );
  const stray = { ...TWO_AGENTS, root: 99 };
  assert.match(storyOf(stray), /──► +· {2}• .*Nothing more can happen/);
});

test("storyOf() folds the measurements of a series into one line", () => {
  const measures = [1, 2, 3].map((n) => ({
    kind: "measure" as const,
    lane: "frames" as const,
    name: "agent",
    n,
    value: n * 4,
  }));
  const [first, ...rest] = measures;
  const step = { label: "measure", actor: "caller", session: "" };
  const story = storyOf(violationOf({ steps: [[step, first!, ...rest]], root: first! }));
  assert.match(
    story,
    /Measured, frames of agent: 4 at point 1, 8 at point 2 and 12 at\n.*point 3\./,
  );
});

test("storyOf() says how far it was shrunk", () => {
  const story = storyOf(LATE_RELEASE, { width: 200 });
  assert.ok(story.includes(
    "Found by random after 118 schedules, with seed 42. " +
      "Shrunk from 9 operations and 31 steps to 3 operations and 7 steps, in 14 ms.",
  ));
});
