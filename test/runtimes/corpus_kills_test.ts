import assert from "node:assert/strict";
import { test } from "node:test";
import { CORPUS } from "../../harness/corpus/corpus.ts";
import { printedOnAll } from "./_printed.ts";

test("each bug is found after as many schedules, and tells the same story, on Node, Deno and Bun", async () => {
  const { node, deno, bun } = await printedOnAll("corpus_kills.ts");
  const lines = node.split("\n");
  const hunted = CORPUS.filter(({ story }) => story.length > 0);
  assert.equal(lines.length, hunted.length);
  for (const line of lines) assert.match(line, /^[\w-]+: (\d+ [A-Z_]+ \d \d+(; |$)){2}$/);
  assert.deepEqual({ deno: deno.split("\n"), bun: bun.split("\n") }, { deno: lines, bun: lines });
});
