import { type Ledger, traceHashOf } from "@lanekeeper/harness";
import assert from "node:assert/strict";
import { test } from "node:test";
import { guardsOf, play, recordsOf, told } from "./_play.ts";
import drainHandoff, { proceeding as drainProceeding } from "./drain_handoff_adapter.ts";
import host from "./host_adapter.ts";
import lockScope, { locked } from "./lock_scope_adapter.ts";
import sessionQueue, { proceeding as queueProceeding } from "./session_queue_adapter.ts";
import taskTracker, { slow as slowTaskTracker } from "./task_tracker_adapter.ts";
import webChat from "./web_chat_adapter.ts";

test("session-queue: a stop cancels the turn, by the agent's own cancel too, and what waits", async () => {
  const ledger = await play(sessionQueue, "send a; send a; stop a");
  assert.deepEqual(told(ledger, "run", "cancel", "outcome"), [
    "a/m1 run 1: call",
    "a/m1 run 1: abort",
    'cancel: session "a", run 1, level "immediate"',
    "a/m2 outcome: cancelled",
    "a/m1 run 1: end",
    "a/m1 outcome: cancelled",
  ]);
  assert.deepEqual(recordsOf(ledger, "reply"), []);
  assert.equal(guardsOf(ledger, "a").size, 1);
});

test("session-queue: what one sender wrote is collected into one turn, whose reply is delivered", async () => {
  const ledger = await play(
    sessionQueue,
    "send a; send a collect; send a collect; send a collect by s2",
  );
  assert.deepEqual(told(ledger, "run").filter((line) => line.endsWith("call")), [
    "a/m1 run 1: call",
    "a/m2+m3 run 2: call",
    "a/m4 run 3: call",
  ]);
  const outcomes = recordsOf(ledger, "outcome").map((
    { message, status, by },
  ) => [message, status, by]);
  assert.deepEqual(outcomes, [
    ["m1", "completed", undefined],
    ["m2", "completed", undefined],
    ["m3", "merged", "m2"],
    ["m4", "completed", undefined],
  ]);
  const delivered = recordsOf(ledger, "reply").filter(({ act }) => act === "end");
  assert.deepEqual(delivered.map(({ message, run }) => [message, run]), [["m1", 1], ["m2", 2], [
    "m4",
    3,
  ]]);
});

for (const adapter of [sessionQueue, host]) {
  test(`${adapter.name}: what the turn does not take runs by itself; what is rolled back goes first`, async () => {
    const steered = await play(adapter, "send a; send a steer");
    assert.deepEqual(told(steered, "run", "steer", "outcome").slice(0, 5), [
      "a/m1 run 1: call",
      'steer: session "a", message "m2", run 1, act "offer"',
      'steer: session "a", message "m2", run 1, act "refuse"',
      "a/m1 run 1: end",
      "a/m2 run 2: call",
    ]);
    const rolledBack = await play(adapter, "send a; send a rollback");
    assert.deepEqual(told(rolledBack, "run", "rollback", "outcome").slice(2, 7), [
      "a/m1 run 1: end",
      'rollback: session "a", message "m1", run 1, act "begin"',
      'rollback: session "a", message "m1", run 1, act "end"',
      "a/m2 run 2: call",
      "a/m1 outcome: superseded",
    ]);
  });
}

test("session-queue: a lost handle is resumed, and an ended session takes nothing", async () => {
  const story = "create a; send a; disconnect a; send a; end a; send a; resume a revive; send a";
  const ledger = await play(sessionQueue, story, "one by one");
  const handles = recordsOf(ledger, "handle").map(({ handle, act }) => `${act} ${handle}`);
  assert.deepEqual(handles, ["open 1", "close 1", "open 2", "close 2", "open 3"]);
  assert.deepEqual(told(ledger, "rejected"), [
    'rejected: session "a", message "m3", reason "ended"',
  ]);
  assert.equal(recordsOf(ledger, "run").filter(({ act }) => act === "end").length, 3);
});

test("session-queue: what waits for longer than it may expires", async () => {
  const ledger = await play(sessionQueue, "send a deaf; send a; stop a keep");
  assert.deepEqual(told(ledger, "outcome"), ["a/m1 outcome: abandoned", "a/m2 outcome: expired"]);
});

test("drain-handoff: through a chain the guard stays the same object, also when a turn fails", async () => {
  const ledger = await play(drainHandoff, "send a; send a throws; send a; send b");
  assert.deepEqual(told(ledger, "outcome"), [
    "a/m1 outcome: completed",
    "b/m4 outcome: completed",
    "a/m2 outcome: failed",
    "a/m3 outcome: completed",
  ]);
  const [guard, ...others] = guardsOf(ledger, "a");
  assert.deepEqual(others, []);
  assert.equal(typeof guard, "object");
  for (const run of recordsOf(ledger, "run")) {
    assert.equal(run.guard === guard, run.session === "a", `run ${run.run}: ${run.act}`);
  }
  assert.equal(
    recordsOf(ledger, "guard").findLast(({ session }) => session === "a")?.guard,
    undefined,
  );
});

test("drain-handoff: a shutdown lets run what waits, and takes nothing more", async () => {
  const ledger = await play(drainHandoff, "send a; send a; shutdown; send a");
  assert.deepEqual(told(ledger, "phase", "rejected", "outcome"), [
    'phase: phase "intake"',
    'rejected: session "a", message "m3", reason "draining"',
    "a/m1 outcome: completed",
    "a/m2 outcome: completed",
  ]);
});

test("a turn that ignores its cancel blocks its key, or is overtaken where that is allowed", async () => {
  const ends = (ledger: Ledger) =>
    told(ledger, "run", "outcome").filter((line) => /(2: call|1: end|abandoned)$/.test(line));
  const story = "send a deaf; send a; stop a keep";
  assert.deepEqual(ends(await play(drainHandoff, story)), [
    "a/m1 outcome: abandoned",
    "a/m1 run 1: end",
    "a/m2 run 2: call",
  ]);
  for (const adapter of [drainProceeding, queueProceeding]) {
    const ledger = await play(adapter, story);
    assert.deepEqual(ends(ledger).toSorted(), [
      "a/m1 outcome: abandoned",
      "a/m1 run 1: end",
      "a/m2 run 2: call",
    ]);
    assert.equal(ends(ledger).at(-1), "a/m1 run 1: end", adapter.name);
    assert.equal(guardsOf(ledger, "a").size, 2, adapter.name);
  }
});

test("lock-scope: a busy session is refused, and its claim released by the token that took it", async () => {
  const ledger = await play(lockScope, "send a; send a; stop a; send b");
  assert.deepEqual(told(ledger, "claim", "rejected"), [
    'claim: key "a", by "m1", act "check"',
    'claim: key "a", by "m1", act "claim", token 1',
    'claim: key "a", by "m2", act "check"',
    'rejected: session "a", message "m2", reason "busy"',
    'claim: key "b", by "m3", act "check"',
    'claim: key "b", by "m3", act "claim", token 2',
    'claim: key "a", by "m1", act "release", token 1',
    'claim: key "b", by "m3", act "release", token 2',
  ]);
  assert.deepEqual(recordsOf(ledger, "run").filter(({ act }) => act === "abort").length, 1);
});

test("lock-scope: all who need a conversation share one flight to it", async () => {
  const ledger = await play(lockScope, "create a; create a; send a; send b", "at once");
  const begun = recordsOf(ledger, "io").filter(({ act }) => act === "begin");
  assert.deepEqual(begun.map(({ port, session }) => `${port} ${session}`), ["open a", "open b"]);
  assert.deepEqual(told(ledger, "outcome"), ["a/m1 outcome: completed", "b/m2 outcome: completed"]);
});

test("lock-scope: a conversation that is gone is forgotten, and the next message begins another", async () => {
  const ledger = await play(lockScope, "create a; disconnect a; resume a gone; send a");
  assert.deepEqual(recordsOf(ledger, "binding").map(({ session, about }) => [session, about]), [
    ["a#1", "a#1"],
    [undefined, "a#1"],
    ["a#2", "a#2"],
  ]);
  assert.deepEqual(told(ledger, "outcome"), ["a/m1 outcome: completed"]);
});

test("lock-scope: a lock goes from turn to turn in order, and whoever left the line never runs", async () => {
  const ledger = await play(
    locked,
    "send a; send a; send a; send a; withdraw a oldest; withdraw a",
  );
  const locks = recordsOf(ledger, "lock").map(({ by, act }) => `${by} ${act}`);
  assert.deepEqual(locks, [
    "m1 wait",
    "m1 hold",
    "m2 wait",
    "m3 wait",
    "m4 wait",
    "m4 release",
    "m1 release",
    "m2 hold",
    "m2 release",
    "m3 hold",
    "m3 release",
  ]);
  assert.deepEqual([...guardsOf(ledger, "a")].length, 3);
  assert.ok(recordsOf(ledger, "run").every(({ message }) => message !== "m4"));
});

test("task-tracker: an event is acknowledged before its task starts, beside those that run", async () => {
  const ledger = await play(taskTracker, "send a; redeliver a; end a; send a");
  assert.deepEqual(told(ledger, "event", "run", "rejected"), [
    'event: event "e1", act "arrive"',
    'event: event "e1", act "ack"',
    "a/m1 run 1: call",
    'event: event "e1", act "arrive"',
    'event: event "e1", act "ack"',
    "a/m2 run 2: call",
    'event: event "e3", act "arrive"',
    'rejected: session "a", message "m3", reason "ended"',
    "a/m1 run 1: end",
    "a/m2 run 2: end",
  ]);
});

test("task-tracker: a task waits for its acknowledgement, and a shutdown for both", async () => {
  const ledger = await play(slowTaskTracker, "send a; send a; shutdown; send a", "at once");
  assert.deepEqual(told(ledger, "event", "run", "rejected").slice(2), [
    'event: event "e3", act "arrive"',
    'rejected: session "a", message "m3", reason "draining"',
    'event: event "e1", act "ack"',
    "a/m1 run 1: call",
    'event: event "e2", act "ack"',
    "a/m2 run 2: call",
    "a/m1 run 1: end",
    "a/m2 run 2: end",
  ]);
  assert.deepEqual(told(ledger, "answered").at(-1), "answered: op 2, ok true");
});

test("task-tracker: a shutdown names the tasks that ignored their cancel", async () => {
  const ledger = await play(taskTracker, "send a deaf; shutdown", "late");
  assert.deepEqual(told(ledger, "outcome", "answered"), [
    "a/m1 outcome: abandoned",
    'answered: op 0, ok true, detail "abandoned"',
    "answered: op 1, ok true, abandoned true",
  ]);
});

test("every adapter tells the same story twice, with a run and a clean rest in it", async () => {
  const adapters = [
    sessionQueue,
    queueProceeding,
    drainHandoff,
    drainProceeding,
    lockScope,
    locked,
    taskTracker,
    slowTaskTracker,
    host,
    webChat,
  ];
  for (const adapter of adapters) {
    const story = "send a; send a throws; advance 5000; send b; send a";
    const [ledger, again] = [await play(adapter, story), await play(adapter, story)];
    assert.equal(traceHashOf(again), traceHashOf(ledger), adapter.name);
    const ended = recordsOf(ledger, "run").filter(({ act }) => act === "end").length;
    assert.ok(ended >= 2, `${adapter.name}: ${ended} runs ended`);
    const [rest] = recordsOf(ledger, "rest");
    assert.deepEqual(Object.values(rest!.held).filter((count) => count > 0), [], adapter.name);
  }
});
