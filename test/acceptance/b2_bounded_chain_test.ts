import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { DrainHandoff } from "@lanekeeper/drain-handoff";
import { SessionQueue } from "@lanekeeper/session-queue";
import { FakeClock } from "../support/fake_clock.ts";
import { withHost } from "../support/host_bench.ts";
import { settled } from "../support/settle.ts";

const CHAIN = 100_000;
const MIB = 2 ** 20;

/** Frames below this call, those of awaiting functions included. */
function depth(): number {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 10_000;
  const { stack = "" } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  return stack.split("\n").length;
}

interface Runtime {
  gc?(): void;
  Bun?: { gc(isSynchronous: boolean): void };
}

const { gc, Bun } = globalThis as Runtime;
const collect = Bun === undefined ? gc : () => Bun.gc(true);
const HEAP = { skip: collect === undefined ? "run with --expose-gc" : false };

/**
 * Bytes of heap in use, after everything that can go has gone: the least of many rounds. A collector
 * may leave some garbage for a later round, Bun's above all; what is kept stays in every round.
 */
function heap(): number {
  let least = Infinity;
  for (let round = 0; round < 10; round++) {
    collect?.();
    least = Math.min(least, process.memoryUsage().heapUsed);
  }
  return least;
}

/** A queue on which each turn sends the next message to its own session, `length` times. */
async function chained(length: number, eachTurn: (n: number) => void): Promise<void> {
  const clock = new FakeClock();
  let isOver = () => {};
  const over = new Promise<void>((resolve) => isOver = resolve);
  const queue = new SessionQueue<number, string>({
    run: async (turn) => {
      const n = turn.inputs[0]?.message ?? 0;
      eachTurn(n);
      if (n < length) queue.send("s1", n + 1);
      await null;
      return `reply ${n}`;
    },
    observer: { idle: () => isOver() },
    clock,
  });
  queue.send("s1", 1);
  await over;
  assert.deepEqual([queue.size, queue.running, queue.waiting, clock.pending], [0, 0, 0, 0]);
}

// The first of this file: what another long chain left behind would hide what this one keeps.
test("B2: no memory is kept per finished turn", HEAP, async () => {
  const heapAt: number[] = [];
  await chained(CHAIN, (n) => {
    if (n === CHAIN / 100 || n === CHAIN) heapAt.push(heap());
  });
  heapAt.push(heap());
  const [early = 0, late = 0, afterwards = 0] = heapAt;
  assert.ok(late - early < MIB, `${late - early} bytes more in the last turn`);
  assert.ok(afterwards - early < MIB, `${afterwards - early} bytes more after it`);
});

test("B2: at the start of each of 100,000 chained turns the stack depth is the same (recursion)", async () => {
  const depths = new Set<number>();
  let left = CHAIN;
  let turns = 0;
  const chain = new DrainHandoff<string, number>({
    next: () => left > 0 ? left-- : undefined,
    run: async () => {
      if (turns++ < 100 || turns % 100 === 0) depths.add(depth());
      await null;
    },
    clock: new FakeClock(),
  });
  chain.wake("s1");
  await chain.quiet();
  assert.equal(turns, CHAIN);
  assert.equal(depths.size, 1, `depths: ${[...depths]}`);
});

test("B2: the queue's stack is as deep at the start of turn 100,000 as at that of turn 1", async () => {
  const depths = new Set<number>();
  let turns = 0;
  await chained(CHAIN, (n) => {
    if (turns++ < 100 || n % 100 === 0) depths.add(depth());
  });
  assert.equal(turns, CHAIN);
  assert.equal(depths.size, 1, `depths: ${[...depths]}`);
});

test("B2: a session of the host is worked off on a stack of one depth, whatever each turn's end", () =>
  withHost(async ({ client, host, agent }) => {
    const ann = client("ann");
    await ann.open();
    const depths = new Set<number>();
    const push = agent.runs.push.bind(agent.runs);
    agent.runs.push = (run) => {
      depths.add(depth());
      const count = push(run);
      queueMicrotask(() => count % 2 === 0 ? run.reply() : run.fail(new Error("no")));
      return count;
    };
    const receipts = Array.from(
      { length: 1_000 },
      (_, n) => host.queue.send("s1", { text: `${n}` }),
    );
    await settled(Promise.all(receipts.map(({ outcome }) => outcome)));
    assert.equal(agent.runs.length, 1_000);
    assert.equal(depths.size, 1, `depths: ${[...depths]}`);
  }, { limits: { waitingMax: 1_000 } }));
