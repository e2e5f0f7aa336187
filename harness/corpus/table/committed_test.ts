import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { CORPUS } from "../corpus.ts";
import { type KillTable, tooLate } from "./kills.ts";
import { madeIn, plain, summaryMarkdown, tableMarkdown } from "./markdown.ts";
import { drawKillTable } from "./picture.ts";
import { summaryOf } from "./summary.ts";

const read = (file: string) => readFileSync(new URL(`../../../${file}`, import.meta.url), "utf8");
const table: KillTable = JSON.parse(read("harness/corpus/kill-table.json"));
const AGAIN = "make it anew with `npm run corpus`";

test("the kill table has each row of the corpus", () => {
  const told = (row: { id: string; bug: string; seenIn: string }) =>
    [row.id, row.bug, row.seenIn].join(": ");
  assert.deepEqual(table.rows.map(told), CORPUS.map(told), AGAIN);
  for (const [at, { expected, story }] of CORPUS.entries()) {
    assert.equal(table.rows[at]?.expected, expected[0], AGAIN);
    assert.equal(table.rows[at]?.story, story.length, AGAIN);
  }
});

test("what stands in Markdown, in the picture and in two READMEs is what the kill table says", () => {
  const isSame = plain(read("harness/corpus/KILL_TABLE.md")) === plain(tableMarkdown(table));
  assert.ok(isSame, AGAIN);
  assert.ok(read("docs/kill_table.svg") === drawKillTable(table), AGAIN);
  for (const file of ["README.md", "harness/README.md"]) {
    assert.equal(madeIn(read(file)), plain(summaryMarkdown(table)), `${file}: ${AGAIN}`);
  }
});

test("each bug is found within 1,000 schedules and one second: by the lists, but for one by the portfolio", () => {
  assert.match(table.timedOn, /^node \d+\./);
  assert.deepEqual(tooLate(table), []);
  const judged = summaryOf(table).judged.filter(({ strategy }) => strategy !== "exhaustive");
  assert.deepEqual(judged, [{ strategy: "portfolio", ids: ["install-abort"] }]);
  for (const { id, strategies: [exhaustive], measuredBy, story } of table.rows) {
    if (story === 0) assert.ok(exhaustive === undefined && measuredBy.length > 0, id);
    else assert.ok(exhaustive?.found === 1 && exhaustive.ms! <= 1_000, id);
  }
});

test("each strategy tells of a bug by what it is expected to break, and shrinks it to its story", () => {
  for (const [at, { id, strategies, story }] of table.rows.entries()) {
    const { expected } = CORPUS[at]!;
    for (const { strategy, killedBy, operations, found } of strategies) {
      assert.equal(killedBy.length === 0, found === 0, `${id}, ${strategy}`);
      for (const one of killedBy) assert.ok(expected.includes(one), `${id}, ${strategy}: ${one}`);
      // The baseline shrinks nothing; and the story of another guarantee may be longer.
      if (operations === null) assert.ok(found === 0 || strategy === "fc.scheduler", id);
      else if (killedBy[0] === expected[0]) assert.equal(operations, story, `${id}, ${strategy}`);
      else assert.ok(operations >= story && operations <= story + 1, `${id}, ${strategy}`);
    }
  }
});

test("the portfolio finds each bug with each seed within 1,000 schedules, but for the one exception that is told", () => {
  const rare = new Set(summaryOf(table).exceptions.map(({ id }) => id));
  assert.deepEqual([...rare], ["install-abort"]);
  for (const { id, strategies: [, portfolio], schedulesMax } of table.rows) {
    if (portfolio === undefined) continue;
    assert.equal(portfolio.strategy, "portfolio");
    assert.equal(portfolio.found, portfolio.of, `${id}: the portfolio finds it with each seed`);
    assert.ok((portfolio.schedules95 ?? Infinity) <= schedulesMax, id);
    assert.ok(rare.has(id) || schedulesMax === 1_000, id);
  }
});
