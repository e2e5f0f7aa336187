import assert from "node:assert/strict";
import { test } from "node:test";
import { DrainHandoff } from "@lanekeeper/drain-handoff";
import type { Receipt, SessionQueueObserver } from "@lanekeeper/session-queue";
import { FakeClock } from "../support/fake_clock.ts";
import { withHost } from "../support/host_bench.ts";
import { type QueueBench, withQueue } from "../support/queue_bench.ts";
import { settled, until } from "../support/settle.ts";

test("B5: a message that comes while the reply is sent gets a fresh task (late-drop, late-double)", () =>
  withQueue(async ({ queue, began, runs }) => {
    let sent = () => {};
    let isSending = false;
    const first = queue.send("s1", "first", {
      deliver: () => {
        isSending = true;
        return new Promise<void>((resolve) => sent = resolve);
      },
    });
    (await began("first")).reply();
    await until(() => isSending);
    const late = queue.send("s1", "late");
    assert.deepEqual([late.status, runs.length], ["waiting", 1]);
    sent();
    (await began("late")).reply();
    assert.deepEqual(await settled(first.outcome), { status: "completed", value: "re: first" });
    assert.deepEqual(await settled(late.outcome), { status: "completed", value: "re: late" });
    assert.deepEqual(runs.map(({ text }) => text), ["first", "late"]);
  }));

/** Where in the end of a turn a message may come: each hook, and each microtask after the reply. */
const HOOKS: readonly (keyof SessionQueueObserver<string, string>)[] = [
  "started",
  "settled",
  "handedOff",
  "idle",
];

for (const hook of HOOKS) {
  test(`B5: a message that comes inside the "${hook}" of a turn runs exactly once`, async () => {
    let bench: QueueBench | undefined;
    const late: Receipt<string>[] = [];
    const come = () => {
      if (late.length === 0 && bench !== undefined) late.push(bench.queue.send("s1", "late"));
    };
    await withQueue(async (given) => {
      bench = given;
      const { queue, began, runs } = given;
      const receipts = ["one", "two"].map((text) => queue.send("s1", text));
      for (const text of ["one", "two"]) (await began(text)).reply();
      await until(() => late.length === 1);
      (await began("late")).reply();
      receipts.push(...late);
      const ends = await settled(Promise.all(receipts.map(({ outcome }) => outcome)));
      assert.ok(ends.every(({ status }) => status === "completed"));
      assert.equal(runs.filter(({ text }) => text === "late").length, 1);
      assert.equal(runs.length, 3);
    }, { observer: { [hook]: come } });
  });
}

test("B5: a message that comes at any step of a turn's end is neither lost nor run twice (strand)", async () => {
  for (let hops = 0; hops < 16; hops++) {
    await withQueue(async ({ queue, began, runs }) => {
      const first = queue.send("s1", "first");
      (await began("first")).reply();
      for (let hop = 0; hop < hops; hop++) await null;
      const late = queue.send("s1", "late");
      (await began("late")).reply();
      assert.equal((await settled(late.outcome)).status, "completed", `after ${hops} hops`);
      await settled(first.outcome);
      assert.deepEqual(runs.map(({ text }) => text), ["first", "late"]);
    });
  }
});

test("B5: a message that comes after the hand-over waits for the new owner", async () => {
  const inbox = ["one", "two"];
  const ran: string[] = [];
  const chain = new DrainHandoff<string, string>({
    next: () => inbox.shift(),
    run: (turn) => void ran.push(turn.item),
    observer: {
      handedOff: (from, to) => {
        if (from.item !== "one") return;
        inbox.push("late");
        assert.equal(chain.wake("s1"), false);
        assert.equal(chain.turnOf("s1"), to);
        assert.deepEqual(inbox, ["late"]);
      },
    },
    clock: new FakeClock(),
  });
  chain.wake("s1");
  await chain.quiet();
  assert.deepEqual(ran, ["one", "two", "late"]);
});

test("B5: a message that comes while the turn cleans up after a failure runs, too", () =>
  withQueue(async ({ queue, began }) => {
    const first = queue.send("s1", "first", {
      deliver: () => Promise.reject(new Error("the reply did not go out")),
    });
    (await began("first")).reply();
    const late = queue.send("s1", "late");
    (await began("late")).reply();
    assert.equal((await settled(first.outcome)).status, "failed");
    assert.equal((await settled(late.outcome)).status, "completed");
  }));

test("B5: the host's chat that comes as the last answer leaves is served", () =>
  withHost(async ({ agent, client }) => {
    const ann = client("ann");
    await ann.open();
    for (let hops = 0; hops < 8; hops++) {
      const first = ann.chat("first", { policy: "enqueue" });
      (await agent.began("first")).reply();
      for (let hop = 0; hop < hops; hop++) await null;
      const late = ann.chat("late", { policy: "enqueue" });
      (await agent.began("late")).reply();
      const answers = await settled(Promise.all([first, late]));
      assert.deepEqual(answers.map(({ body }) => body.response), ["re: first", "re: late"]);
    }
  }));
