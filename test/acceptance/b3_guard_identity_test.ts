import assert from "node:assert/strict";
import { test } from "node:test";
import { DrainHandoff, type Guard } from "@lanekeeper/drain-handoff";
import { FakeClock } from "../support/fake_clock.ts";
import { type QueueBenchOptions, withQueue } from "../support/queue_bench.ts";
import { settled } from "../support/settle.ts";

const ENDS: Readonly<Record<string, (n: number) => unknown>> = {
  "returns": () => "done",
  "throws": () => {
    throw new Error("no");
  },
  "returns later": async () => await null,
  "rejects": async () => {
    await null;
    throw new Error("no");
  },
};

for (const [name, work] of Object.entries(ENDS)) {
  test(`B3: the guard is the same object through a chain whose work ${name}`, async () => {
    let left = 1_000;
    const guards = new Set<Guard<string>>();
    let released = 0;
    const chain = new DrainHandoff<string, number>({
      next: () => left > 0 ? left-- : undefined,
      run: (turn) => {
        guards.add(turn.guard);
        return work(turn.item);
      },
      observer: {
        handedOff: (from, to) => {
          assert.equal(from.guard, to.guard);
          assert.equal(chain.turnOf("s1"), to, "the new owner has it in the same step");
        },
        released: () => void released++,
      },
      clock: new FakeClock(),
    });
    chain.wake("s1");
    await chain.quiet();
    assert.deepEqual([guards.size, released, chain.size], [1, 1, 0]);
  });
}

test("B3: at no instant of a chain can another message start a second agent", async () => {
  let left = 200;
  let running = 0;
  let most = 0;
  let tries = 0;
  /** Whoever is let in starts a turn of its own. */
  const breakIn = () => {
    if (left === 0) return;
    tries++;
    assert.equal(chain.wake("s1"), false);
    assert.equal(chain.size, 1);
  };
  const chain = new DrainHandoff<string, number>({
    next: () => {
      breakIn();
      return left > 0 ? left-- : undefined;
    },
    run: async () => {
      most = Math.max(most, ++running);
      for (let hop = 0; hop < 4; hop++) {
        breakIn();
        await null;
      }
      running--;
      breakIn();
    },
    ended: () => {
      breakIn();
      queueMicrotask(breakIn);
    },
    observer: { handedOff: breakIn },
    clock: new FakeClock(),
  });
  chain.wake("s1");
  await chain.quiet();
  assert.equal(most, 1);
  assert.ok(tries > 199 * 8, `${tries} tries`);
});

/** Options with an observer that counts the sessions without a guard at every event. */
function watching(holes: string[]): QueueBenchOptions & { see(check: () => boolean): void } {
  let isHeld = () => true;
  const look = (event: string) => () => {
    if (!isHeld()) holes.push(event);
  };
  return {
    see: (check) => isHeld = check,
    observer: {
      started: look("started"),
      emitted: look("emitted"),
      settled: look("settled"),
      handedOff: look("handedOff"),
    },
  };
}

test("B3: the queue's session has its guard at every event from the first turn to the last", async () => {
  const holes: string[] = [];
  const options = watching(holes);
  await withQueue(async ({ queue, began, runs }) => {
    options.see(() => queue.running === 1);
    const texts = Array.from({ length: 20 }, (_, n) => `${n}`);
    const receipts = texts.map((text) => queue.send("s1", text));
    for (const text of texts) {
      const run = await began(text);
      run.turn.emit("piece");
      if (Number(text) % 3 === 0) run.fail(new Error("no"));
      else run.reply();
    }
    await settled(Promise.all(receipts.map(({ outcome }) => outcome)));
    assert.deepEqual(new Set(runs.map(({ turn }) => turn.generation)).size, 1);
  }, options);
  assert.deepEqual(holes, []);
});

test("B3: an interrupt in the middle of a chain leaves no instant without the guard", () =>
  withQueue(async ({ queue, began, runs }) => {
    const first = queue.send("s1", "first");
    const second = queue.send("s1", "second");
    await began("first");
    const urgent = queue.send("s1", "urgent", { policy: "interrupt" });
    (await began("urgent")).reply();
    (await began("second")).reply();
    await settled(Promise.all([first, second, urgent].map(({ outcome }) => outcome)));
    assert.deepEqual(runs.map(({ turn }) => turn.generation), [1, 1, 1]);
  }));
