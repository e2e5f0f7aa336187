import assert from "node:assert/strict";
import { test } from "node:test";
import { DrainHandoff, type Turn } from "@lanekeeper/drain-handoff";
import { FakeClock, quiet } from "../support/fake_clock.ts";
import { withHost } from "../support/host_bench.ts";
import { withQueue } from "../support/queue_bench.ts";
import { settled, until } from "../support/settle.ts";

/** A chain whose turns end when the test says so. */
function chainOf(inbox: string[], onAbandon: "block" | "proceed" = "block") {
  const clock = new FakeClock();
  const turns: Turn<string, string>[] = [];
  const ends: (() => void)[] = [];
  const released: number[] = [];
  const chain = new DrainHandoff<string, string>({
    next: () => inbox.shift(),
    run: (turn) => {
      turns.push(turn);
      return new Promise<void>((resolve) => ends.push(resolve));
    },
    observer: { released: ({ generation }) => void released.push(generation) },
    onAbandon,
    clock,
  });
  return { chain, clock, turns, ends, released };
}

test("B4: in the single-message case guard and owner are both released, once", async () => {
  const { chain, ends, released, turns } = chainOf(["one"]);
  chain.wake("s1");
  await until(() => ends.length === 1);
  assert.equal(chain.turnOf("s1"), turns[0]);
  ends[0]?.();
  await quiet();
  assert.deepEqual([chain.turnOf("s1"), chain.size, released, turns[0]?.live], [
    ...[undefined, 0, [1], false],
  ]);
});

test("B4: after a hand-over the finished task leaves guard and owner alone (release-all)", async () => {
  const { chain, ends, released, turns } = chainOf(["one", "two"]);
  chain.wake("s1");
  await until(() => ends.length === 1);
  ends[0]?.();
  await until(() => ends.length === 2);
  await quiet();
  assert.equal(chain.turnOf("s1"), turns[1]);
  assert.deepEqual([turns[1]?.live, turns[0]?.live, released], [true, false, []]);
  assert.equal(turns[0]?.guard, turns[1]?.guard);
  ends[0]?.();
  assert.equal(turns[0]?.interrupt(), false, "an old turn's handle does nothing any more");
  await quiet();
  assert.equal(chain.turnOf("s1"), turns[1]);
  ends[1]?.();
  await quiet();
  assert.deepEqual([chain.size, released], [0, [1]]);
});

test("B4: a task that was abandoned and settles late releases no guard but its own", async () => {
  const { chain, clock, ends, released, turns } = chainOf(["one", "two"], "proceed");
  chain.wake("s1");
  await until(() => ends.length === 1);
  turns[0]?.interrupt();
  clock.advance(5_000);
  await until(() => ends.length === 2);
  assert.notEqual(turns[0]?.guard, turns[1]?.guard);
  assert.deepEqual([turns[0]?.generation, turns[1]?.generation], [1, 2]);
  ends[0]?.();
  await quiet();
  assert.equal(chain.turnOf("s1"), turns[1]);
  assert.deepEqual([turns[1]?.live, released], [true, []]);
  ends[1]?.();
  await quiet();
  assert.deepEqual([chain.size, released, clock.pending], [0, [2], 0]);
});

test("B4: the queue's session is busy until its last owner has settled, and then costs nothing", () =>
  withQueue(async ({ queue, began }) => {
    const receipts = ["one", "two"].map((text) => queue.send("s1", text));
    (await began("one")).reply();
    const last = await began("two");
    assert.deepEqual([queue.running, queue.send("s1", "no", { policy: "reject" }).reason], [
      ...[1, "busy"],
    ]);
    last.reply();
    await settled(Promise.all(receipts.map(({ outcome }) => outcome)));
    await until(() => queue.size === 0);
    assert.deepEqual(queue.snapshot(), []);
  }));

test("B4: the host's session is idle after a single message and takes the next one at once", () =>
  withHost(async ({ agent, client, host }) => {
    const ann = client("ann");
    await ann.open();
    for (const text of ["one", "two"]) {
      const chat = ann.chat(text);
      (await agent.began(text)).reply();
      assert.equal((await settled(chat)).status, 200);
      assert.deepEqual(host.queue.snapshot().map(({ state, generation }) => [state, generation]), [
        ["idle", undefined],
      ]);
    }
  }));
