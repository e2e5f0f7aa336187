import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "@lanekeeper/test/fake_clock";
import { assertAtRest, type Bench, bench, deferred, withSlowHandles } from "./_test_support.ts";
import type { QueueOptions } from "./_test_support.ts";

const ROLLBACK = { policy: "rollback" } as const;

/** A queue whose agent tells of what it rolls back. */
function withRollback(options: Partial<QueueOptions> = {}): Bench & { log: string[] } {
  const log: string[] = [];
  const b = bench({
    rollback: (_handle, turn) => void log.push(`rollback ${turn.messages}`),
    observer: {
      started: ({ id }) => log.push(`started ${id}`),
      settled: ({ id }, { status }) => log.push(`${id} ${status}`),
    },
    ...options,
  });
  return { ...b, log };
}

test("rollback interrupts, drops the exchange once it has settled, and runs on what is left", async () => {
  const b = withRollback();
  b.agent.deaf = true;
  const old = b.queue.send("a", "old");
  await quiet();
  const fresh = b.queue.send("a", "fresh", ROLLBACK);
  await quiet();
  assert.ok(b.agent.last.turn.signal.aborted);
  assert.deepEqual(b.log, ["started m1"], "not before its work has settled");
  b.agent.last.finish();
  await quiet();
  assert.deepEqual(b.log, ["started m1", "rollback m1", "m1 superseded", "started m2"]);
  assert.deepEqual(await old.outcome, { status: "superseded", by: fresh.id });
  b.agent.last.finish();
  assert.equal(await fresh.result(), "re: fresh");
  await assertAtRest(b);
});

test("no turn starts before the rollback is over", async () => {
  const slow = deferred<void>();
  const b = withRollback({ rollback: () => slow.promise });
  b.queue.send("a", "old");
  await quiet();
  b.queue.send("a", "fresh", ROLLBACK);
  await quiet();
  assert.deepEqual(b.agent.texts, ["old"]);
  slow.resolve();
  await quiet();
  assert.deepEqual(b.agent.texts, ["old", "fresh"]);
  b.agent.last.finish();
  await assertAtRest(b);
});

test("a rollback that hangs is given up after abandonAfterMs, and the turn is not abandoned", async () => {
  const b = withRollback({ rollback: () => new Promise(() => {}), abandonAfterMs: 300 });
  const old = b.queue.send("a", "old");
  await quiet();
  b.queue.send("a", "fresh", ROLLBACK);
  await quiet();
  b.clock.advance(299);
  await quiet();
  assert.deepEqual(b.agent.texts, ["old"]);
  b.clock.advance(1);
  await quiet();
  assert.deepEqual([old.status, b.agent.texts], ["superseded", ["old", "fresh"]]);
  b.agent.last.finish();
  await assertAtRest(b);
});

test("a rollback that fails goes to onError, and the message runs all the same (FUTURE_SETTLES)", async () => {
  for (const isSync of [true, false]) {
    const b = withRollback({
      rollback: () => {
        if (isSync) throw new Error("disk");
        return Promise.reject(new Error("disk"));
      },
    });
    b.queue.send("a", "old");
    await quiet();
    const fresh = b.queue.send("a", "fresh", ROLLBACK);
    await quiet();
    assert.deepEqual(b.errors, ["rollback of a: Error: disk"]);
    b.agent.last.finish();
    assert.equal(await fresh.result(), "re: fresh");
    await assertAtRest(b);
  }
});

test("it comes after the agent's own cancel, which would hit it otherwise (CANCEL_LEVEL)", async () => {
  const cancel = deferred<void>();
  const b = withRollback({ requestCancel: () => cancel.promise });
  b.queue.send("a", "old");
  await quiet();
  b.queue.send("a", "fresh", ROLLBACK);
  await quiet();
  assert.deepEqual(b.log, ["started m1"]);
  cancel.resolve();
  await quiet();
  assert.deepEqual(b.log.slice(1, 3), ["rollback m1", "m1 superseded"]);
  b.agent.last.finish();
  await assertAtRest(b);
});

test("an agent that was never called has nothing to roll back (CANCEL_TARGET)", async () => {
  const b = withRollback();
  const old = b.queue.send("a", "old");
  b.queue.send("a", "fresh", ROLLBACK); // Before the first turn has begun.
  await quiet();
  assert.deepEqual([old.status, b.agent.texts], ["superseded", ["fresh"]]);
  b.agent.last.finish();
  await quiet();
  assert.ok(!b.log.some((line) => line.startsWith("rollback")), String(b.log));

  const rolled: string[] = [];
  const c = withSlowHandles({ rollback: (_handle, { id }) => rolled.push(id) });
  c.queue.send("a", "old");
  await quiet();
  c.queue.send("a", "fresh", ROLLBACK); // While it waits for its handle.
  c.calls[0]!.resolve();
  await quiet();
  assert.deepEqual([c.agent.texts, rolled], [["fresh"], []]);
  c.agent.last.finish();
  await c.queue.stopAll();
});

test("an abandoned turn is not rolled back: nobody can say what it will leave", async () => {
  const b = withRollback();
  b.agent.deaf = true;
  const old = b.queue.send("a", "old");
  await quiet();
  b.queue.send("a", "fresh", ROLLBACK);
  b.clock.advance(5_000);
  await quiet();
  assert.equal(old.status, "abandoned");
  b.agent.last.finish();
  await quiet();
  assert.deepEqual(b.log, ["started m1", "m1 abandoned", "started m2"]);
  b.agent.last.finish();
  await assertAtRest(b);
});

test("a turn that is cancelled when its run is over, but not its end, is rolled back too (FUTURE_SETTLES)", async () => {
  const part = deferred<void>();
  const b = withRollback({ requestCancel: () => part.promise });
  const old = b.queue.send("a", "old");
  await quiet();
  void b.queue.stop("a", { level: "graceful" });
  b.agent.last.finish();
  await quiet();
  assert.equal(old.status, "running");
  b.queue.send("a", "fresh", ROLLBACK);
  part.resolve();
  await quiet();
  assert.deepEqual(b.log, ["started m1", "rollback m1", "m1 superseded", "started m2"]);
  b.agent.last.finish();
  await assertAtRest(b);
});

test("an exchange whose reply is out is not rolled back: it is completed (EXACTLY_ONE_OUTCOME)", async () => {
  const delivery = deferred<void>();
  const b = withRollback();
  const old = b.queue.send("a", "old", { deliver: () => delivery.promise });
  await quiet();
  b.agent.last.finish();
  await quiet();
  b.queue.send("a", "fresh", ROLLBACK);
  delivery.resolve();
  await quiet();
  assert.equal(old.status, "completed");
  assert.deepEqual(b.log, ["started m1", "m1 completed", "started m2"]);
  b.agent.last.finish();
  await assertAtRest(b);
});

test("only who interrupted rolls back: not a second one, nor one that came after a stop (CANCEL_TARGET)", async () => {
  for (const first of ["interrupt", "stop"] as const) {
    const b = withRollback();
    b.agent.deaf = true;
    b.queue.send("a", "old");
    await quiet();
    if (first === "stop") void b.queue.stop("a");
    else b.queue.send("a", "first", { policy: "interrupt" });
    b.queue.send("a", "second", ROLLBACK);
    b.agent.last.finish();
    await quiet();
    if (first === "interrupt") b.agent.last.finish();
    await quiet();
    assert.deepEqual(
      b.agent.texts,
      first === "stop" ? ["old", "second"] : [
        "old",
        "first",
        "second",
      ],
    );
    assert.ok(!b.log.some((line) => line.startsWith("rollback")), String(b.log));
    b.agent.last.finish();
    await assertAtRest(b);
  }
});

test("what waits stays in order behind it, or is superseded; of two the first goes first (FIFO)", async () => {
  for (const queued of ["keep", "supersede"] as const) {
    const b = withRollback();
    b.queue.send("a", "old");
    await quiet();
    b.queue.send("a", "waits");
    b.queue.send("a", "one", { ...ROLLBACK, queued });
    b.queue.send("a", "two", ROLLBACK);
    for (let i = 0; i < 3; i++) {
      await quiet();
      b.agent.last.finish();
    }
    await quiet();
    const rest = queued === "keep" ? ["waits"] : [];
    assert.deepEqual(b.agent.texts, ["old", "one", "two", ...rest]);
    await assertAtRest(b);
  }
});

test("what the interrupted turn took by steer is superseded and dropped with it", async () => {
  const b = withRollback({ steer: () => true });
  b.queue.send("a", "old");
  await quiet();
  const more = b.queue.send("a", "more", { policy: "steer" });
  const fresh = b.queue.send("a", "fresh", ROLLBACK);
  await quiet();
  assert.deepEqual(await more.outcome, { status: "superseded", by: fresh.id });
  assert.equal(b.log[1], "rollback m1,m2");
  b.agent.last.finish();
  await assertAtRest(b);
});

test("on an idle session, and without the hook, it is what enqueue and interrupt are", async () => {
  const b = bench();
  const old = b.queue.send("a", "old", ROLLBACK);
  await quiet();
  b.queue.send("a", "fresh", ROLLBACK);
  await quiet();
  assert.deepEqual([old.status, b.agent.texts], ["superseded", ["old", "fresh"]]);
  b.agent.last.finish();
  await assertAtRest(b);
});
