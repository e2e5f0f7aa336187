import assert from "node:assert/strict";
import { test } from "node:test";
import { exampleTable } from "./_example.ts";
import { madeIn, plain, summaryMarkdown, tableMarkdown, withMade } from "./markdown.ts";

test("the table tells of each bug and each strategy, misses included", () => {
  const lines = tableMarkdown(exampleTable()).split("\n");
  const rowOf = (id: string) => lines.find((line) => line.startsWith(`| ${id} `));
  assert.equal(rowOf("two-agents"), "| two-agents | `SINGLE_TURN` | 2 | 4 | 10 (19) | 10 (19) |");
  assert.equal(
    rowOf("rare-leak"),
    "| rare-leak | `NO_CREATE_LEAK` | 3 | 890 | 10 (-), 15 of 20 | not found |",
  );
  assert.equal(
    rowOf("long-chain"),
    "| long-chain | `BOUNDED_STACK` | frames, unsettled promises |",
  );
});

test("the table names the rows that are hunted for longer", () => {
  assert.match(tableMarkdown(exampleTable()), /given up after 1,000 schedules\s+and/);
  const { rows: [first, second, third], seeds } = exampleTable();
  const rows = [first!, { ...second!, schedulesMax: 4_000 }, third!];
  assert.match(tableMarkdown({ seeds, rows }), /after 1,000 schedules \(rare-leak: 4,000\)/);
});

test("the summary has a line for each strategy", () => {
  const made = summaryMarkdown(exampleTable());
  assert.match(made, /^3 bugs of real hosts, which break 3 of the guarantees: 2 are hunted/);
  assert.ok(made.includes("| `portfolio` | 1 of 2 | 1 | 0 | 10 | 19 (two-agents) |"), made);
});

test("withMade() writes into the marked place and nowhere else", () => {
  const page = "before\n\n<!-- made by npm run corpus -->\nold\n" +
    "<!-- end of what npm run corpus made -->\n\nafter\n";
  const once = withMade(page, "new");
  assert.match(once, /^before\n\n<!--.*-->\n\nnew\n\n<!--.*-->\n\nafter\n$/);
  assert.equal(withMade(once, "new"), once);
  assert.equal(madeIn(once), "new");
  assert.throws(() => withMade("a page", "new"), /^Error: Cannot write the summary: no "<!-- made/);
});

test("plain() sees through what a formatter does", () => {
  const formatted = "so _many_\nwords\n\n| a      | b   |\n| ------ | --- |\n";
  assert.equal(plain(formatted), plain("so *many* words\n\n| a | b |\n| --- | --- |"));
  assert.notEqual(plain(formatted), plain("so *few* words\n\n| a | b |\n| --- | --- |"));
});
