import assert from "node:assert/strict";
import { test } from "node:test";
import { printedOnAll } from "./_printed.ts";

test("2 times 3,000 random schedules tell the same stories on Node, Deno and Bun", async () => {
  const { node, deno, bun } = await printedOnAll("trace_hashes.ts", ["3000"]);
  assert.match(node, /^\{"schedules":3000,"hashes":\[-?\d+,-?\d+\]\}$/);
  assert.deepEqual({ deno, bun }, { deno: node, bun: node });
});
