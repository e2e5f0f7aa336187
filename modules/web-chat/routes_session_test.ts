import assert from "node:assert/strict";
import { test } from "node:test";
import { SessionGoneError } from "@lanekeeper/session-queue";
import { until } from "@lanekeeper/test/settle";
import { bench, sessionOf } from "./_test_support.ts";

test("a created session is told with its project, its directory and what is to be said of it", async () => {
  const it = bench();
  it.onCreate = (id) => Promise.resolve({ ...sessionOf(id), notice: "the directory is lost" });
  const { status, body } = await it.request("POST", "/api/session");
  assert.deepEqual([status, body], [200, {
    session_id: "s1",
    session_connected: true,
    project_id: "default",
    working_dir: "/srv/s1",
    notice: "the directory is lost",
  }]);
  const { body: look } = await it.request("GET", "/api/session");
  assert.deepEqual(look, {
    connected: true,
    session_id: "s1",
    project_id: "default",
    working_dir: "/srv/s1",
  });
});

test("a server that is not ready creates nothing, and still tells and ends what is there", async () => {
  const it = bench();
  await it.open();
  for (const state of ["starting", "draining"] as const) {
    it.state = state;
    const { status, body } = await it.request("POST", "/api/session");
    assert.deepEqual([status, body], [503, { error: `the server is ${state}`, reason: state }]);
    assert.equal((await it.request("GET", "/api/session")).body.session_id, "s1");
  }
  assert.equal((await it.request("DELETE", "/api/session")).body.ended, true);
});

test("a create that a drain overtakes is 503", async () => {
  const it = bench();
  await it.queue.stopAll();
  const { status, body } = await it.request("POST", "/api/session");
  assert.deepEqual([status, body.reason, body.type], [503, "draining", "QueueDrainingError"]);
  assert.deepEqual(it.errors, []);
});

test("one session too many is 429", async () => {
  const it = bench({ limits: { sessionsMax: 1 } });
  await it.open("ann");
  const { status, body } = await it.request("POST", "/api/session", { client: "bob" });
  assert.deepEqual([status, body.reason, body.type], [429, "full", "SessionLimitError"]);
  assert.deepEqual(it.errors, []);
});

test("a session that is ended while it is opened becomes nobody's (NO_RESURRECTION)", async () => {
  for (const before of [undefined, "s1"]) {
    const it = bench();
    if (before !== undefined) assert.equal(await it.open(), before);
    const count = it.queue.size;
    let go = () => {};
    it.onCreate = async (id) => {
      await new Promise<void>((resolve) => go = resolve);
      return sessionOf(id);
    };
    const opening = it.request("POST", "/api/session");
    await until(() => it.queue.size > count);
    void it.queue.end(before === undefined ? "s1" : "s2");
    go();
    const { status, body } = await opening;
    assert.deepEqual([status, body.type, body.session_connected], [
      ...[409, "SessionEndedError", before !== undefined],
    ]);
    assert.deepEqual(it.errors, []);
    const { body: look } = await it.request("GET", "/api/session");
    assert.equal(look.session_id, before ?? null);
    await until(() => it.queue.size === count);
  }
});

test("a directory that is the server's own is refused, and the client keeps the session that it had", async () => {
  const it = bench();
  await it.open();
  const { status, body } = await it.request("POST", "/api/session", {
    body: { working_dir: "/private/data" },
  });
  assert.deepEqual([status, body], [400, {
    error: "working_dir is in a folder that the server keeps for itself",
  }]);
  assert.deepEqual([it.queue.size, it.queue.isConnected("s1")], [1, true]);
  const other = await it.request("POST", "/api/session", { body: { working_dir: "/srv" } });
  assert.deepEqual([other.status, other.body.session_id], [200, "s2"]);
});

test("a session of another surface is not resumed, and the client keeps the one that it had", async () => {
  const it = bench();
  await it.open();
  await it.queue.create("other-open", { open: (id) => Promise.resolve(sessionOf(id)) });
  for (const session of ["other-open", "other-stored"]) {
    const { status, body } = await it.request("POST", "/api/session", {
      body: { session_id: session },
    });
    assert.deepEqual([status, body], [409, {
      error: `session "${session}" is not one of the web chat`,
      session_connected: true,
    }]);
  }
  assert.equal((await it.request("GET", "/api/session")).body.session_id, "s1");
  assert.ok(!it.queue.isConnected("other-stored") && it.queue.isConnected("other-open"));
});

test("a session whose connection was lost stays its client's, and comes back (ERROR_CLASS)", async () => {
  const it = bench();
  await it.open();
  await it.queue.disconnect("s1");
  const { body: look } = await it.request("GET", "/api/session");
  assert.deepEqual([look.connected, look.session_id], [false, "s1"]);
  const { body } = await it.request("POST", "/api/chat", { body: { message: "hello" } });
  assert.deepEqual([body.response, body.session_id], ["re: hello", "s1"]);
});

test("no session that is over becomes a client's, at whatever microtask it ends (NO_RESURRECTION)", async () => {
  let opened = 0;
  for (let hops = 0; hops < 40; hops++) {
    const it = bench();
    const refresh = it.board.refresh.bind(it.board);
    // The board is told in the very step in which the session becomes the client's.
    it.board.refresh = (session) => {
      opened++;
      assert.equal(it.queue.isEnded(session), false, `${hops} hops later`);
      refresh(session);
    };
    let go = () => {};
    it.onCreate = async (id) => {
      await new Promise<void>((resolve) => go = resolve);
      return sessionOf(id);
    };
    const opening = it.request("POST", "/api/session");
    await until(() => it.queue.size > 0);
    go();
    for (let hop = 0; hop < hops; hop++) await null;
    await it.queue.end("s1");
    assert.ok([200, 409].includes((await opening).status));
  }
  assert.ok(opened > 0 && opened < 40, "some ends come in time, and some too late");
});

test("an end tells what became of the session, and the client has none any more", async () => {
  const it = bench();
  await it.open();
  const { body } = await it.request("DELETE", "/api/session");
  assert.deepEqual(body, {
    ended: true,
    session_id: "s1",
    running: "none",
    discarded: 0,
    closed: true,
  });
  assert.deepEqual((await it.request("DELETE", "/api/session")).body, {
    ended: false,
    session_id: null,
  });
});

test("the transcript is that of the client's own session, oldest first", async () => {
  const it = bench();
  it.onTranscript = () =>
    Promise.resolve([
      { role: "user", turnId: "m1", text: "hello", at: "2001-09-09T01:46:40.000Z" },
      { role: "agent", turnId: "m1", text: "re: hello", at: "2001-09-09T01:46:41.000Z" },
    ]);
  await it.open("ann");
  assert.deepEqual((await it.request("GET", "/api/transcript")).body, {
    session_id: "s1",
    entries: [
      { role: "user", text: "hello", turn: "m1", at: "2001-09-09T01:46:40.000Z" },
      { role: "agent", text: "re: hello", turn: "m1", at: "2001-09-09T01:46:41.000Z" },
    ],
  });
  const { body } = await it.request("GET", "/api/transcript", { client: "bob" });
  assert.deepEqual(body, { session_id: null, entries: [] });
});

test("a transcript of a session that is gone is 409, and only of that session", async () => {
  const it = bench();
  await it.open();
  let fail: (error: unknown) => void = () => {};
  it.onTranscript = () => new Promise((_, reject) => fail = reject);
  const asked = it.request("GET", "/api/transcript");
  await it.open();
  fail(new SessionGoneError("s1"));
  assert.deepEqual([(await asked).status, (await asked).body.session_connected], [409, false]);
  assert.equal((await it.request("GET", "/api/session")).body.session_id, "s2");

  it.onTranscript = () => Promise.reject(new SessionGoneError("s2"));
  assert.equal((await it.request("GET", "/api/transcript")).status, 409);
  assert.equal((await it.request("GET", "/api/session")).body.session_id, null);
  assert.deepEqual(it.errors, []);
});

test("any other failure of a transcript is 500, is logged, and forgets nothing", async () => {
  const it = bench();
  await it.open();
  it.onTranscript = () => Promise.reject(new Error("no disk"));
  const { status, body } = await it.request("GET", "/api/transcript");
  assert.deepEqual([status, body], [500, { error: "no disk", type: "Error" }]);
  assert.deepEqual(it.errors, ["GET /api/transcript: Error: no disk"]);
  assert.equal((await it.request("GET", "/api/session")).body.session_id, "s1");
});
