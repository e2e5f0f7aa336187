import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, quiet } from "@lanekeeper/test/fake_clock";
import { type CancelLevel, SessionQueue } from "./mod.ts";
import {
  bench,
  deferred,
  openSessions,
  peek,
  type QueueOptions,
  ScriptedAgent,
} from "./_test_support.ts";

/** A session with a handle, one running turn and two messages that wait. */
const busy = (options: Partial<QueueOptions> = {}) =>
  openSessions({ a: ["runs", "1", "2"] }, options);

test("requestCancel is called with the level, and what it returns is awaited (CANCEL_LEVEL, A12)", async () => {
  for (const level of ["immediate", "graceful"] as const) {
    const calls: [string, CancelLevel, string, string][] = [];
    const answer = deferred();
    const b = await busy({
      requestCancel: (handle, asked, { session, id }) => {
        calls.push([handle, asked, session, id]);
        return answer.promise;
      },
    });
    const stop = b.queue.stop("a", { level, queued: "keep" });
    assert.deepEqual(calls, [["a#1", level, "a", b.receipts[0]!.id]]);
    b.agent.last.finish();
    assert.equal(await peek(stop), "pending", "the turn is over, the cancel is not");
    answer.resolve("whatever");
    assert.deepEqual(await stop, { running: "settled", discarded: 0 });
    assert.equal(calls.length, 1);
  }
});

test("an error of requestCancel is reported and never thrown (cancel-unawaited)", async () => {
  const hooks: QueueOptions["requestCancel"][] = [
    () => {
      throw new Error("broken");
    },
    () => Promise.reject(new Error("broken")),
  ];
  for (const requestCancel of hooks) {
    for (const level of ["immediate", "graceful"] as const) {
      const b = await busy({ requestCancel: requestCancel! });
      const stop = b.queue.stop("a", { level });
      b.agent.last.finish();
      assert.deepEqual(await stop, { running: "settled", discarded: 2 });
      assert.deepEqual(b.errors, ["requestCancel of a: Error: broken"]);
    }
  }
});

test("requestCancel may return a value, and a withdrawn or interrupted turn asks it as well", async () => {
  const levels: string[] = [];
  const b = await busy({ requestCancel: (_handle, level) => levels.push(level) });
  assert.equal((await b.queue.stop("a")).running, "settled");
  const withdrawn = b.queue.send("a", "withdrawn");
  await quiet();
  withdrawn.withdraw();
  await withdrawn.outcome;
  b.queue.send("a", "interrupted");
  await quiet();
  b.queue.send("a", "fresh", { policy: "interrupt" });
  await quiet();
  assert.deepEqual(levels, ["immediate", "immediate", "immediate"]);
});

test("requestCancel is not called for a turn that has not begun, nor twice for one turn (CANCEL_LEVEL)", async () => {
  const levels: string[] = [];
  const b = await busy({ requestCancel: (_handle, level) => levels.push(level) });
  await b.queue.stop("a");
  b.queue.send("a", "text");
  await b.queue.stop("a");
  assert.deepEqual(levels, ["immediate"]);
  b.agent.deaf = true;
  b.queue.send("a", "deaf");
  await quiet();
  const stops = [b.queue.stop("a"), b.queue.stop("a")];
  b.agent.last.finish();
  await Promise.all(stops);
  assert.deepEqual(levels, ["immediate", "immediate"]);
});

test("stop() returns at its deadline when requestCancel hangs (STOP_TERMINATES)", async () => {
  const b = await busy({ requestCancel: () => new Promise(() => {}) });
  const stop = b.queue.stop("a", { deadlineMs: 100 });
  assert.equal(await peek(stop), "pending");
  b.clock.advance(100);
  assert.deepEqual(await stop, { running: "asked", discarded: 2 });
});

test("no turn starts while the cancel of another one is under way (CANCEL_NOT_STICKY, B8)", async () => {
  for (const level of ["immediate", "graceful"] as const) {
    const cancel = deferred();
    const b = await busy({ requestCancel: () => cancel.promise });
    void b.queue.stop("a", { level, queued: "keep" });
    b.agent.last.finish();
    await quiet();
    assert.deepEqual(b.agent.texts, ["runs"]);
    cancel.resolve("");
    await quiet();
    assert.deepEqual(b.agent.texts, ["runs", "1"]);
  }
});

test("a cancel that hangs holds up the next turn no longer than abandonAfterMs (STOP_TERMINATES)", async () => {
  for (const level of ["immediate", "graceful"] as const) {
    const b = await busy({ requestCancel: () => new Promise(() => {}), abandonAfterMs: 50 });
    void b.queue.stop("a", { level, queued: "keep" });
    b.agent.last.finish();
    await quiet();
    b.clock.advance(49);
    await quiet();
    assert.deepEqual(b.agent.texts, ["runs"]);
    b.clock.advance(1);
    await quiet();
    assert.deepEqual(b.agent.texts, ["runs", "1"]);
  }
});

test("requestCancel is called on a queue whose sessions have no handle, too", async () => {
  const asked: string[] = [];
  const b = bench({ requestCancel: (handle, _level, { id }) => asked.push(`${handle} ${id}`) });
  b.queue.send("a", "text");
  await quiet();
  await b.queue.stop("a");
  assert.deepEqual(asked, ["undefined m1"]);
});

test("an onError that throws itself disturbs nothing (FUTURE_SETTLES)", async () => {
  const b = await busy({
    requestCancel: () => Promise.reject(new Error("broken")),
    onError: () => {
      throw new Error("broken as well");
    },
  });
  b.queue.send("a", "fresh", { policy: "interrupt", queued: "supersede" });
  await quiet();
  b.agent.last.finish();
  assert.equal((await b.queue.stop("a")).running, "settled");
});

test("an error without a caller is told on the console where nobody asked for it (CANCEL_LEVEL, A12)", async () => {
  const error = new Error("no");
  const agent = new ScriptedAgent();
  const queue = new SessionQueue<string, string, string>({
    clock: new FakeClock(),
    run: agent.run,
    requestCancel: () => {
      throw error;
    },
  });
  queue.send("a", "text");
  await quiet();
  const told: unknown[][] = [];
  const { error: log } = console;
  console.error = (...line: unknown[]) => void told.push(line);
  try {
    await queue.stop("a");
  } finally {
    console.error = log;
  }
  assert.deepEqual(told, [['Error in requestCancel of session "a":', error]]);
});
