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

test("the lists find each bug within 1,000 schedules and one second, by its guarantee, at its smallest", () => {
  assert.match(table.timedOn, /^node \d+\./);
  for (const [at, { id, story, strategies: [exhaustive], measuredBy }] of table.rows.entries()) {
    if (exhaustive === undefined) {
      assert.ok(measuredBy.length > 0, id);
      continue;
    }
    const { strategy, killedBy, schedules, operations } = exhaustive;
    assert.equal(strategy, "exhaustive");
    assert.ok(killedBy !== null && CORPUS[at]!.expected.includes(killedBy), `${id}: ${killedBy}`);
    assert.equal(operations, story, id);
    assert.ok((schedules ?? Infinity) <= 1_000, id);
  }
  assert.deepEqual(tooLate(table), []);
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
