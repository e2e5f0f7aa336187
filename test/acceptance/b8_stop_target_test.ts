import assert from "node:assert/strict";
import { test } from "node:test";
import { SessionQueue } from "@lanekeeper/session-queue";
import { FakeClock } from "../support/fake_clock.ts";
import { withHost } from "../support/host_bench.ts";
import { withQueue } from "../support/queue_bench.ts";
import { settled, until } from "../support/settle.ts";

test("B8: a stop hits the turn that ran and what waited, and nothing that is sent after it", () =>
  withQueue(async ({ queue, began, runs }) => {
    const [running, waiting] = [queue.send("s1", "running"), queue.send("s1", "waiting")];
    await began("running");
    const stopping = queue.stop("s1");
    const after = queue.send("s1", "after");
    assert.deepEqual(await settled(stopping), { running: "settled", discarded: 1 });
    const run = await began("after");
    assert.ok(!run.turn.signal.aborted);
    run.reply();
    const ends = await settled(
      Promise.all([running, waiting, after].map(({ outcome }) => outcome)),
    );
    assert.deepEqual(ends.map(({ status }) => status), ["cancelled", "cancelled", "completed"]);
    assert.deepEqual(runs.map(({ text }) => text), ["running", "after"]);
  }));

test("B8: a stop that is slow to take effect never hits a later turn (stop-swallow, stop-chain)", () =>
  withQueue(async ({ queue, began, runs }) => {
    const first = queue.send("s1", "first");
    const next = queue.send("s1", "next");
    const run = await began("first");
    const stopping = queue.stop("s1", { queued: "keep" });
    assert.deepEqual([queue.running, runs.length], [1, 1], "the old turn has the guard");
    run.reply("swallowed the cancel");
    const nextRun = await began("next");
    assert.equal((await settled(stopping)).running, "settled");
    assert.ok(!nextRun.turn.signal.aborted);
    nextRun.reply();
    assert.deepEqual(await settled(first.outcome), { status: "cancelled", cause: "stopped" });
    assert.equal((await settled(next.outcome)).status, "completed");
  }, { isDeaf: true }));

test("B8: the agent's own cancel is over before a later turn could be hit by it", async () => {
  const clock = new FakeClock();
  const hits: string[] = [];
  let running = "";
  let arrive = () => {};
  const queue = new SessionQueue<string, string>({
    run: (turn) => {
      running = turn.id;
      return new Promise((_, reject) => {
        turn.signal.addEventListener("abort", () => reject(turn.signal.reason));
        if (turn.inputs[0]?.message === "next") reject(new Error("over"));
      });
    },
    // A round trip to the agent: it cancels whatever runs when it arrives.
    requestCancel: (_, level, turn) =>
      new Promise<void>((resolve) => {
        arrive = () => {
          hits.push(`${level} for ${turn.id} hit ${running}`);
          resolve();
        };
      }),
    clock,
  });
  const first = queue.send("s1", "first");
  await until(() => running === "m1");
  const next = queue.send("s1", "next");
  const stopping = queue.stop("s1", { queued: "keep" });
  await until(() => queue.running === 1);
  arrive();
  await settled(Promise.all([stopping, first.outcome, next.outcome]));
  assert.deepEqual([hits, running], [["immediate for m1 hit m1"], "m2"]);
  await until(() => queue.size === 0);
  assert.equal(clock.pending, 0);
});

test("B8: a stop that comes when its turn is over hits no turn that starts then (sticky)", async () => {
  for (let hops = 0; hops < 16; hops++) {
    await withQueue(async ({ queue, began }) => {
      const first = queue.send("s1", "first");
      (await began("first")).reply();
      for (let hop = 0; hop < hops; hop++) await null;
      const stopping = queue.stop("s1");
      const after = queue.send("s1", "after");
      const run = await began("after");
      await settled(stopping);
      assert.ok(!run.turn.signal.aborted, `after ${hops} hops`);
      run.reply();
      await settled(first.outcome);
      assert.equal((await settled(after.outcome)).status, "completed");
    });
  }
});

test("B8: an interrupt hits the turn that ran when it came, and never the one that it waits for", () =>
  withQueue(async ({ queue, began }) => {
    const receipts = [
      queue.send("s1", "first"),
      queue.send("s1", "second", { policy: "interrupt" }),
      queue.send("s1", "third", { policy: "interrupt" }),
    ];
    for (const text of ["second", "third"]) {
      const run = await began(text);
      assert.ok(!run.turn.signal.aborted, text);
      run.reply();
    }
    const ends = await settled(Promise.all(receipts.map(({ outcome }) => outcome)));
    assert.deepEqual(ends.map(({ status }) => status), ["superseded", "completed", "completed"]);
  }));

test("B8: a stop in the web chat spares the message that is sent right after it", () =>
  withHost(async ({ agent, client }) => {
    const ann = client("ann");
    await ann.open();
    const running = ann.chat("running");
    await agent.began("running");
    const stopping = ann.stop();
    const after = ann.chat("after", { policy: "enqueue" });
    const run = await agent.began("after");
    await settled(stopping);
    assert.ok(!run.turn.signal.aborted);
    run.reply();
    assert.equal((await settled(running)).body.outcome, "cancelled");
    assert.equal((await settled(after)).body.response, "re: after");
  }));

test("B8: a new session ends the one that was there when it was asked for, and not itself", () =>
  withHost(async ({ agent, client, clock }) => {
    const ann = client("ann");
    await ann.open();
    const old = ann.chat("on the old one");
    await agent.began("on the old one");
    await settled(ann.open());
    const chat = ann.chat("on the new one");
    const run = await agent.began("on the new one");
    clock.advance(5_000);
    assert.equal((await settled(old)).body.cause, "ended");
    assert.ok(!run.turn.signal.aborted);
    run.reply();
    assert.equal((await settled(chat)).body.session_id, "s2");
  }));

test("B8: a reset, that is an end and a new session at once, spares the new one", () =>
  withHost(async ({ agent, client, clock }) => {
    const ann = client("ann");
    await ann.open();
    const old = ann.chat("on the old one");
    await agent.began("on the old one");
    const ending = ann.end();
    await settled(ann.open());
    const chat = ann.chat("on the new one");
    const run = await agent.began("on the new one");
    await until(() => clock.pending > 0);
    clock.advance(5_000);
    assert.equal((await settled(ending)).body.session_id, "s1");
    assert.equal((await settled(old)).body.cause, "ended");
    assert.ok(!run.turn.signal.aborted);
    run.reply();
    assert.equal((await settled(chat)).body.session_id, "s2");
  }));
