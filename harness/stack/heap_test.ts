import assert from "node:assert/strict";
import { test } from "node:test";
import { BOUNDED, GROWING, hostOf, RUNTIME } from "./_test_support.ts";
import type { ChainSubject } from "./chain.ts";
import { HEAP_LIMIT_BYTES, measureHeap } from "./heap.ts";

const HAS_GC = "gc" in globalThis || RUNTIME === "bun";
const HEAP = { skip: HAS_GC ? false : "the garbage collector is not exposed" };

/** How many bytes are kept of each follow-up. */
async function slopeOf(subject: ChainSubject): Promise<number> {
  const found = await measureHeap(subject);
  assert.ok(!("skipped" in found), JSON.stringify(found));
  return found[0]!.perFollowUp;
}

test("without a collector the lane says so; Bun always has one", async () => {
  const globals = globalThis as { gc?: unknown };
  const { gc } = globals;
  globals.gc = undefined;
  try {
    const found = await measureHeap(BOUNDED["a loop"], { length: 1_000 });
    const none = { skipped: "the garbage collector is not exposed" };
    // So short a chain may well shrink, where something else was on the heap before it.
    if (RUNTIME === "bun") assert.notDeepEqual(found, none);
    else assert.deepEqual(found, none);
  } finally {
    globals.gc = gc;
  }
});

test("each form of the recursion keeps more than a pointer of each turn", HEAP, async () => {
  for (const name of ["await drain()", "return self()", ".then(() => self())"] as const) {
    const bytes = await slopeOf(GROWING[name]);
    assert.ok(bytes > 24, `${bytes} bytes, with ${name}`);
  }
});

test("a bounded host keeps less than the limit", HEAP, async () => {
  for (const [name, subject] of Object.entries(BOUNDED)) {
    const bytes = await slopeOf(subject);
    assert.ok(bytes < HEAP_LIMIT_BYTES, `${bytes} bytes, with ${name}`);
  }
});

test(
  "a host that keeps a small object of each turn is found, one that keeps so many is not",
  HEAP,
  async () => {
    const keeping = (kept: Set<object>, max: number): ChainSubject =>
      hostOf(async ({ next, agent }) => {
        for (let n = next(); n !== undefined; n = next()) {
          if (kept.size < max) kept.add({});
          await agent(n);
        }
      });
    const all = new Set<object>();
    const bytes = await slopeOf(keeping(all, Infinity));
    assert.ok(bytes > 24, `${bytes} bytes`);
    const few = new Set<object>();
    const fewBytes = await slopeOf(keeping(few, 1_000));
    assert.ok(fewBytes < HEAP_LIMIT_BYTES, `${fewBytes} bytes`);
    assert.equal(few.size, 1_000);
  },
);

test(
  "what waits in line could hide a growth, so a heap that shrinks is not measured",
  HEAP,
  async () => {
    const found = await measureHeap({
      async run(length, atStart) {
        const line = Array.from({ length }, (_, at) => ({ n: at + 1 }));
        while (line.length > 0) {
          const { n } = line.pop()!;
          atStart(length + 1 - n);
          await null;
        }
      },
    });
    assert.ok("skipped" in found, JSON.stringify(found));
    assert.match(found.skipped, /^the heap shrinks by [\d.]+ bytes a follow-up/);
  },
);

test("a table that fills up is found to be bounded by a longer chain", HEAP, async () => {
  // Full after 80,000 turns: it has grown in all of a chain of 50,000, and in half of one of 200,000.
  const lengths: number[] = [];
  const found = await measureHeap({
    async run(length, atStart) {
      lengths.push(length);
      const table: Uint8Array[] = [];
      await BOUNDED["a loop"].run(length, (n) => {
        if (n <= 80_000 && n % 40 === 0) table.push(new Uint8Array(1_000));
        atStart(n);
      });
      assert.equal(table.splice(0).length, Math.min(length, 80_000) / 40);
    },
  });
  assert.deepEqual(lengths, [2_000, 50_000, 100_000, 200_000]);
  assert.ok(!("skipped" in found));
  assert.ok(found[0]!.perFollowUp < HEAP_LIMIT_BYTES, `${found[0]!.perFollowUp} bytes`);
});

test("what a chain leaves behind does not hide what the next one keeps", HEAP, async () => {
  const lengths: number[] = [];
  let left: object[] = [];
  const found = await measureHeap({
    async run(length, atStart) {
      lengths.push(length);
      const before = left;
      const now: object[] = left = [];
      await BOUNDED["a loop"].run(length, (n) => {
        if (n % 2 === 0) now.push({});
        if (n === length / 2) before.length = 0; // worth half of what this one keeps
        atStart(n);
      });
    },
  });
  assert.deepEqual(lengths, [2_000, 50_000, 100_000, 200_000]);
  assert.ok(!("skipped" in found));
  assert.ok(found[0]!.perFollowUp > HEAP_LIMIT_BYTES, `${found[0]!.perFollowUp} bytes`);
});
