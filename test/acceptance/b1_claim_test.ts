import assert from "node:assert/strict";
import { test } from "node:test";
import { DrainHandoff } from "@lanekeeper/drain-handoff";
import { FakeClock } from "../support/fake_clock.ts";
import { withHost } from "../support/host_bench.ts";
import { withQueue } from "../support/queue_bench.ts";
import { settled } from "../support/settle.ts";

test("B1: a message for an idle session installs guard and owner in one synchronous step", async () => {
  const inbox = ["hello"];
  let runs = 0;
  const chain = new DrainHandoff<string, string>({
    next: () => inbox.shift(),
    run: () => void runs++,
    clock: new FakeClock(),
  });
  assert.ok(chain.wake("s1"));
  const turn = chain.turnOf("s1");
  assert.ok(turn);
  assert.deepEqual(chain.snapshot(), [
    { key: "s1", generation: 1, state: "ready", interrupted: false },
  ]);
  assert.deepEqual([turn.item, turn.live, turn.guard.key, turn.guard.generation], [
    ...["hello", true, "s1", 1],
  ]);
  assert.equal(runs, 0, "the turn itself starts on a fresh stack");
  await chain.quiet();
  assert.deepEqual([runs, chain.size], [1, 0]);
});

test("B1: a second message in the same step finds the session busy (check-then-act)", async () => {
  const inbox = ["one", "two"];
  let running = 0;
  let most = 0;
  const chain = new DrainHandoff<string, string>({
    next: () => inbox.shift(),
    run: async () => {
      most = Math.max(most, ++running);
      await null;
      running--;
    },
    clock: new FakeClock(),
  });
  assert.deepEqual([chain.wake("s1"), chain.wake("s1"), chain.size], [true, false, 1]);
  await chain.quiet();
  assert.deepEqual([most, inbox.length], [1, 0]);
});

test("B1: the queue has claimed the session when send() returns", () =>
  withQueue(async ({ queue, began, runs }) => {
    const first = queue.send("s1", "first");
    const second = queue.send("s1", "second");
    assert.equal(runs.length, 0);
    assert.deepEqual([first.status, second.status], ["running", "waiting"]);
    assert.deepEqual(queue.snapshot(), [{
      session: "s1",
      state: "running",
      connected: false,
      generation: 1,
      running: ["m1"],
      waiting: ["m2"],
    }]);
    (await began("first")).reply();
    (await began("second")).reply();
    await settled(Promise.all([first.outcome, second.outcome]));
  }));

test("B1: every new guard has a greater generation, and a hand-over keeps it", () =>
  withQueue(async ({ queue, began, runs }) => {
    for (const texts of [["one", "two"], ["three"]]) {
      const receipts = texts.map((text) => queue.send("s1", text));
      for (const text of texts) (await began(text)).reply();
      await settled(Promise.all(receipts.map(({ outcome }) => outcome)));
    }
    assert.deepEqual(runs.map(({ turn }) => turn.generation), [1, 1, 2]);
  }));

test("B1: on a busy session enqueue waits for its own turn, in order", () =>
  withQueue(async ({ queue, began, runs }) => {
    const receipts = ["one", "two", "three"].map((text) => queue.send("s1", text));
    assert.equal(queue.waiting, 2);
    for (const text of ["one", "two", "three"]) (await began(text)).reply();
    await settled(Promise.all(receipts.map(({ outcome }) => outcome)));
    assert.deepEqual(runs.map(({ text }) => text), ["one", "two", "three"]);
  }));

test("B1: on a busy session reject refuses at once, and takes no place", () =>
  withQueue(async ({ queue, began }) => {
    const first = queue.send("s1", "first", { policy: "reject" });
    const second = queue.send("s1", "second", { policy: "reject" });
    assert.deepEqual([first.accepted, second.accepted, second.reason, queue.waiting], [
      ...[true, false, "busy", 0],
    ]);
    assert.deepEqual(await settled(second.outcome), { status: "rejected", reason: "busy" });
    (await began("first")).reply();
    await settled(first.outcome);
  }));

for (const queued of ["keep", "supersede"] as const) {
  test(`B1: on a busy session interrupt runs next, once the old turn has settled: queued "${queued}"`, () =>
    withQueue(async ({ queue, began, runs }) => {
      const first = queue.send("s1", "first");
      const waiting = queue.send("s1", "waiting");
      const run = await began("first");
      const urgent = queue.send("s1", "urgent", { policy: "interrupt", queued });
      assert.ok(run.turn.signal.aborted);
      assert.equal(runs.length, 1);
      run.reply("too late");
      (await began("urgent")).reply();
      assert.deepEqual(await settled(first.outcome), { status: "superseded", by: urgent.id });
      if (queued === "keep") (await began("waiting")).reply();
      assert.equal(
        (await settled(waiting.outcome)).status,
        queued === "keep" ? "completed" : "superseded",
      );
      assert.equal((await settled(urgent.outcome)).status, "completed");
    }, { isDeaf: true }));
}

test("B1: on a busy session collect joins the waiting message of the same sender, and mixes none (mash)", () =>
  withQueue(async ({ queue, began, runs }) => {
    const first = queue.send("s1", "first");
    const collect = (text: string, sender: string) =>
      queue.send("s1", text, { policy: "collect", sender });
    const receipts = [
      collect("a1", "ann"),
      collect("b1", "bob"),
      collect("a2", "ann"),
      collect("b2", "bob"),
    ];
    (await began("first")).reply();
    (await began("a1+a2")).reply("to ann");
    (await began("b1+b2")).reply("to bob");
    const ends = await settled(Promise.all(receipts.map(({ outcome }) => outcome)));
    assert.deepEqual(ends, [
      { status: "completed", value: "to ann" },
      { status: "completed", value: "to bob" },
      { status: "merged", into: receipts[0]?.id, value: "to ann" },
      { status: "merged", into: receipts[1]?.id, value: "to bob" },
    ]);
    assert.deepEqual(
      runs.map(({ turn }) => turn.inputs.map(({ sender }) => sender)),
      [[undefined], ["ann", "ann"], ["bob", "bob"]],
    );
    await settled(first.outcome);
  }));

test("B1: many messages wait for a busy session, and none takes another's place (slot-overwrite)", () =>
  withQueue(async ({ queue, began, runs }) => {
    const texts = Array.from({ length: 100 }, (_, n) => `message ${n}`);
    const receipts = texts.map((text) => queue.send("s1", text));
    for (const text of texts) (await began(text)).reply();
    const ends = await settled(Promise.all(receipts.map(({ outcome }) => outcome)));
    assert.ok(ends.every(({ status }) => status === "completed"));
    assert.deepEqual(runs.map(({ text }) => text), texts);
  }));

test("B1: the host's chat starts one agent for two messages in one step", () =>
  withHost(async ({ agent, client, host }) => {
    await client("ann").open();
    const first = host.queue.send("s1", { text: "first" });
    const second = host.queue.send("s1", { text: "second" }, { policy: "reject" });
    assert.deepEqual([first.status, second.status], ["running", "rejected"]);
    (await agent.began("first")).reply();
    assert.equal((await settled(first.outcome)).status, "completed");
  }));
