import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { FakeClock } from "@lanekeeper/test/fake_clock";
import { DrainHandoff, type DrainHandoffOptions } from "./mod.ts";

const CHAIN = 100_000;
/** A stack is dear to look at: after the first turns, only every so many. */
const EACH_UNTIL = 1_000;
const THEN_EVERY = 100;
const LOOKS = EACH_UNTIL + (CHAIN - EACH_UNTIL) / THEN_EVERY;
const MIB = 2 ** 20;

const { gc, Bun } = globalThis as {
  gc?: () => void;
  Bun?: { gc(isSynchronous: boolean): void };
};
const collect = gc ?? (Bun && (() => Bun.gc(true)));
const HEAP = {
  skip: collect ? false : "the garbage collector is not exposed: run with --expose-gc",
};

/** Frames below this call, those of awaiting functions included. */
function depth(): number {
  return new Error().stack!.split("\n").length;
}

type Run = DrainHandoffOptions<string, number>["run"];

/** Runs one chain and gives the depths at the starts of its turns, each with its count. */
async function depthsOf(run: Run): Promise<Map<number, number>> {
  const depths = new Map<number, number>();
  let turns = 0;
  const chain = new DrainHandoff<string, number>({
    // A chain that gets deeper is not followed: each look would cost more than the one before.
    next: () => turns < CHAIN && depths.size < 2 ? ++turns : undefined,
    run: (turn) => {
      if (turn.item <= EACH_UNTIL || turn.item % THEN_EVERY === 0) {
        const at = depth();
        depths.set(at, (depths.get(at) ?? 0) + 1);
      }
      return run(turn);
    },
    clock: new FakeClock(),
  });
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 10_000;
  try {
    chain.wake("s");
    await chain.quiet();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  return depths;
}

const WORKS: Record<string, Run> = {
  "synchronous work": () => {},
  "asynchronous work": async () => await null,
  "work that throws": () => {
    throw new Error("No");
  },
  "work that rejects": async () => {
    await null;
    throw new Error("No");
  },
  "work that interrupts itself": (turn) => turn.interrupt(),
  "work with a part to wait for": (turn) => turn.waitUntil(Promise.resolve()),
};

for (const [name, run] of Object.entries(WORKS)) {
  test(`the stack is as deep at the start of turn 100,000 as of turn 1, with ${name} (B2)`, async () => {
    const depths = await depthsOf(run);
    assert.equal(depths.size, 1, `one depth for all: ${[...depths.keys()].slice(0, 5)}`);
    assert.deepEqual([...depths.values()], [LOOKS]);
  });
}

test("the depth that is measured counts frames, and on V8 also awaiting ones (B2)", async () => {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 10_000;
  // Not a tail call, which has no frame of its own everywhere.
  const calls = (count: number): number => count === 0 ? depth() : calls(count - 1) + 0;
  const awaits = async (count: number): Promise<number> => {
    await null;
    return count === 0 ? depth() : await awaits(count - 1);
  };
  assert.ok(calls(500) - calls(0) >= 500);
  if (Bun === undefined) assert.ok(await awaits(500) - await awaits(0) >= 500);
  Error.stackTraceLimit = stackTraceLimit;
});

test("a turn that is started by wake() begins no deeper than one that was handed off (BOUNDED_STACK, B2)", async () => {
  const depths = new Set<number>();
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 10_000;
  const inbox = [1, 2];
  const chain = new DrainHandoff<string, number>({
    next: () => inbox.shift(),
    run: () => void depths.add(depth()),
  });
  const deep = (frames: number): boolean => frames === 0 ? chain.wake("s") : deep(frames - 1);
  deep(200);
  await chain.quiet();
  Error.stackTraceLimit = stackTraceLimit;
  assert.equal(depths.size, 1);
});

/** Bytes of heap in use after everything that can go has gone. */
function heap(): number {
  for (let round = 0; round < 3; round++) collect!();
  return process.memoryUsage().heapUsed;
}

/** What one chain leaves behind, or holds on to when it is asked in its last turn, in bytes. */
async function heapOf(length: number): Promise<{ inTheEnd: number; inTheLastTurn: number }> {
  let left = length;
  let inTheLastTurn = 0;
  const chain = new DrainHandoff<string, { text: string }>({
    next: () => left > 0 ? { text: `item ${left--}` } : undefined,
    run: (turn) => {
      void turn.signal;
      void turn.ended;
      if (left % 3 === 0) turn.interrupt();
      if (left === 0) inTheLastTurn = heap();
    },
    clock: new FakeClock(),
  });
  const before = heap();
  chain.wake("s");
  await chain.quiet();
  return { inTheEnd: heap() - before, inTheLastTurn: inTheLastTurn - before };
}

test(
  "a chain of 100,000 turns keeps less than 1 MiB, in its last turn and after",
  HEAP,
  async () => {
    await heapOf(1_000); // what is compiled and cached on the way does not count
    const { inTheEnd, inTheLastTurn } = await heapOf(CHAIN);
    assert.ok(inTheLastTurn < MIB, `${inTheLastTurn} bytes in the last turn`);
    assert.ok(inTheEnd < MIB, `${inTheEnd} bytes after it`);
  },
);

test("100,000 keys that were busy once keep less than 1 MiB when they are idle", HEAP, async () => {
  const ready = new Set<string>();
  const chain = new DrainHandoff<string, true>({
    next: (key) => ready.delete(key) ? true : undefined,
    run: () => {},
  });
  const round = async (count: number) => {
    for (let key = 0; key < count; key++) {
      ready.add(`key ${key}`);
      chain.wake(`key ${key}`);
    }
    assert.equal(chain.size, count);
    await chain.quiet();
    assert.equal(chain.size, 0);
  };
  await round(CHAIN); // a Map keeps the room it once needed
  const before = heap();
  await round(CHAIN);
  const kept = heap() - before;
  assert.ok(kept < MIB, `${kept} bytes`);
});
