import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "@lanekeeper/test/fake_clock";
import { assertAtRest, countedSignal, peek, rejection, withSlowHandles } from "./_test_support.ts";

/** Two who wait for the handle of a session: one who asked for it, and a message. */
async function waiting(how: "create" | "resume") {
  const b = withSlowHandles();
  const asked = rejection(b.queue[how]("a"));
  const receipt = b.queue.send("a", "text");
  await quiet();
  assert.equal(b.calls.length, 1);
  return { ...b, asked, receipt, call: b.calls[0]! };
}

test("an end tells at once all who wait for a handle that does not come (FUTURE_SETTLES)", async () => {
  for (const how of ["create", "resume"] as const) {
    const b = await waiting(how);
    const { asked, receipt, call } = b;
    const joined = rejection(b.queue.resume("a"));
    const end = b.queue.end("a");
    assert.match(await asked, new RegExp(`^SessionEndedError: Cannot ${how} session`));
    assert.match(await joined, /^SessionEndedError/);
    assert.deepEqual(await receipt.outcome, { status: "cancelled", cause: "ended" });
    assert.equal(call.signal.aborted, true, "the hook is told as well");
    await quiet();
    b.clock.advance(5_000);
    assert.equal((await end).closed, false);
    call.resolve();
    await quiet();
    assert.deepEqual(b.handles.log.map((line) => line.split(" ")[0]), [
      how === "create" ? "open" : "resume",
      "close",
    ]);
    await assertAtRest(b);
  }
});

test("an end before the turn has begun that needs a handle: it never begins, and nobody asks for one", async () => {
  const b = withSlowHandles();
  const receipt = b.queue.send("a", "text");
  const end = b.queue.end("a");
  assert.deepEqual(await peek(receipt.outcome), { status: "cancelled", cause: "ended" });
  assert.deepEqual(await end, { running: "settled", discarded: 0, closed: false });
  assert.deepEqual([b.calls, b.agent.texts], [[], []]);
  await assertAtRest(b);
});

test("stopAll() tells all who wait for a handle that does not come, and returns (FUTURE_SETTLES)", async () => {
  for (const how of ["create", "resume"] as const) {
    const b = await waiting(how);
    const stop = b.queue.stopAll({ deadlineMs: 100 });
    await quiet();
    b.clock.advance(100);
    assert.match(await b.asked, new RegExp(`^QueueDrainingError: Cannot ${how} session`));
    assert.deepEqual(await b.receipt.outcome, { status: "cancelled", cause: "draining" });
    await quiet();
    b.clock.advance(5_000);
    assert.equal((await stop).cancelled, 1);
    b.call.resolve();
    await quiet();
    assert.deepEqual([...b.handles.live], []);
    await assertAtRest(b);
  }
});

test("a create whose signal aborts rejects at once; a handle that still comes is closed (CANCEL_TARGET)", async () => {
  const b = withSlowHandles();
  const controller = new AbortController();
  const reason = new Error("the client left");
  const create = b.queue.create("a", { signal: controller.signal });
  const receipt = b.queue.send("a", "text");
  await quiet();
  controller.abort(reason);
  await assert.rejects(create, reason);
  await assert.rejects(receipt.result(), { code: "session_gone" }, "it was never there");
  assert.equal(b.calls[0]!.signal.aborted, true);
  b.calls[0]!.resolve();
  await quiet();
  assert.deepEqual(b.handles.log, ["open a#1", "close a#1"]);
  await assertAtRest(b);
});

test("the listener on the signal of a call goes with the call, whatever comes of it (BOUNDED_STATE)", async () => {
  const { controller, listeners } = countedSignal();
  const { signal } = controller;
  const b = withSlowHandles();
  const failed = rejection(b.queue.create("a", { signal }));
  b.calls[0]!.reject(new Error("no"));
  await failed;
  const asked = [b.queue.create("a", { signal }), b.queue.resume("a", { signal })];
  assert.ok(listeners() > 0);
  b.calls[1]!.resolve();
  await Promise.all(asked);
  assert.equal(listeners(), 0);
  b.queue.send("a", "text");
  await quiet();
  await b.queue.stop("a", { signal });
  await b.queue.end("a", { signal });
  await b.queue.resume("a", { signal }).catch(() => {});
  await b.queue.stopAll({ signal });
  await quiet();
  assert.equal(listeners(), 0);
});

test("an abort of resume() takes out that caller alone (STOP_TERMINATES)", async () => {
  const b = withSlowHandles();
  const controller = new AbortController();
  const reason = new Error("the client left");
  const left = b.queue.resume("a", { signal: controller.signal });
  const stays = b.queue.resume("a");
  controller.abort(reason);
  await assert.rejects(left, reason);
  assert.equal(b.calls[0]!.signal.aborted, false);
  b.calls[0]!.resolve();
  await stays;
  assert.deepEqual(b.handles.log, ["resume a#1"]);
  await assert.rejects(b.queue.resume("b", { signal: AbortSignal.abort(reason) }), reason);
  assert.equal(b.calls.length, 1);
});

test("a stop, graceful or not, of a turn that waits for its handle: it never begins (CANCEL_TARGET)", async () => {
  for (const level of ["graceful", "immediate"] as const) {
    const asked: string[] = [];
    const b = withSlowHandles({ requestCancel: (_handle, level) => asked.push(level) });
    const receipt = b.queue.send("a", "text");
    await quiet();
    assert.deepEqual(await b.queue.stop("a", { level }), { running: "settled", discarded: 0 });
    assert.deepEqual(await receipt.outcome, { status: "cancelled", cause: "stopped" });
    b.calls[0]!.resolve();
    await quiet();
    assert.deepEqual([b.agent.texts, asked], [[], []]);
    assert.equal(b.queue.handleOf("a"), "a#1", "the next turn has it");
  }
});

test("a stop at any microtask of a resume: a turn that it cancelled never begins (CANCEL_TARGET)", async () => {
  const begun: string[] = [];
  for (let hops = 0; hops < 40; hops++) {
    const b = withSlowHandles({
      run: ({ signal }) => {
        begun.push(`${hops}${signal.aborted ? " cancelled" : ""}`);
        return "reply";
      },
    });
    b.queue.send("a", "text");
    await quiet();
    b.calls[0]!.resolve();
    for (let hop = 0; hop < hops; hop++) await null;
    await b.queue.stop("a");
  }
  const late = Array.from({ length: begun.length }, (_, at) => `${40 - begun.length + at}`);
  assert.deepEqual(begun, late, "the first ones come in time, and the later ones too late");
  assert.ok(begun.length > 0 && begun.length < 40);
});

test("a resume that nobody waits for any more and that fails leaves nothing", async () => {
  for (const leave of ["abort", "stop", "withdraw"] as const) {
    const b = withSlowHandles();
    const controller = new AbortController();
    if (leave === "abort") {
      const left = rejection(b.queue.resume("a", { signal: controller.signal }));
      controller.abort();
      await left;
    } else {
      const receipt = b.queue.send("a", "text");
      await quiet();
      if (leave === "stop") await b.queue.stop("a");
      else receipt.withdraw();
      assert.equal((await receipt.outcome).status, "cancelled");
    }
    b.calls[0]!.reject(new Error("no"));
    await assertAtRest(b);
    const create = b.queue.create("a");
    b.calls[1]!.resolve();
    await create;
  }
});

test("an ended session can be revived once the resume that hung at its end is over", async () => {
  const b = await waiting("resume");
  const end = b.queue.end("a");
  await quiet();
  b.clock.advance(5_000);
  await end;
  b.call.resolve();
  await assertAtRest(b);
  const revive = b.queue.resume("a", { revive: true });
  b.calls[1]!.resolve();
  await revive;
  assert.equal(b.queue.isConnected("a"), true);
});

test("openMs limits open and resume, and a late handle is closed (FUTURE_SETTLES)", async () => {
  for (const how of ["create", "resume"] as const) {
    const b = withSlowHandles({ limits: { openMs: 100 } });
    const asked = rejection(b.queue[how]("a"));
    const receipt = b.queue.send("a", "text");
    await quiet();
    b.clock.advance(99);
    assert.equal(await peek(receipt.outcome), "pending");
    b.clock.advance(1);
    const error = 'Cannot open session "a": the agent took longer than 100 ms';
    assert.equal(await asked, `OpenTimeoutError: ${error}`);
    await assert.rejects(receipt.result(), { code: "open_timeout", message: error });
    assert.equal(b.calls[0]!.signal.aborted, true);
    b.calls[0]!.resolve();
    await quiet();
    assert.deepEqual([...b.handles.live], [], "NO_CREATE_LEAK");
    await assertAtRest(b);
  }
});

test("who comes when a call was given up and has not returned is told at once (FUTURE_SETTLES)", async () => {
  const b = withSlowHandles({ limits: { openMs: 100 } });
  const first = rejection(b.queue.resume("a"));
  b.clock.advance(100);
  assert.match(await first, /^OpenTimeoutError/);
  assert.match(await peek(rejection(b.queue.resume("a"))), /^OpenTimeoutError/);
  await assert.rejects(b.queue.send("a", "text").result(), { code: "open_timeout" });
  assert.equal(b.calls.length, 1, "no second one beside it");
});

test("by default open and resume have 60 s, and Infinity means no limit and no timer", async () => {
  const b = withSlowHandles();
  const create = b.queue.create("a");
  b.clock.advance(59_999);
  b.calls[0]!.resolve();
  await create;
  assert.equal(b.clock.pending, 0);
  const patient = withSlowHandles({ limits: { openMs: Infinity } });
  void patient.queue.create("a");
  assert.equal(patient.clock.pending, 0);
});

test("whoever comes in any microtask after a resume has failed starts another one, or waits", async () => {
  for (let hops = 0; hops < 12; hops++) {
    for (const how of ["resume", "send"] as const) {
      const b = withSlowHandles();
      const first = rejection(b.queue.resume("a"));
      b.calls[0]!.reject(new Error("no"));
      for (let hop = 0; hop < hops; hop++) await null;
      const asked = how === "resume" ? b.queue.resume("a") : b.queue.send("a", "text");
      void Promise.resolve(asked).catch(() => {});
      await first;
      b.calls[1]?.resolve();
      await quiet();
      const connected = b.queue.isConnected("a");
      assert.equal(connected, b.calls.length === 2, `${how} after ${hops} hops`);
      for (const { turn } of b.agent.runs) assert.equal(turn.handle, "a#1", `${hops} hops`);
      if (!connected && how === "resume") await assert.rejects(asked as Promise<void>);
    }
  }
});

test("a session that is used again in any microtask after its handle failed to come is known (SINGLE_TURN)", async () => {
  let runningMax = 0;
  for (let hops = 0; hops < 12; hops++) {
    let isSent = false;
    const b = withSlowHandles({
      observer: {
        idle: (session) => {
          if (!isSent) b.queue.send(session, "again");
          isSent = true;
        },
      },
    });
    void rejection(b.queue.create("a"));
    b.queue.send("a", "text");
    await quiet();
    b.calls[0]!.reject(new Error("no"));
    for (let hop = 0; hop < hops; hop++) await null;
    void b.queue.stop("a");
    await quiet();
    const { size, running } = b.queue;
    assert.ok(size >= running, `after ${hops} hops: ${running} of ${size}`);
    runningMax = Math.max(runningMax, running);
  }
  assert.equal(runningMax, 1);
});
