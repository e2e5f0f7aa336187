import assert from "node:assert/strict";
import { test } from "node:test";
import type { LedgerRecord } from "../ledger_record.ts";
import { acts, CALLER, guard, runOf, type Taken } from "./_testing/tale.ts";
import {
  LATE_RELEASE,
  LOST_FOLLOW_UP,
  SLOW_STOP,
  TWO_AGENTS,
  TWO_SESSIONS,
  violationOf,
} from "./_test_support.ts";
import { type Chronicle, chronicleOf } from "./chronicle.ts";

function wordsAt(chronicle: Chronicle, at: number | undefined): string | undefined {
  return at === undefined ? undefined : chronicle.lines[at]?.words;
}

function holds(chronicle: Chronicle): string[] {
  return chronicle.holds.map(({ owner, isDead, from, to }) =>
    `${isDead ? "dead " : ""}${owner?.sign ?? "nobody"} ${from}-${to}`
  );
}

test("each record is on one line, in the row of its step, with what it is about in its lane", () => {
  for (const violation of [LATE_RELEASE, TWO_AGENTS, SLOW_STOP, TWO_SESSIONS]) {
    const { lines, rows, lanes } = chronicleOf(violation);
    assert.deepEqual(lines.flatMap(({ records }) => records), violation.ledger.map((_, at) => at));
    for (const { records, row, lane } of lines) {
      assert.ok(lanes[lane] !== undefined);
      for (const at of records) assert.equal(violation.ledger[at]!.step, rows[row]!.step);
    }
    assert.deepEqual(rows.map(({ step }) => step), violation.schedule.map(({ step }) => step));
  }
});

test("a run lasts from its call to where it settles, or to the end", () => {
  const chronicle = chronicleOf(LATE_RELEASE);
  const spans = chronicle.spans.map(({ run, from, to }) => [
    run,
    wordsAt(chronicle, from)?.slice(0, 30),
    wordsAt(chronicle, to)?.slice(0, 11),
  ]);
  assert.deepEqual(spans, [
    [1, "The host calls the agent for m", "Run 1 ends:"],
    [2, "The host calls the agent for m", "Run 2 ends:"],
    [3, "The host calls the agent for m", "Run 3 ends:"],
  ]);
  const endless = violationOf({ steps: [[CALLER_STEP, ROOT]], root: ROOT });
  assert.deepEqual(chronicleOf(endless).spans.map(({ to }) => to), [undefined]);
});

const CALLER_STEP = { label: "send a", ...CALLER };
const ROOT = acts(1, "call");

test("a crash ends all runs", () => {
  const crash: LedgerRecord = { kind: "process", act: "crash" };
  const chronicle = chronicleOf(
    violationOf({ steps: [[CALLER_STEP, ROOT], [CALLER_STEP, crash]], root: ROOT }),
  );
  assert.equal(wordsAt(chronicle, chronicle.spans[0]?.to), "The process of the host dies.");
});

test("two runs of one session overlap from the call of the second to the end of the first", () => {
  const chronicle = chronicleOf(LATE_RELEASE);
  assert.equal(chronicle.overlaps.length, 1);
  const [{ runs, from, to }] = chronicle.overlaps as [Chronicle["overlaps"][number]];
  assert.deepEqual(runs, [2, 3]);
  assert.match(wordsAt(chronicle, from)!, /run 3 begins beside it/);
  assert.match(wordsAt(chronicle, to)!, /^Run 2 ends/);
});

test("runs of two sessions, or one after the other, do not overlap", () => {
  for (const violation of [TWO_SESSIONS, LOST_FOLLOW_UP]) {
    assert.deepEqual(chronicleOf(violation).overlaps, []);
  }
});

test("the guard is drawn from what the host showed, and what it lacked is drawn as well", () => {
  const chronicle = chronicleOf(LATE_RELEASE);
  assert.deepEqual(chronicle.holds.map(({ owner }) => owner?.sign), [
    "A",
    "B",
    undefined,
    "C",
    undefined,
  ]);
  const bare = chronicle.holds.filter(({ owner }) => owner === undefined);
  assert.match(wordsAt(chronicle, bare[0]!.from)!, /let go while run 2/);
  assert.match(wordsAt(chronicle, bare[1]!.to)!, /^Run 3 ends/);
  assert.deepEqual(chronicle.unseenGuards, []);
});

test("a guard that comes after its run within one step is not missing", () => {
  const root = acts(1, "call");
  const chronicle = chronicleOf(violationOf({
    steps: [[CALLER_STEP, root, guard(1)], [
      { label: "run 1 ends", ...runOf(1) },
      acts(1, "end"),
      guard(undefined),
    ]],
    root,
  }));
  assert.deepEqual(holds(chronicle), ["A 2-4"]);
});

test("a guard that is first looked at after a rushed step is not missing before", () => {
  const root = acts(1, "call");
  const look = guard(1);
  const story = (hops: { hops?: number }) =>
    chronicleOf(violationOf({
      steps: [[CALLER_STEP, root], [{ ...CALLER_STEP, label: "send b", ...hops }, look], [
        { label: "run 1 ends", ...runOf(1) },
        acts(1, "end"),
        guard(undefined),
      ]],
      root,
    }));
  assert.deepEqual(holds(story({ hops: 2 })), ["A 3-5"]);
  assert.deepEqual(holds(story({})), ["nobody 1-3", "A 3-5"], "but at rest it is");
});

test("a guard whose owner is dead is told from one whose owner lives", () => {
  const root = guard(1, { live: false });
  const chronicle = chronicleOf(
    violationOf({ steps: [[CALLER_STEP, guard(1)], [CALLER_STEP, root]], root }),
  );
  assert.deepEqual(holds(chronicle), ["A 1-3", "dead A 3-4"]);
});

test("where the host shows no guard it is drawn from the runs, one after the other", () => {
  const chronicle = chronicleOf(TWO_AGENTS);
  assert.deepEqual(chronicle.unseenGuards, ["a"]);
  const [first, second] = chronicle.holds;
  assert.deepEqual([first?.owner?.name, second?.owner?.name], ["run 1", "run 2"]);
  assert.equal(first?.to, second?.from);
});

test("more runs than lanes share them, unless they overlap", () => {
  const steps: Taken[] = [];
  for (let run = 1; run <= 12; run++) {
    steps.push([CALLER_STEP, acts(run, "call")], [
      { label: "end", ...runOf(run) },
      acts(run, "end"),
    ]);
  }
  const beside = acts(13, "call");
  const root = acts(14, "call");
  const chronicle = chronicleOf(
    violationOf({ steps: [...steps, [CALLER_STEP, beside, root]], root }),
  );
  assert.deepEqual(chronicle.lanes.map(({ title }) => title), [
    "caller",
    "host: guard",
    "runs",
    "runs beside them",
  ]);
  assert.deepEqual(chronicle.spans.map(({ lane }) => lane), [...Array(13).fill(2), 3]);
});

test("a step that writes nothing has a line of its own, and records before the first step a row", () => {
  const root = guard(undefined, { waiting: ["m1"] });
  const violation = violationOf({
    steps: [[{ label: "tick\u0007", actor: "clock", session: "" }], [CALLER_STEP, root]],
    root,
  });
  const early = { step: 0, ms: 0, record: guard(undefined) };
  const { lines, rows } = chronicleOf({
    ...violation,
    ledger: [early, ...violation.ledger],
    root: 1,
  });
  assert.deepEqual(lines.map(({ words }) => words), [
    "Nobody has the guard.",
    "Clock: tick\\u{7}.",
    "Caller: send a.",
    "Nobody has the guard. m1 waits.",
  ]);
  assert.deepEqual(rows.map(({ step, tag }) => `${step} ${tag}`), [
    "0 before the first step",
    "1 ",
    "2 ",
  ]);
  assert.deepEqual(lines.map(({ tone }) => tone), ["plain", "plain", "plain", "root"]);
});
