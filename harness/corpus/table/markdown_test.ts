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
  assert.match(tableMarkdown(exampleTable()), /given up after 1,000 schedules\. In/);
  const { rows: [first, second, third], ...rest } = exampleTable();
  const rows = [first!, { ...second!, schedulesMax: 4_000 }, third!];
  const told =
    "after 1,000 schedules (the exception: rare-leak after 4,000, which `exhaustive` finds in 890)";
  assert.ok(tableMarkdown({ ...rest, rows }).includes(told));
  assert.ok(summaryMarkdown({ ...rest, rows }).includes(told));
});

test("the table says whose times it has", () => {
  assert.match(tableMarkdown(exampleTable()), /which has the times, too: those of node 26\.1\.0\./);
});

test("the summary has a line for each strategy, which tells what it does not always find", () => {
  const made = summaryMarkdown(exampleTable());
  assert.match(made, /^3 bugs of real hosts, which break 3 of the guarantees: 2 are hunted/);
  for (
    const line of [
      "| `exhaustive` | 2 of 2 | 0 | 0 | 4 | 890 (rare-leak) |",
      "| `portfolio` | 1 of 2 | 1 | 0 | 10 | 19 (two-agents); not always (rare-leak) |",
      "| `fc.scheduler` | 1 of 2 | 0 | 1 | 10 | 19 (two-agents); never (rare-leak) |",
    ]
  ) assert.ok(made.includes(line), made);
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
