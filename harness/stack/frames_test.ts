import assert from "node:assert/strict";
import { test } from "node:test";
import { BOUNDED, GROWING, hostOf } from "./_test_support.ts";
import type { ChainSubject, Series, Skipped } from "./chain.ts";
import { measureFrames } from "./frames.ts";

function slopes(found: readonly Series[] | Skipped): Record<string, number> {
  assert.ok(!("skipped" in found));
  return Object.fromEntries(found.map(({ name, perFollowUp }) => [name, perFollowUp]));
}

function turnsOf(found: readonly Series[] | Skipped): number | undefined {
  assert.ok(!("skipped" in found));
  return found[0]?.points.at(-1)?.n;
}

test("each synchronous call is a frame, and each await of one's own a function that waits", async () => {
  assert.deepEqual(slopes(await measureFrames(GROWING["synchronous recursion"])), {
    "synchronous frames": 1,
    "awaiting functions": 0,
  });
  assert.deepEqual(slopes(await measureFrames(GROWING["await drain()"])), {
    "synchronous frames": 0,
    "awaiting functions": 1,
  });
});

test("a chain that grows is not run at a greater length, one that does not is", async () => {
  const lengths = [2_000, 100];
  assert.equal(turnsOf(await measureFrames(GROWING["synchronous recursion"], { lengths })), 100);
  assert.equal(turnsOf(await measureFrames(BOUNDED["a loop"], { lengths })), 2_000);
  assert.equal(turnsOf(await measureFrames(BOUNDED["a loop"])), 10_000);
});

test("a slow growth is found", async () => {
  // One frame more after every twenty turns.
  const slow = hostOf(({ next, agentNow }) => {
    const drain = (): number => {
      for (let turn = 0; turn < 20; turn++) {
        const n = next();
        if (n === undefined) return 0;
        agentNow(n);
      }
      return drain() + 1;
    };
    return drain();
  });
  assert.equal(slopes(await measureFrames(slow))["synchronous frames"], 0.05);
});

test("a depth that goes up and down has no slope", async () => {
  const found = await measureFrames(BOUNDED["a trampoline"]);
  assert.ok(!("skipped" in found));
  const depths = new Set(found[0]?.points.map(({ value }) => value));
  assert.ok(depths.size > 1, "it did go up and down");
  assert.equal(slopes(found)["synchronous frames"], 0);
});

test("the limit of stack traces is what it was, and is not needed to be large", async () => {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 3;
  const limits = new Set<number>();
  const subject: ChainSubject = {
    run: (length, atStart) =>
      GROWING["synchronous recursion"].run(length, (n) => {
        atStart(n);
        limits.add(Error.stackTraceLimit);
      }),
  };
  try {
    assert.equal(slopes(await measureFrames(subject))["synchronous frames"], 1);
    assert.deepEqual([[...limits], Error.stackTraceLimit], [[3], 3]);
  } finally {
    Error.stackTraceLimit = before;
  }
});

test("where stacks are cut short, or are no text, the lane says that it does not measure", async () => {
  const cut = { skipped: "the runtime does not tell its whole stack" };
  const { prepareStackTrace } = Error;
  try {
    Error.prepareStackTrace = (_, sites) => sites;
    assert.deepEqual(await measureFrames(GROWING["synchronous recursion"]), cut);
    Error.prepareStackTrace = (_, sites) => sites.slice(0, 50).join("\n");
    assert.deepEqual(await measureFrames(GROWING["synchronous recursion"]), cut);
  } finally {
    if (prepareStackTrace === undefined) {
      delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace;
    } else Error.prepareStackTrace = prepareStackTrace;
  }
});
