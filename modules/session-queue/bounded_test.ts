import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, quiet } from "@lanekeeper/test/fake_clock";
import { SessionQueue, type SessionQueueOptions } from "./mod.ts";

const MANY = 100_000;
const MIB = 2 ** 20;
/** A table that was large once does not shrink to nothing; an object for each session is more. */
const LEFT_MAX = 16 * MANY;

interface Runtime {
  gc?(): void;
  Bun?: { gc(force: boolean): void };
}

const { gc, Bun } = globalThis as Runtime;
const collect = Bun === undefined ? gc : () => Bun.gc(true);
/** Heap tests say why, when they can not run. */
const heap = collect === undefined ? { skip: "the garbage collector is not exposed" } : {};

/** The bytes of the heap that are in use, once all that is garbage is gone. */
async function heapUsed(): Promise<number> {
  for (let round = 0; round < 4; round++) {
    await quiet();
    collect?.();
  }
  return process.memoryUsage().heapUsed;
}

/**
 * The bytes above `before` once garbage is gone. A collector may leave some of it for a later round,
 * Bun's above all, and what is leaked stays in every round.
 */
async function leftAbove(before: number): Promise<number> {
  let left = Infinity;
  for (let round = 0; round < 20 && left >= LEFT_MAX; round++) left = await heapUsed() - before;
  return left;
}

/** How many frames are below the caller, those of awaiting functions included. */
function stackDepth(): number {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = Infinity;
  const { stack = "" } = new Error();
  Error.stackTraceLimit = before;
  return stack.split("\n").length;
}

type Queue = SessionQueue<number, number>;

/** Each turn sends the next message to its own session: a chain of `length` hand-offs. */
async function chain(length: number, eachTurn: (n: number) => void): Promise<Queue> {
  const queue: Queue = new SessionQueue<number, number>({
    run: (turn) => {
      const n = turn.inputs[0]!.message;
      eachTurn(n);
      if (n < length) queue.send("a", n + 1);
      return n;
    },
  });
  queue.send("a", 1);
  await quiet();
  assert.equal(queue.size, 0);
  return queue;
}

test("the stack is as deep at the start of each of 100,000 chained turns (BOUNDED_STACK, B2)", async () => {
  const depths = new Set<number>();
  let turns = 0;
  await chain(MANY, (n) => {
    turns++;
    if (n < 20 || n % 1_000 === 0) depths.add(stackDepth());
  });
  assert.equal(turns, MANY);
  assert.equal(depths.size, 1, `depths: ${[...depths]}`);
});

test("a line of 100,000 messages that all wait is worked off on a stack of one depth", async () => {
  const depths = new Set<number>();
  const queue = new SessionQueue<number>({
    run: ({ inputs }) => {
      if (inputs[0]!.message % 1_000 === 0) depths.add(stackDepth());
    },
    limits: { waitingMax: MANY },
  });
  for (let n = 0; n < MANY; n++) assert.ok(queue.send("a", n).accepted);
  await quiet();
  assert.equal(queue.size, 0);
  assert.equal(depths.size, 1, `depths: ${[...depths]}`);
});

test(
  "nothing is kept of 100,000 turns that have ended, in a chain that goes on",
  heap,
  async () => {
    const used: number[] = [];
    let last: Promise<number> | undefined;
    const samples = new Set([1_000, MANY]);
    const clock = new FakeClock();
    const queue: Queue = new SessionQueue<number, number>({
      clock,
      run: async ({ inputs: [input] }) => {
        const n = input!.message;
        if (samples.has(n)) used.push(await heapUsed());
        if (n < MANY) last = queue.send("a", n + 1, { waitMs: 1_000 }).result();
        return n;
      },
    });
    queue.send("a", 1);
    while (queue.size > 0) await quiet();
    assert.equal(await last, MANY);
    assert.equal(clock.pending, 0);
    const grown = used[1]! - used[0]!;
    assert.ok(grown < MIB, `${grown} bytes more after ${MANY} turns`);
  },
);

test(
  "a resume that hangs for ever keeps nothing of those who ask after it (BOUNDED_STATE)",
  heap,
  async () => {
    const clock = new FakeClock();
    const queue = new SessionQueue<number, number>({
      clock,
      run: () => 0,
      resume: () => new Promise(() => {}),
      limits: { openMs: 10 },
    });
    const first = queue.send("a", 0);
    await quiet();
    clock.advance(10);
    assert.equal((await first.outcome).status, "failed");
    const before = await heapUsed();
    for (let n = 0; n < MANY; n++) await queue.send("a", n).outcome;
    const grown = await heapUsed() - before;
    assert.equal(queue.size, 1, "the queue is in use until here, and what it keeps is counted");
    assert.ok(grown < MIB, `${grown} bytes more after ${MANY} messages`);
  },
);

/** Creates, uses once and leaves idle `MANY` sessions; tells the bytes of the heap around that. */
async function useOnce(options: Partial<SessionQueueOptions<number, number, number>>) {
  const queue = new SessionQueue<number, number, number>({ run: () => 0, ...options });
  const before = await heapUsed();
  for (let n = 0; n < MANY; n++) {
    const session = `session-${n}`;
    if (options.open !== undefined) await queue.create(session);
    await queue.send(session, n).outcome;
  }
  return { queue, before, after: await heapUsed() };
}

test(
  "100,000 sessions without an agent's side cost nothing once they are idle (BOUNDED_STATE)",
  heap,
  async () => {
    const { queue, before, after } = await useOnce({});
    assert.equal(queue.size, 0);
    assert.ok(after - before < MIB, `${after - before} bytes more`);
  },
);

test(
  "an open idle session costs a small fixed number of bytes, an ended one nothing",
  heap,
  async () => {
    const tombstonesMax = 1_000;
    const { queue, before, after } = await useOnce({
      open: () => 7,
      close: () => {},
      limits: { tombstonesMax },
    });
    assert.equal(queue.size, MANY);
    const bytes = Math.round((after - before) / MANY);
    console.log(`# an open idle session costs ${bytes} bytes, its name and its handle included`);
    assert.ok(bytes < 640, `${bytes} bytes for each open idle session`);
    for (let n = 0; n < MANY; n++) await queue.end(`session-${n}`);
    const left = await leftAbove(before);
    assert.deepEqual([queue.size, queue.tombstones], [0, tombstonesMax]);
    assert.ok(left < LEFT_MAX, `${left} bytes are left of ${MANY} ended sessions`);
  },
);

/** Makes `MANY` sessions busy at once, and idle again: the bytes that are left of them. */
async function keptByBusy(): Promise<number> {
  let open = (): void => {};
  const closed = new Promise<void>((resolve) => open = resolve);
  const queue = new SessionQueue<number, void>({ run: () => closed });
  const before = await heapUsed();
  for (let n = 0; n < MANY; n++) queue.send(`session-${n}`, n);
  const bytes = Math.round((await heapUsed() - before) / MANY);
  console.log(`# a busy session costs ${bytes} bytes, its message and its turn included`);
  assert.ok(bytes < 3_000, `${bytes} bytes for each busy session`);
  open();
  await quiet();
  assert.equal(queue.size, 0);
  return await leftAbove(before);
}

test(
  "a session that is busy costs memory for its turn alone, and gives it back",
  heap,
  async () => {
    // Bun's collector takes any word on the stack for an address, and one into the reactions of a
    // promise keeps them all. It does so by chance, what is leaked is there in every round.
    let left = Infinity;
    for (let round = 0; round < 5 && left >= LEFT_MAX; round++) left = await keptByBusy();
    assert.ok(left < LEFT_MAX, `${left} bytes are left`);
  },
);
