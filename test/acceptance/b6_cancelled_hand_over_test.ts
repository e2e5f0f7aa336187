import assert from "node:assert/strict";
import { test } from "node:test";
import { DrainHandoff, type TurnEnd } from "@lanekeeper/drain-handoff";
import type { Receipt } from "@lanekeeper/session-queue";
import { FakeClock } from "../support/fake_clock.ts";
import { withHost } from "../support/host_bench.ts";
import { type QueueBench, withQueue } from "../support/queue_bench.ts";
import { settled, until } from "../support/settle.ts";

test("B6: a turn that is cancelled after the hand-over, before its first step, releases the key (drain-cancel)", async () => {
  const inbox = ["one", "two"];
  const ran: string[] = [];
  const ends: Record<string, TurnEnd> = {};
  const clock = new FakeClock();
  const chain = new DrainHandoff<string, string>({
    next: () => inbox.shift(),
    run: (turn) => void ran.push(turn.item),
    ended: (turn, end) => void (ends[turn.item] = end),
    observer: {
      handedOff: (_, to) => {
        assert.equal(to.state, "ready");
        assert.ok(to.interrupt("no more"));
      },
    },
    clock,
  });
  chain.wake("s1");
  await chain.quiet();
  assert.deepEqual([ran, chain.size, clock.pending], [["one"], 0, 0]);
  assert.deepEqual(ends["two"], { status: "cancelled", reason: "no more" });
  inbox.push("three");
  assert.ok(chain.wake("s1"), "the key is not left busy");
  await chain.quiet();
  assert.deepEqual(ran, ["one", "three"]);
});

/** Stops the second of three messages in the very step in which it gets the guard. */
async function stopAtHandOff(
  stop: (bench: QueueBench, second: Receipt<string>) => void,
): Promise<{ ran: string[]; statuses: string[] }> {
  let atHandOff: (() => void) | undefined;
  const ran: string[] = [];
  const statuses: string[] = [];
  await withQueue(async (bench) => {
    const { queue, began, runs } = bench;
    const receipts = ["one", "two", "three"].map((text) => queue.send("s1", text));
    atHandOff = () => stop(bench, receipts[1] as Receipt<string>);
    (await began("one")).reply();
    await until(() => atHandOff === undefined);
    if (receipts[2]?.status !== "cancelled") (await began("three")).reply();
    const ends = await settled(Promise.all(receipts.map(({ outcome }) => outcome)));
    statuses.push(...ends.map(({ status }) => status));
    ran.push(...runs.map(({ text }) => text));
    const next = queue.send("s1", "next");
    (await began("next")).reply();
    assert.equal((await settled(next.outcome)).status, "completed");
  }, {
    observer: {
      handedOff: () => {
        const act = atHandOff;
        atHandOff = undefined;
        act?.();
      },
    },
  });
  return { ran, statuses };
}

test("B6: a message that is withdrawn in the step of its hand-over settles, and the next one runs", async () => {
  const { ran, statuses } = await stopAtHandOff((_, second) => assert.ok(second.withdraw()));
  assert.deepEqual(statuses, ["completed", "cancelled", "completed"]);
  assert.deepEqual(ran, ["one", "three"]);
});

for (const level of ["graceful", "immediate"] as const) {
  test(`B6: a ${level} stop in the step of a hand-over settles what it hit and frees the session`, async () => {
    const { ran, statuses } = await stopAtHandOff(({ queue }) => void queue.stop("s1", { level }));
    assert.deepEqual(statuses, ["completed", "cancelled", "cancelled"]);
    assert.deepEqual(ran, ["one"]);
  });
}

test("B6: a message that is cancelled before its turn's first step settles, and the session is free", () =>
  withQueue(async ({ queue, runs, began }) => {
    const receipt = queue.send("s1", "never");
    const stopping = queue.stop("s1");
    assert.deepEqual(await settled(receipt.outcome), { status: "cancelled", cause: "stopped" });
    assert.deepEqual(await settled(stopping), { running: "settled", discarded: 0 });
    assert.equal(runs.length, 0);
    const next = queue.send("s1", "next");
    (await began("next")).reply();
    assert.equal((await settled(next.outcome)).status, "completed");
  }));

test("B6: a stop at any step of a hand-over leaves no session busy", async () => {
  for (let hops = 0; hops < 16; hops++) {
    await withQueue(async ({ queue, began, runs }) => {
      const receipts = ["one", "two"].map((text) => queue.send("s1", text));
      (await began("one")).reply();
      for (let hop = 0; hop < hops; hop++) await null;
      const stopping = queue.stop("s1");
      await settled(Promise.all([stopping, ...receipts.map(({ outcome }) => outcome)]));
      await until(() => queue.size === 0);
      assert.ok(runs.length <= 2);
    });
  }
});

test("B6: the host's session is free after a stop in the step of a hand-over", () =>
  withHost(async ({ agent, client, host }) => {
    const ann = client("ann");
    await ann.open();
    const chats = ["one", "two"].map((text) => ann.chat(text, { policy: "enqueue" }));
    const run = await agent.began("one");
    await until(() => host.queue.waiting === 1);
    run.reply();
    const stopping = ann.stop();
    await settled(Promise.all([...chats, stopping]));
    await until(() => host.queue.running === 0);
    const chat = ann.chat("next");
    (await agent.began("next")).reply();
    assert.equal((await settled(chat)).status, 200);
  }));
