import { traceHashOf } from "@lanekeeper/harness";
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Pace, play, recordsOf, told } from "./_play.ts";
import slack, { lossy } from "./slack_adapter.ts";

test("slack: an event is acknowledged before its turn begins, and its redelivery is no second turn", async () => {
  const ledger = await play(slack, "send a; redeliver a; send a");
  assert.deepEqual(told(ledger, "event", "run", "rejected"), [
    'event: event "e1", act "arrive"',
    'event: event "e1", act "ack"',
    "a/m1 run 1: call",
    'event: event "e1", act "arrive"',
    'event: event "e1", act "ack"',
    'rejected: session "a", message "m2", reason "duplicate"',
    'event: event "e3", act "arrive"',
    'event: event "e3", act "ack"',
    "a/m1 run 1: end",
    "a/m3 run 2: call",
    "a/m3 run 2: end",
  ]);
});

test("slack: an event whose turn failed is run again when it is delivered again", async () => {
  const ledger = await play(slack, "send a throws; redeliver a", "one by one");
  assert.deepEqual(told(ledger, "outcome"), ["a/m1 outcome: failed", "a/m2 outcome: completed"]);
});

test("slack: a session is made or resumed once, in its first turn, and its handle is closed", async () => {
  const ledger = await play(slack, "send a; send a; disconnect a; send a; shutdown", "one by one");
  assert.deepEqual(recordsOf(ledger, "handle").map(({ act, handle }) => `${act} ${handle}`), [
    "open 1",
    "close 1",
    "open 2",
    "close 2",
  ]);
});

test("slack: a shutdown lets turns deliver their replies, and goes through its phases in order", async () => {
  const ledger = await play(slack, "send a; send a; shutdown; send a");
  const lines = told(ledger, "phase", "reply", "rejected").filter((line) =>
    !line.includes("begin")
  );
  assert.deepEqual(lines, [
    'phase: phase "intake"',
    'rejected: session "a", message "m3", reason "draining"',
    'reply: session "a", message "m1", run 1, from "a", act "end"',
    'reply: session "a", message "m2", run 2, from "a", act "end"',
    'phase: phase "turns"',
    'phase: phase "agents"',
    'phase: phase "transports"',
  ]);
  const acked = recordsOf(ledger, "event").filter(({ act }) => act === "ack");
  assert.deepEqual(acked.map(({ event }) => event), ["e1", "e2", "e3"]);
});

test("slack: what was not acknowledged when the socket was lost is delivered again, and runs once", async () => {
  const ledger = await play(lossy, "send a; send a; disconnect a", "at once");
  const acks = recordsOf(ledger, "io").filter(({ port, act }) => port === "ack" && act === "begin");
  assert.equal(acks.length, 4, "two that were lost and two that were not");
  assert.deepEqual(told(ledger, "outcome"), ["a/m1 outcome: completed", "a/m2 outcome: completed"]);
  assert.equal(recordsOf(ledger, "run").filter(({ act }) => act === "call").length, 2);
});

for (const adapter of [slack, lossy]) {
  test(`${adapter.name}: the same story is told twice, at every pace, and ends in a clean rest`, async () => {
    const story = "send a; send a throws; send b; redeliver b; advance 5000; send a";
    for (const pace of ["at once", "during turns", "one by one"] satisfies Pace[]) {
      const [ledger, again] = [await play(adapter, story, pace), await play(adapter, story, pace)];
      assert.equal(traceHashOf(again), traceHashOf(ledger), pace);
      const [rest] = recordsOf(ledger, "rest");
      assert.deepEqual(Object.values(rest!.held).filter((count) => count > 0), [], pace);
      assert.ok(recordsOf(ledger, "run").filter(({ act }) => act === "end").length >= 2, pace);
    }
  });
}
