import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "@lanekeeper/test/fake_clock";
import { assertAtRest, bench } from "./_test_support.ts";

test("reject refuses a message at once while a turn runs, and takes it when none does", async () => {
  const b = bench({ policy: "reject" });
  const first = b.queue.send("a", "first");
  await quiet();
  const second = b.queue.send("a", "second");
  assert.deepEqual([second.accepted, second.reason], [false, "busy"]);
  assert.deepEqual(await second.outcome, { status: "rejected", reason: "busy" });
  assert.equal(b.queue.send("b", "other session").accepted, true);
  b.agent.runs[0]!.finish();
  await first.outcome;
  assert.equal(b.queue.send("a", "third").accepted, true);
});

test("reject refuses beside a turn that has its guard but has not begun (ATOMIC_CLAIM)", () => {
  const { queue } = bench({ policy: "reject" });
  assert.equal(queue.send("a", "first").accepted, true);
  assert.equal(queue.send("a", "second").reason, "busy");
});

test("reject refuses until a cancelled turn has settled, not until it was cancelled", async () => {
  const b = bench({ policy: "reject" });
  b.agent.deaf = true;
  const first = b.queue.send("a", "first");
  await quiet();
  first.withdraw();
  await quiet();
  assert.equal(b.queue.send("a", "second").reason, "busy");
  b.agent.last.finish();
  await quiet();
  assert.equal(b.queue.send("a", "third").accepted, true);
});

test("a message's own policy goes before the queue's", () => {
  const { queue } = bench({ policy: "reject" });
  queue.send("a", "first");
  assert.equal(queue.send("a", "second", { policy: "enqueue" }).status, "waiting");
});

test("interrupt cancels the running turn and starts once that has settled (CANCEL_TARGET, EXACTLY_ONE_OUTCOME, overlap-cancel)", async () => {
  const b = bench();
  b.agent.deaf = true;
  const old = b.queue.send("a", "old");
  await quiet();
  const fresh = b.queue.send("a", "fresh", { policy: "interrupt" });
  await quiet();
  assert.ok(b.agent.last.turn.signal.aborted);
  assert.equal(b.agent.last.turn.live, false);
  assert.deepEqual([old.status, fresh.status], ["running", "waiting"]);
  assert.deepEqual(b.agent.texts, ["old"]);
  b.agent.last.finish("too late");
  await quiet();
  assert.deepEqual(await old.outcome, { status: "superseded", by: fresh.id });
  b.agent.last.finish();
  assert.equal(await fresh.result(), "re: fresh");
  await assertAtRest(b);
});

test("interrupt keeps what waits behind it, in order (FIFO)", async () => {
  const b = bench();
  for (const text of ["old", "1", "2"]) b.queue.send("a", text);
  await quiet();
  b.queue.send("a", "fresh", { policy: "interrupt" });
  for (let left = 3; left > 0; left--) {
    await quiet();
    b.agent.last.finish();
  }
  await assertAtRest(b);
  assert.deepEqual(b.agent.texts, ["old", "fresh", "1", "2"]);
});

test("interrupt with queued: supersede supersedes what waits (STOP_CLEARS_ALL)", async () => {
  const b = bench();
  const old = ["old", "1", "2"].map((text) => b.queue.send("a", text));
  await quiet();
  const fresh = b.queue.send("a", "fresh", { policy: "interrupt", queued: "supersede" });
  assert.equal(b.queue.waiting, 1);
  await quiet();
  b.agent.last.finish();
  const by = { status: "superseded", by: fresh.id };
  assert.deepEqual(await Promise.all(old.map(({ outcome }) => outcome)), [by, by, by]);
  assert.deepEqual(b.agent.texts, ["old", "fresh"]);
  await assertAtRest(b);
});

test("interrupt of a turn that has not begun: it never begins (B6)", async () => {
  const b = bench();
  const old = b.queue.send("a", "old");
  const fresh = b.queue.send("a", "fresh", { policy: "interrupt" });
  await quiet();
  assert.deepEqual(b.agent.texts, ["fresh"]);
  assert.deepEqual(await old.outcome, { status: "superseded", by: fresh.id });
});

test("of two interrupts the first runs first, before what waits, and none is lost (FIFO)", async () => {
  const b = bench();
  b.queue.send("a", "old");
  await quiet();
  b.queue.send("a", "last");
  b.queue.send("a", "first", { policy: "interrupt" });
  b.queue.send("a", "second", { policy: "interrupt" });
  for (let left = 3; left > 0; left--) {
    await quiet();
    b.agent.last.finish();
  }
  await assertAtRest(b);
  assert.deepEqual(b.agent.texts, ["old", "first", "second", "last"]);
});

test("a chain of interrupts supersedes each turn by the next", async () => {
  const b = bench();
  const receipts = [b.queue.send("a", "0")];
  for (let n = 1; n <= 5; n++) {
    await quiet();
    receipts.push(b.queue.send("a", `${n}`, { policy: "interrupt" }));
  }
  await quiet();
  b.agent.last.finish();
  const outcomes = await Promise.all(receipts.map(({ outcome }) => outcome));
  assert.deepEqual(
    outcomes.slice(0, 5),
    receipts.slice(1).map(({ id }) => ({
      status: "superseded",
      by: id,
    })),
  );
  assert.deepEqual(outcomes[5], { status: "completed", value: "re: 5" });
  await assertAtRest(b);
});

test("interrupt on an idle session is an ordinary message", async () => {
  const b = bench({ policy: "interrupt" });
  const receipt = b.queue.send("a", "text");
  await quiet();
  b.agent.last.finish();
  assert.equal(await receipt.result(), "re: text");
});

test("interrupt finds a full line full, unless it supersedes it", async () => {
  const b = bench({ limits: { waitingMax: 1 } });
  b.queue.send("a", "old");
  b.queue.send("a", "waits");
  await quiet();
  assert.equal(b.queue.send("a", "1", { policy: "interrupt" }).reason, "full");
  assert.equal(b.agent.last.turn.signal.aborted, false, "nothing was cancelled for it");
  const fresh = b.queue.send("a", "2", { policy: "interrupt", queued: "supersede" });
  assert.equal(fresh.accepted, true);
  assert.equal(b.queue.waiting, 1);
});

test("a policy or a wait that is none is refused", () => {
  const unknown = { policy: "drop" as "enqueue" };
  const message =
    'Cannot use policy "drop": it must be one of enqueue, reject, interrupt, collect, steer, rollback';
  assert.throws(() => bench(unknown), { name: "TypeError", message });
  const { queue } = bench();
  assert.throws(() => queue.send("a", "", unknown), { name: "TypeError", message });
  for (const waitMs of [-1, NaN]) {
    const message = `Cannot use waitMs ${waitMs}: it must be 0 or more`;
    assert.throws(() => queue.send("a", "", { waitMs }), { name: "RangeError", message });
  }
  assert.equal(queue.size, 0);
});

test("interrupt with supersede finds room when all sessions are full by its own line", () => {
  const { queue } = bench({ limits: { waitingTotalMax: 1 } });
  queue.send("a", "old");
  queue.send("b", "old");
  queue.send("a", "waits");
  const supersede = { policy: "interrupt", queued: "supersede" } as const;
  assert.equal(queue.send("b", "no", supersede).reason, "full");
  assert.equal(queue.send("a", "yes", supersede).accepted, true);
  assert.equal(queue.waiting, 1);
});
