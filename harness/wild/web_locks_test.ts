import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { versionOf } from "./_installed.ts";
import type { WildReport } from "./_result.ts";
import { searchRow } from "./_search.ts";
import { row } from "./web_locks.ts";

const text = readFileSync(new URL("wild.json", import.meta.url), "utf8");
const { cells = [], versions } =
  (JSON.parse(text) as WildReport).rows.find(({ id }) => id === row.id) ?? {};

// Bun has no Web Locks: the row says so, and this file does not run there.
test("Web Locks keep what the report says they keep, on the runtimes that have them", async () => {
  assert.deepEqual(row.runtimes, ["node", "deno"]);
  const { told, schedules } = await searchRow(row, { runs: 200, operationsMax: 2 });
  assert.ok(schedules > 400);
  assert.deepEqual(told.map(({ violation }) => violation.story), []);
  assert.deepEqual(cells.filter(({ verdict }) => verdict !== "kept"), []);
});

test("the version of Web Locks in the report is that of the Node that is installed", () => {
  assert.deepEqual(versions, { node: versionOf("node") });
});
