import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { exhaustiveLane } from "../kit/lanes.ts";
import { checkStack } from "../kit/stack_lane.ts";
import { assertClean, testsOf } from "./_row_tests.ts";
import { CORPUS } from "./corpus.ts";
import { recursion } from "./recursion.ts";
import { selfEnd } from "./self_end.ts";

/** The first half of the corpus; the other one is in corpus_b_test.ts. */
const ROWS = CORPUS.slice(0, CORPUS.indexOf(selfEnd));
/** What grows with a chain is measured, and not hunted. */
const CHAINS = ROWS.filter(({ story }) => story.length === 0);

for (const row of ROWS.filter((row) => !CHAINS.includes(row))) {
  for (const [name, body] of testsOf(row)) test(name, body);
}

/** Only Node tells of promises; what is kept is told where the collector is exposed, as on Bun. */
const IS_BUN = process.versions.bun !== undefined;
const HAS_GC = "gc" in globalThis || IS_BUN;
const IS_NODE = !IS_BUN && process.versions.deno === undefined;
/** Where a turn costs 32 bytes, as on Bun, a short chain is lost in what a test runner leaves behind. */
const HEAP_LENGTH = IS_BUN ? 50_000 : 9_000;

for (const row of CHAINS) {
  const skip = row === recursion || IS_NODE || HAS_GC ? false : "this runtime does not tell";

  test(`${row.id} is seen to grow, and its twin not (BOUNDED_STACK)`, { skip }, async () => {
    assert.deepEqual(row.expected, ["BOUNDED_STACK"]);
    const verdicts = [];
    const told: unknown[] = [];
    for (const adapter of [row.buggy, row.twin]) {
      const { verdict, warnings } = await checkStack(adapter, {
        file: "",
        stack: {
          frames: { lengths: [100, 1_000] },
          promises: { length: 300 },
          heap: { length: HEAP_LENGTH },
        },
        isOver: () => false,
        now: () => performance.now(),
      });
      verdicts.push(verdict.verdict);
      told.push(verdict, warnings);
    }
    assert.deepEqual(verdicts, ["broken", "kept"], JSON.stringify(told));
  });

  test(`${row.id} breaks nothing that a schedule shows, nor does its twin`, async () => {
    for (const adapter of [row.buggy, row.twin]) {
      await assertClean(
        adapter,
        (subject, operations) =>
          exhaustiveLane(subject, { operations, lengthMax: 3, bounds: { deviationsMax: 3 } }),
      );
    }
  });
}
