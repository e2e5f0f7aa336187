import assert from "node:assert/strict";
import { test } from "node:test";
import { exampleTable } from "./_example.ts";
import { seenInLinks } from "./cells.ts";
import { madeIn, plain, summaryMarkdown, tableMarkdown, withMade } from "./markdown.ts";

test("the table tells of each bug, what it is, and where that is to be read", () => {
  const made = tableMarkdown(exampleTable());
  const cells = [
    "[rare-leak](rare_leak.ts)",
    "A session is lost",
    "[`NO_CREATE_LEAK`](../../README.md#the-guarantees)",
    "[one/host #1](https://github.com/one/host/issues/1)",
  ];
  assert.ok(made.includes(`| ${cells.join(" | ")} |`), made);
});

test("each issue and each file in which a bug was seen has its link", () => {
  const [row] = exampleTable().rows;
  const linked = (seenIn: string) => seenInLinks({ ...row!, seenIn });
  const of = (repository: string, number: number) =>
    `https://github.com/${repository}/issues/${number}`;
  assert.equal(
    linked("an end in one/host #1, #2 and #3; other.js/host-2 #4, lost"),
    `an end in [one/host #1](${of("one/host", 1)}), [#2](${of("one/host", 2)}) and [#3](${
      of("one/host", 3)
    }); [other.js/host-2 #4](${of("other.js/host-2", 4)}), lost`,
  );
  assert.equal(
    linked("found by this project: harness/wild/p_limit.ts"),
    "found by this project: [`harness/wild/p_limit.ts`](../wild/p_limit.ts)",
  );
  assert.equal(linked("hosts that stop part by part"), "hosts that stop part by part");
});

test("the table tells of each bug and each strategy, misses included", () => {
  const lines = tableMarkdown(exampleTable()).split("\n");
  const rowsOf = (id: string) => lines.filter((line) => line.startsWith(`| ${id} `));
  assert.deepEqual(rowsOf("two-agents"), [
    "| two-agents | `SINGLE_TURN` | 2 | 4 | 10 (19) | 10 (19) |",
    "| two-agents | 3 | 18 | 18 |",
  ]);
  assert.deepEqual(rowsOf("rare-leak"), [
    "| rare-leak | `NO_CREATE_LEAK`; `EVENTUALLY_IDLE` (portfolio) | 3; 4 (portfolio) | 890 | 10 (-), 15 of 20 | not found |",
    "| rare-leak | 410 | 18 | - |",
  ]);
  assert.deepEqual(rowsOf("long-chain"), [
    "| long-chain | `BOUNDED_STACK` | frames, unsettled promises |",
  ]);
});

test("the table names the rows that are hunted for longer", () => {
  assert.match(tableMarkdown(exampleTable()), /given up after 1,000 schedules\.\n/);
  const { rows: [first, second, third], ...rest } = exampleTable();
  const rows = [first!, { ...second!, schedulesMax: 4_000 }, third!];
  const told =
    "after 1,000 schedules (the exception: rare-leak after 4,000, which `exhaustive` finds in 890)";
  assert.ok(tableMarkdown({ ...rest, rows }).includes(told));
  assert.ok(summaryMarkdown({ ...rest, rows }).includes(told));
});

test("the table says by which hunts the bugs are found in time", () => {
  const lists = "2 by `exhaustive`, which goes through lists of all that can be asked of a host.";
  assert.ok(summaryMarkdown(exampleTable()).includes(`2 of 2 are found within 1,000 schedules`));
  assert.ok(summaryMarkdown(exampleTable()).includes(lists));
  const { rows: [first, second], ...rest } = exampleTable();
  const rows = [first!, { ...second!, strategies: second!.strategies.slice(1) }];
  const other = "a host, and rare-leak by `portfolio` with seed 1.";
  assert.ok(summaryMarkdown({ ...rest, rows }).includes(other));
});

test("the table says whose times it has", () => {
  assert.match(tableMarkdown(exampleTable()), /The same in ms, on node 26\.1\.0: /);
});

test("the summary has a line for each strategy, which tells what it does not always find", () => {
  const made = summaryMarkdown(exampleTable());
  assert.match(made, /^3 bugs of hosts, which break 3 of the guarantees: 2 are hunted/);
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
