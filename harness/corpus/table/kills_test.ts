import assert from "node:assert/strict";
import { test } from "node:test";
import { exampleTable } from "./_example.ts";
import { type Found, type KillTable, sumUp, withOldTimes } from "./kills.ts";

const hunts = (count: number): Found[] =>
  Array.from({ length: count }, (_, at) => ({ schedules: count - at, ms: at + 0.5 }));

test("the middle of 40 hunts is the 20th, and 95 of 100 are the first 38", () => {
  const { found, of, schedules, schedules95, ms, ms95 } = sumUp("uniform", {
    found: hunts(40),
    of: 40,
  });
  assert.deepEqual({ found, of }, { found: 40, of: 40 });
  assert.deepEqual({ schedules, schedules95 }, { schedules: 20, schedules95: 38 });
  assert.deepEqual({ ms, ms95 }, { ms: 20, ms95: 38 });
});

test("hunts that found nothing count as longer than all others", () => {
  const most = sumUp("uniform", { found: hunts(30), of: 40 });
  assert.deepEqual([most.schedules, most.schedules95], [20, null]);
  const few = sumUp("uniform", { found: hunts(17), of: 40 });
  assert.deepEqual([few.found, few.schedules, few.schedules95, few.ms], [17, null, null, null]);
  const none = sumUp("uniform", { found: [], of: 40 });
  assert.deepEqual([none.found, none.schedules, none.killedBy], [0, null, null]);
});

test("a single hunt is its own middle", () => {
  const { schedules, schedules95 } = sumUp("exhaustive", {
    found: [{ schedules: 7, ms: 1 }],
    of: 1,
  });
  assert.deepEqual([schedules, schedules95], [7, 7]);
});

test("a table that was made again keeps the times of rows in which nothing else has changed", () => {
  const old = exampleTable();
  const again = slower(exampleTable());
  assert.notDeepEqual(again, old);
  assert.deepEqual(withOldTimes(again, old), old);
  const [first, ...others] = again.rows;
  const changed = { ...again, rows: [{ ...first!, story: 9 }, ...others] };
  const { rows } = withOldTimes(changed, old);
  assert.deepEqual(rows[0], changed.rows[0], "what has changed has the new times");
  assert.deepEqual(rows.slice(1), old.rows.slice(1));
  assert.deepEqual(withOldTimes(again, undefined), again);
});

function slower(table: KillTable): KillTable {
  const rows = table.rows.map((row) => ({
    ...row,
    strategies: row.strategies.map((kills) => ({ ...kills, ms: 1_234, ms95: 5_678 })),
  }));
  return { ...table, rows };
}
