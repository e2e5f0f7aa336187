import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, quiet } from "@lanekeeper/test/fake_clock";
import type { SessionQueueObserver } from "./mod.ts";
import { bench, Handles, type QueueOptions } from "./_test_support.ts";

/** A queue whose every event becomes a line. */
function watched(options: Partial<QueueOptions> = {}) {
  const events: string[] = [];
  const note = (line: string) => void events.push(line);
  const observer: SessionQueueObserver<string, string> = {
    accepted: ({ id, session }) => note(`accepted ${id} of ${session}`),
    rejected: ({ id }, reason) => note(`rejected ${id}: ${reason}`),
    started: ({ messages }) => note(`started ${messages.join("+")}`),
    stopping: ({ id }, level) => note(`stopping ${id}: ${level}`),
    emitted: ({ id }, data) => note(`emitted ${id}: ${data}`),
    settled: ({ id }, { status }) => note(`settled ${id}: ${status}`),
    handedOff: (from, to) => note(`handed off ${from.id} to ${to.id}`),
    idle: (session) => note(`idle ${session}`),
    opened: (session, how) => note(`opened ${session}: ${how}`),
    ended: (session) => note(`ended ${session}`),
    drained: ({ completed }) => note(`drained: ${completed} completed`),
  };
  const b = bench({ observer, ...options });
  /** The events since the last call. */
  const next = async () => {
    await quiet();
    return events.splice(0);
  };
  return { ...b, events, next };
}

test("a message is accepted, its turn started, the message settled, the session idle", async () => {
  const b = watched();
  b.queue.send("a", "text");
  assert.deepEqual(b.events, ["accepted m1 of a"], "within send()");
  assert.deepEqual(await b.next(), ["accepted m1 of a", "started m1"]);
  b.agent.last.turn.emit("piece");
  b.agent.last.finish();
  assert.deepEqual(await b.next(), ["emitted m1: piece", "settled m1: completed", "idle a"]);
});

test("a guard that moves on is told between one turn's end and the next one's start", async () => {
  const b = watched();
  b.queue.send("a", "1");
  b.queue.send("a", "2");
  await b.next();
  b.agent.last.finish();
  assert.deepEqual(await b.next(), ["settled m1: completed", "handed off m1 to m2", "started m2"]);
  b.agent.last.fail(new Error("no"));
  assert.deepEqual(await b.next(), ["settled m2: failed", "idle a"]);
});

test("a rejected message is told with its reason, and nothing else of it", async () => {
  const b = watched({ validate: (text) => text !== "bad", limits: { waitingMax: 0 } });
  b.queue.send("a", "runs");
  await b.next();
  b.queue.send("a", "", { policy: "reject" });
  b.queue.send("a", "");
  b.queue.send("a", "bad");
  void b.queue.end("b");
  b.queue.send("b", "");
  void b.queue.stopAll();
  b.queue.send("a", "");
  assert.deepEqual(await b.next(), [
    "rejected m2: busy",
    "rejected m3: full",
    "rejected m4: invalid",
    "ended b",
    "rejected m5: ended",
    "rejected m6: draining",
  ]);
});

test("collected messages are accepted and settled one by one, and started together", async () => {
  const b = watched({ policy: "collect" });
  for (const text of ["0", "1", "2"]) b.queue.send("a", text);
  await quiet();
  b.agent.last.finish();
  await quiet();
  b.agent.last.finish();
  assert.deepEqual((await b.next()).slice(3), [
    "started m1",
    "settled m1: completed",
    "handed off m1 to m2",
    "started m2+m3",
    "settled m2: completed",
    "settled m3: merged",
    "idle a",
  ]);
});

test("a stop tells which turn it asked, and how; what it discards is settled first", async () => {
  const b = watched();
  b.queue.send("a", "1");
  b.queue.send("a", "2");
  await b.next();
  void b.queue.stop("a", { level: "graceful" });
  assert.deepEqual(await b.next(), ["settled m2: cancelled", "stopping m1: graceful"]);
  void b.queue.stop("a");
  assert.deepEqual(await b.next(), ["stopping m1: immediate", "settled m1: cancelled", "idle a"]);
});

test("a turn that never began has no start and no stopping, but its outcome", async () => {
  const b = watched();
  b.queue.send("a", "text").withdraw();
  assert.deepEqual(await b.next(), ["accepted m1 of a", "settled m1: cancelled", "idle a"]);
});

test("an interrupt is accepted before the old turn is asked to stop", async () => {
  const b = watched();
  b.queue.send("a", "old");
  await b.next();
  b.queue.send("a", "fresh", { policy: "interrupt" });
  assert.deepEqual(await b.next(), [
    "accepted m2 of a",
    "stopping m1: immediate",
    "settled m1: superseded",
    "handed off m1 to m2",
    "started m2",
  ]);
});

test("an abandoned turn is settled once: nothing is told of its late end but the idle session", async () => {
  const b = watched({ abandonAfterMs: 10 });
  b.agent.deaf = true;
  b.queue.send("a", "deaf");
  await b.next();
  void b.queue.stop("a");
  b.clock.advance(10);
  assert.deepEqual(await b.next(), ["stopping m1: immediate", "settled m1: abandoned"]);
  b.agent.last.finish();
  assert.deepEqual(await b.next(), ["idle a"]);
});

test("a session's opening, its end and the drain are told", async () => {
  const handles = new Handles();
  const b = watched({ open: handles.open, resume: handles.resume, close: handles.close });
  await b.queue.create("a");
  await b.queue.resume("b");
  await b.queue.end("a");
  b.queue.send("b", "text");
  await quiet();
  b.agent.last.finish();
  await quiet();
  await b.queue.stopAll();
  assert.deepEqual(await b.next(), [
    "opened a: create",
    "opened b: resume",
    "ended a",
    "accepted m1 of b",
    "started m1",
    "settled m1: completed",
    "idle b",
    "drained: 0 completed",
  ]);
});

test("who hears of nothing, or of no event that comes, changes nothing", async () => {
  for (const heard of [{}, { observer: {} }]) {
    const b = bench({ steer: () => true, ...heard });
    await b.queue.create("a");
    const receipts = [b.queue.send("a", "first"), b.queue.send("a", "more", { policy: "steer" })];
    await quiet();
    receipts.push(b.queue.send("a", "next"));
    assert.equal(b.queue.send("a", "", { policy: "reject" }).reason, "busy");
    b.agent.last.turn.emit("piece");
    b.agent.last.finish();
    await quiet();
    void b.queue.stop("a", { level: "graceful" });
    b.agent.last.finish();
    await quiet();
    assert.deepEqual(receipts.map(({ status }) => status), ["completed", "merged", "completed"]);
    assert.equal((await b.queue.end("a")).closed, true);
    assert.equal((await b.queue.end("b")).closed, false);
    assert.equal((await b.queue.stopAll()).closed, 0);
  }
});

test("an expired message is settled", async () => {
  const b = watched();
  b.queue.send("a", "runs");
  b.queue.send("a", "waits", { waitMs: 10 });
  await b.next();
  b.clock.advance(10);
  assert.deepEqual(await b.next(), ["settled m2: expired"]);
});

test("every accepted message is settled exactly once, whatever becomes of it", async () => {
  const b = watched({ policy: "collect", limits: { collectMax: 3, waitMs: 100 } });
  for (let n = 0; n < 9; n++) b.queue.send("a", "text").id;
  b.queue.send("a", "withdrawn").withdraw();
  await quiet();
  b.queue.send("a", "fresh", { policy: "interrupt" });
  await quiet();
  b.agent.last.finish();
  await quiet();
  b.clock.advance(100);
  b.queue.send("a", "ends");
  void b.queue.end("a");
  b.agent.last.fail(new Error("no"));
  const events = await b.next();
  const ids = (verb: string) =>
    events.filter((line) => line.startsWith(verb)).map((line) => line.split(/[ :]/)[1]).sort();
  assert.equal(ids("accepted").length, 12);
  assert.deepEqual(ids("settled"), ids("accepted"));
});

test("an observer that sends when a message is settled keeps the order and loses nothing", async () => {
  const b = watched({
    observer: {
      settled: ({ id }) => {
        if (id === "m1") b.queue.send("a", "from the observer");
      },
    },
  });
  b.queue.send("a", "1");
  b.queue.send("a", "2");
  for (let left = 3; left > 0; left--) {
    await quiet();
    b.agent.last.finish();
  }
  await quiet();
  assert.deepEqual(b.agent.texts, ["1", "2", "from the observer"]);
  assert.equal(b.queue.size, 0);
});

test("an observer that withdraws what is being discarded gives nothing a second outcome (EXACTLY_ONE_OUTCOME)", async () => {
  const settled: string[] = [];
  const b = watched({
    observer: {
      settled: ({ id }, { status }) => {
        settled.push(`${id}: ${status}`);
        if (id === "m2") last.withdraw();
      },
    },
  });
  b.queue.send("a", "runs");
  b.queue.send("a", "1");
  const last = b.queue.send("a", "2");
  await quiet();
  await b.queue.stop("a");
  assert.deepEqual(settled, ["m2: cancelled", "m3: cancelled", "m1: cancelled"]);
  assert.deepEqual(await last.outcome, { status: "cancelled", cause: "withdrawn" });
  assert.deepEqual([b.queue.size, b.queue.waiting], [0, 0]);
});

test("an observer that sends when a session is idle starts a new guard", async () => {
  let sent = false;
  const b = watched({
    observer: {
      idle: (session) => {
        if (!sent) b.queue.send(session, "again");
        sent = true;
      },
    },
  });
  b.queue.send("a", "text");
  await quiet();
  b.agent.last.finish();
  await quiet();
  assert.deepEqual(b.agent.texts, ["text", "again"]);
  b.agent.last.finish();
  await quiet();
  assert.equal(b.queue.size, 0);
});

test("an observer that throws as a message expires does not lose what waits behind it (FUTURE_SETTLES)", async () => {
  const timers = new Map<number, () => void>();
  const time = new FakeClock();
  const b = bench({
    abandonAfterMs: 50,
    onAbandon: "proceed",
    // Timers are late: the message has expired before the turn is abandoned, and is found by the next.
    clock: {
      now: time.now,
      setTimeout: (fn, ms) => timers.set(ms, fn),
      clearTimeout: () => {},
    },
    observer: {
      settled: (_message, { status }) => {
        if (status === "expired") throw new Error("it may not");
      },
    },
  });
  b.agent.deaf = true;
  b.queue.send("a", "deaf");
  b.queue.send("a", "expires", { waitMs: 40 });
  const waits = b.queue.send("a", "waits");
  await quiet();
  void b.queue.stop("a", { queued: "keep" });
  time.advance(70);
  assert.throws(() => timers.get(50)?.(), { message: "it may not" });
  b.queue.send("a", "next");
  await quiet();
  assert.deepEqual([b.agent.texts, waits.status], [["deaf", "waits"], "running"]);
});
