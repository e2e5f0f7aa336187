import assert from "node:assert/strict";
import { test } from "node:test";
import { exampleTable } from "./_example.ts";
import {
  type Found,
  judgeOf,
  type Kills,
  type KillTable,
  sumUp,
  tooLate,
  withOldTimes,
} from "./kills.ts";

const hunts = (count: number): Found[] =>
  Array.from({ length: count }, (_, at) => ({
    seed: at + 1,
    killedBy: at % 3 === 1 ? "FIFO" : "SINGLE_TURN",
    schedules: count - at,
    ms: at + 0.5,
  }));

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
  assert.deepEqual([none.found, none.schedules, none.killedBy, none.first], [0, null, [], null]);
});

test("a single hunt is its own middle", () => {
  const { schedules, schedules95 } = sumUp("exhaustive", {
    found: [{ seed: 1, killedBy: "FIFO", schedules: 7, ms: 1 }],
    of: 1,
  });
  assert.deepEqual([schedules, schedules95], [7, 7]);
});

test("what told of the hunts is kept, and what the one with seed 1 took", () => {
  const all = sumUp("uniform", { found: hunts(40), of: 40 });
  assert.deepEqual(all.killedBy, ["SINGLE_TURN", "FIFO"]);
  assert.deepEqual(all.first, { schedules: 40, ms: 1 });
  const later = sumUp("uniform", { found: hunts(40).slice(1, 2), of: 40 });
  assert.deepEqual([later.killedBy, later.first], [["FIFO"], null]);
});

test("a time of more than a second is never hidden by an older one, nor kept", () => {
  const fast = exampleTable();
  const slow = timed(exampleTable(), { ms: 1_234, ms95: 5_678 });
  assert.deepEqual(withOldTimes(slow, fast), slow);
  assert.deepEqual(withOldTimes(fast, slow), fast);
  const spread = timed(exampleTable(), { ms: 12, ms95: 1_001 });
  assert.deepEqual(withOldTimes(spread, fast), spread);
});

test("the times of another runtime are not kept", () => {
  const again = { ...timed(exampleTable(), { ms: 7, ms95: 8 }), timedOn: "node 28.0.0" };
  assert.deepEqual(withOldTimes(again, exampleTable()), again);
});

test("a bug is found in time by the first hunt of the lists, or else by that of the portfolio", () => {
  const judges = (first: Partial<Record<string, Kills["first"]>>) => {
    const { rows: [row], ...rest } = exampleTable();
    const strategies = row!.strategies.map((kills) => ({
      ...kills,
      first: first[kills.strategy] ?? null,
    }));
    const changed = { ...row!, strategies };
    return [judgeOf(changed), ...tooLate({ ...rest, rows: [changed] })];
  };
  const inTime = { schedules: 1_000, ms: 1_000 };
  const long = { schedules: 1_001, ms: 1 };
  const slow = { schedules: 1, ms: 1_001 };
  assert.deepEqual(judges({ exhaustive: inTime, portfolio: inTime }), ["exhaustive"]);
  assert.deepEqual(judges({ exhaustive: long, portfolio: inTime }), ["portfolio"]);
  assert.deepEqual(judges({ exhaustive: slow, portfolio: inTime }), ["portfolio"]);
  const late = [undefined, "two-agents"];
  assert.deepEqual(judges({ exhaustive: long, portfolio: slow, "fc.scheduler": inTime }), late);
  assert.deepEqual(judges({}), late);
  assert.deepEqual(tooLate(exampleTable()), [], "a chain is not hunted");
});

test("a table that was made again keeps the times of rows in which nothing else has changed", () => {
  const old = timed(exampleTable(), { ms: 12, ms95: 34 });
  const again = timed(exampleTable(), { ms: 56, ms95: 1_000 });
  assert.notDeepEqual(again, old);
  assert.deepEqual(withOldTimes(again, old), old);
  const [first, ...others] = again.rows;
  const changed = { ...again, rows: [{ ...first!, story: 9 }, ...others] };
  const { rows } = withOldTimes(changed, old);
  assert.deepEqual(rows[0], changed.rows[0], "what has changed has the new times");
  assert.deepEqual(rows.slice(1), old.rows.slice(1));
  assert.deepEqual(withOldTimes(again, undefined), again);
});

function timed(table: KillTable, times: Pick<Kills, "ms" | "ms95">): KillTable {
  const rows = table.rows.map((row) => ({
    ...row,
    strategies: row.strategies.map((kills) => ({ ...kills, ...times })),
  }));
  return { ...table, rows };
}
