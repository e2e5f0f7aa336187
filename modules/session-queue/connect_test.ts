import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "@lanekeeper/test/fake_clock";
import { SessionGoneError } from "./mod.ts";
import {
  assertAtRest,
  bench,
  deferred,
  Handles,
  rejection,
  withHandles,
  withSlowHandles,
} from "./_test_support.ts";

test("create() opens the agent's side, which every turn is given until the end", async () => {
  const b = withHandles();
  await b.queue.create("a");
  assert.deepEqual([b.queue.isConnected("a"), b.queue.handleOf("a")], [true, "a#1"]);
  assert.deepEqual([b.queue.size, b.queue.snapshot()[0]?.state], [1, "idle"]);
  for (const text of ["1", "2"]) {
    b.queue.send("a", text);
    await quiet();
    assert.equal(b.agent.last.turn.handle, "a#1");
    b.agent.last.finish();
    await quiet();
  }
  assert.deepEqual(b.handles.log, ["open a#1"]);
  await b.queue.end("a");
  assert.deepEqual([b.queue.isConnected("a"), b.queue.handleOf("a")], [false, undefined]);
});

test("messages sent while create() is under way wait for it (A9)", async () => {
  const b = withSlowHandles();
  const create = b.queue.create("a");
  const receipts = ["1", "2"].map((text) => b.queue.send("a", text));
  await quiet();
  assert.deepEqual([b.agent.texts, b.calls.length], [[], 1]);
  b.calls[0]!.resolve();
  await create;
  await quiet();
  assert.equal(b.agent.last.turn.handle, "a#1");
  b.agent.last.finish();
  await quiet();
  b.agent.last.finish();
  assert.equal(await receipts[1]!.result(), "re: 2");
  assert.deepEqual(b.handles.log, ["open a#1"], "no resume beside it");
});

test("create() takes an open of its own; messages wait for that one as well", async () => {
  const b = bench();
  const opening = deferred();
  const sessions: string[] = [];
  const create = b.queue.create("a", {
    open: (session) => {
      sessions.push(session);
      return opening.promise;
    },
  });
  b.queue.send("a", "text");
  await quiet();
  assert.deepEqual([sessions, b.agent.texts], [["a"], []]);
  opening.resolve("mine");
  await create;
  await quiet();
  assert.equal(b.agent.last.turn.handle, "mine");
});

test("a session that was created without an open needs no handle later either", async () => {
  const b = bench();
  await b.queue.create("a");
  assert.equal(b.queue.isConnected("a"), true);
  const [, next] = ["1", "2"].map((text) => b.queue.send("a", text));
  await quiet();
  assert.equal(await b.queue.disconnect("a"), true);
  b.agent.last.finish();
  await quiet();
  b.agent.last.finish();
  assert.equal(await next!.result(), "re: 2");
  await assertAtRest(b);
});

test("of two creates of one session the second is refused (create-race)", async () => {
  const b = withSlowHandles();
  const first = b.queue.create("a");
  const second = b.queue.create("a");
  assert.equal(
    await rejection(second),
    'SessionExistsError: Cannot create session "a": it exists',
  );
  assert.equal(b.calls.length, 1);
  b.calls[0]!.resolve();
  await first;
  await assert.rejects(b.queue.create("a"), { code: "session_exists" });
  assert.deepEqual(b.handles.log, ["open a#1"]);
});

test("a create that fails leaves nothing: its error is thrown, and it can be tried again", async () => {
  const b = withSlowHandles();
  const create = b.queue.create("a");
  const error = new Error("no backend");
  b.calls[0]!.reject(error);
  await assert.rejects(create, error);
  await assertAtRest(b);
  const again = b.queue.create("a");
  b.calls[1]!.resolve();
  await again;
  assert.equal(b.queue.isConnected("a"), true);
});

test("a create that throws before its first await leaves nothing either", async () => {
  const error = new Error("at once");
  const b = bench({
    open: () => {
      throw error;
    },
  });
  await assert.rejects(b.queue.create("a"), error);
  await assertAtRest(b);
});

test("a message that waited for a create that fails is failed with its error", async () => {
  const b = withSlowHandles();
  const create = b.queue.create("a");
  const receipt = b.queue.send("a", "text");
  await quiet();
  const error = new Error("no backend");
  b.calls[0]!.reject(error);
  await assert.rejects(create, error);
  const outcome = await receipt.outcome;
  assert.ok(outcome.status === "failed" && outcome.error === error);
  await assertAtRest(b);
});

test("create() with a signal that is aborted already opens nothing", async () => {
  const b = withSlowHandles();
  const reason = new Error("too late");
  await assert.rejects(b.queue.create("a", { signal: AbortSignal.abort(reason) }), reason);
  assert.equal(b.calls.length, 0);
  await assertAtRest(b);
});

test("a message for a session that lost its handle resumes it: once, within the turn (RESUME_FIDELITY, A9)", async () => {
  const b = withSlowHandles();
  const receipts = ["1", "2"].map((text) => b.queue.send("a", text));
  await quiet();
  assert.deepEqual([b.agent.texts, b.calls.length], [[], 1]);
  b.calls[0]!.resolve();
  await quiet();
  b.agent.last.finish();
  await quiet();
  b.agent.last.finish();
  assert.equal(await receipts[1]!.result(), "re: 2");
  assert.deepEqual(b.handles.log, ["resume a#1"]);
  assert.equal(b.queue.isConnected("a"), true);
});

test("resume() and send() share one resume, however many wait (A10, resume-send)", async () => {
  const b = withSlowHandles();
  const receipt = b.queue.send("a", "text");
  await quiet();
  const resumes = [b.queue.resume("a"), b.queue.resume("a")];
  await quiet();
  assert.equal(b.calls.length, 1);
  b.calls[0]!.resolve();
  await Promise.all(resumes);
  await quiet();
  b.agent.last.finish();
  await receipt.result();
  assert.deepEqual(b.handles.log, ["resume a#1"]);
});

test("resume() joins a create under way, and leaves an open session as it is", async () => {
  const b = withSlowHandles();
  const create = b.queue.create("a");
  const resume = b.queue.resume("a");
  b.calls[0]!.resolve();
  await Promise.all([create, resume]);
  await b.queue.resume("a");
  assert.deepEqual(b.handles.log, ["open a#1"]);
});

test("a resume that fails fails for all who wait, and is tried again by who comes next", async () => {
  const b = withSlowHandles();
  const error = new SessionGoneError("a");
  const resume = b.queue.resume("a");
  const receipt = b.queue.send("a", "1");
  await quiet();
  b.calls[0]!.reject(error);
  await assert.rejects(resume, error);
  await assert.rejects(receipt.result(), error);
  await assertAtRest(b);
  const next = b.queue.send("a", "2");
  await quiet();
  b.calls[1]!.resolve();
  await quiet();
  b.agent.last.finish();
  assert.equal(await next.result(), "re: 2");
});

test("a session that nobody can resume is gone, with a typed error", async () => {
  const handles = new Handles();
  const b = bench({ open: handles.open });
  const error = { name: "SessionGoneError", code: "session_gone", session: "a" };
  await assert.rejects(b.queue.resume("a"), error);
  await assert.rejects(b.queue.send("a", "text").result(), error);
  await assertAtRest(b);
});

test("sessionsMax limits create() and resume() as well (BOUNDED_STATE)", async () => {
  const handles = new Handles();
  const b = bench({ open: handles.open, resume: handles.resume, limits: { sessionsMax: 1 } });
  await b.queue.create("a");
  const message = 'Cannot open session "b": 1 sessions are open, which is the limit';
  await assert.rejects(b.queue.create("b"), { code: "session_limit", message });
  await assert.rejects(b.queue.resume("b"), { code: "session_limit", message });
  await b.queue.end("a");
  await b.queue.create("b");
  assert.deepEqual(handles.log, ["open a#1", "open b#2"]);
});

test("one session that is slow to open holds up no other (NO_CROSS_SESSION_HOL, wide-lock)", async () => {
  const b = withSlowHandles();
  void b.queue.create("a");
  const other = b.queue.create("b");
  b.calls[1]!.resolve();
  await other;
  assert.deepEqual([b.queue.isConnected("a"), b.queue.isConnected("b")], [false, true]);
});

test("an abort of create() at any microtask leaves the session whole, or nothing of it (NO_CREATE_LEAK)", async () => {
  const seen = new Set<string>();
  for (let hops = 0; hops < 12; hops++) {
    const b = withSlowHandles();
    const caller = new AbortController();
    const creating = b.queue.create("a", { signal: caller.signal })
      .then(() => "created", () => "withdrawn");
    await quiet();
    b.calls[0]!.resolve();
    for (let hop = 0; hop < hops; hop++) await null;
    caller.abort();
    const how = await creating;
    await quiet();
    assert.equal(b.queue.isConnected("a"), how === "created", `after ${hops} hops: ${how}`);
    const log = how === "created" ? ["open a#1"] : ["open a#1", "close a#1"];
    assert.deepEqual(b.handles.log, log, `after ${hops} hops: ${how}`);
    seen.add(how);
  }
  assert.deepEqual([...seen].sort(), ["created", "withdrawn"]);
});

test("who waits for a create that its creator withdraws is told why (FUTURE_SETTLES)", async () => {
  const b = withSlowHandles();
  const caller = new AbortController();
  const create = rejection(b.queue.create("a", { signal: caller.signal }));
  const receipt = b.queue.send("a", "text");
  await quiet();
  caller.abort(new Error("not any more"));
  assert.equal(await create, "Error: not any more");
  const outcome = await receipt.outcome;
  assert.ok(outcome.status === "failed" && outcome.error instanceof SessionGoneError);
  assert.equal(outcome.error.cause, caller.signal.reason);
});

test("a session needs a name: what has none is neither created nor resumed", async () => {
  const b = withHandles();
  for (const name of ["", 7 as unknown as string]) {
    const error = {
      name: "TypeError",
      message: "Cannot use this session id: it must be a string and not empty",
    };
    await assert.rejects(b.queue.create(name), error);
    await assert.rejects(b.queue.resume(name), error);
  }
  assert.deepEqual([b.queue.size, b.handles.log], [0, []]);
});
