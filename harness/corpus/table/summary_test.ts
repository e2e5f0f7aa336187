import assert from "node:assert/strict";
import { test } from "node:test";
import { exampleTable } from "./_example.ts";
import { summaryOf } from "./summary.ts";

test("a summary counts bugs, guarantees, and what is hunted or measured", () => {
  const { strategies, ...counts } = summaryOf(exampleTable());
  assert.deepEqual(counts, {
    bugs: 3,
    guarantees: 3,
    hunted: 2,
    measured: 1,
    seeds: 20,
    schedulesMax: 1_000,
    exceptions: [],
    judged: [{ strategy: "exhaustive", ids: ["two-agents", "rare-leak"] }],
  });
  assert.deepEqual(strategies.map(({ strategy }) => strategy), [
    "exhaustive",
    "portfolio",
    "fc.scheduler",
  ]);
});

test("a summary tells what each hunt of a strategy found, what some did, and what none did", () => {
  const counts = summaryOf(exampleTable()).strategies
    .map(({ hunted, always, sometimes, never }) => [hunted, always, sometimes, never]);
  assert.deepEqual(counts, [[2, 2, 0, 0], [2, 1, 1, 0], [2, 1, 0, 1]]);
  const names = summaryOf(exampleTable()).strategies.map(({ seldom, missed }) => [seldom, missed]);
  assert.deepEqual(names, [[[], []], [["rare-leak"], []], [[], ["rare-leak"]]]);
});

test("a summary names what was hunted for longer than the others, and what the lists took", () => {
  const { rows: [first, second, third], ...rest } = exampleTable();
  const rows = [first!, { ...second!, schedulesMax: 4_000 }, third!];
  const { schedulesMax, exceptions } = summaryOf({ ...rest, rows });
  assert.equal(schedulesMax, 1_000);
  assert.deepEqual(exceptions, [{ id: "rare-leak", schedulesMax: 4_000, exhaustive: 890 }]);
});

test("a summary tells which hunt found a bug in time", () => {
  const { rows: [first, second], ...rest } = exampleTable();
  const slow = { ...second!, strategies: second!.strategies.slice(1) };
  assert.deepEqual(summaryOf({ ...rest, rows: [first!, slow] }).judged, [
    { strategy: "exhaustive", ids: ["two-agents"] },
    { strategy: "portfolio", ids: ["rare-leak"] },
  ]);
  const never = { ...second!, strategies: second!.strategies.slice(2) };
  assert.deepEqual(summaryOf({ ...rest, rows: [never] }).judged, []);
});

test("what a strategy did not find each time is no record of it, but makes its middle larger", () => {
  const [exhaustive, portfolio, scheduler] = summaryOf(exampleTable()).strategies;
  assert.deepEqual(exhaustive?.hardest, { id: "rare-leak", schedules: 890 });
  assert.deepEqual(exhaustive?.slowest, { id: "rare-leak", ms: 410 });
  assert.deepEqual(portfolio?.hardest, { id: "two-agents", schedules: 19 });
  assert.deepEqual(portfolio?.slowest, { id: "two-agents", ms: 36 });
  assert.equal(portfolio?.typical, 10);
  assert.equal(scheduler?.typical, 10, "of two bugs the easier one is the middle");
  const { rows, ...rest } = exampleTable();
  const rare = summaryOf({ ...rest, rows: [rows[1]!] }).strategies[2];
  assert.deepEqual([rare?.typical, rare?.hardest, rare?.slowest], [null, undefined, undefined]);
});

test("an empty table has a summary, too", () => {
  assert.deepEqual(summaryOf({ ...exampleTable(), rows: [] }).strategies, []);
});
