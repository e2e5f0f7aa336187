import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "@lanekeeper/test/fake_clock";
import { until } from "@lanekeeper/test/settle";
import { type Bench, bench, readEvents, type Run } from "./_test_support.ts";

/** A turn that runs on the session of a client, and the answer that it will get. */
async function hold(it: Bench, text: string, client = "ann"): Promise<Run> {
  const count = it.runs.length;
  void it.request("POST", "/api/chat", { client, body: { message: text } });
  await until(() => it.runs.length > count);
  return it.runs[count] as Run;
}

test("the first event is the picture of all sessions, the same as GET /api/sessions", async () => {
  const it = bench();
  await it.open("ann");
  await it.open("bob");
  const reader = await readEvents(it);
  const first = await reader.next();
  assert.ok(typeof first !== "string");
  assert.equal(first.event, "sessions");
  const { body } = await it.request("GET", "/api/sessions");
  assert.deepEqual(first.data.sessions, body.sessions);
  assert.ok(body.now > first.data.now, "both tell the picture's clock");
  assert.deepEqual(body.sessions.map(({ id, mine }: { id: string; mine: boolean }) => [id, mine]), [
    ...[["s1", true], ["s2", false]],
  ]);
  await reader.leave();
});

test("it is a stream of events that nobody may store", async () => {
  const it = bench();
  const reader = await readEvents(it);
  const { headers } = reader.response;
  assert.match(headers.get("content-type") ?? "", /^text\/event-stream/);
  assert.match(headers.get("cache-control") ?? "", /no-(store|cache)/);
  await reader.leave();
});

test("each change of a session follows, in order, from its acceptance to its end", async () => {
  const it = bench();
  await it.open();
  const reader = await readEvents(it);
  await reader.next();
  const run = await hold(it, "hold on");
  run.emit("piece ");
  run.reply("whole");
  await until(() => it.queue.running === 0);
  const told = (await reader.all()).map(({ event, data }) =>
    event === "text"
      ? data
      : [event, data.state, data.waiting.length, data.running?.text, data.outcomes[0]?.status]
  );
  assert.deepEqual(told, [
    ["session", "idle", 1, undefined, undefined],
    ["session", "running", 0, "hold on", undefined],
    { session_id: "s1", turn: "m1", text: "piece " },
    ["session", "idle", 0, undefined, "completed"],
    ["session", "idle", 0, undefined, "completed"],
  ]);
  await reader.leave();
});

test("a session is shown whole to the client whose it is", async () => {
  const it = bench();
  await it.open();
  const run = await hold(it, "hold on");
  const waiting = it.request("POST", "/api/chat", { body: { message: "next", policy: "enqueue" } });
  await until(() => it.queue.waiting === 1);
  const { body } = await it.request("GET", "/api/sessions");
  assert.deepEqual(body.sessions, [{
    id: "s1",
    mine: true,
    project_id: "default",
    working_dir: "/srv/s1",
    state: "running",
    generation: 1,
    running: {
      id: "m1",
      text: "hold on",
      started_at: 1_001,
      policy: "reject",
      messages: 1,
      message_ids: ["m1"],
    },
    waiting: [{ id: "m2", text: "next", policy: "enqueue", accepted_at: 1_002 }],
    outcomes: [],
  }]);
  run.reply("whole");
  await waiting;
  const after = (await it.request("GET", "/api/sessions")).body.sessions[0];
  assert.deepEqual(after.outcomes[0], {
    id: "m1",
    status: "completed",
    text: "hold on",
    started_at: 1_001,
    ended_at: 1_004,
  });
});

test("what other clients write and where they work is told to nobody else", async () => {
  const it = bench();
  await it.open("ann");
  await it.open("bob");
  const bob = await readEvents(it, "bob");
  const run = await hold(it, "hold my secret", "ann");
  run.emit("a secret ");
  const more = it.request("POST", "/api/chat", {
    client: "ann",
    body: { message: "another secret", policy: "enqueue" },
  });
  await until(() => it.queue.waiting === 1);
  const { body } = await it.request("GET", "/api/sessions", { client: "bob" });
  const seen = body.sessions.find(({ id }: { id: string }) => id === "s1");
  assert.deepEqual(
    [seen.mine, seen.project_id, seen.working_dir, seen.running.text, seen.waiting[0].text],
    [false, null, null, null, null],
  );
  assert.deepEqual([seen.state, seen.running.messages, seen.waiting.length], ["running", 1, 1]);
  run.reply("the secret reply");
  await more;
  const told = JSON.stringify(await bob.all());
  assert.ok(!/secret|srv\/s1/.test(told), told);
  assert.match(told, /"status":"completed"/);
  await bob.leave();
});

test("the pieces of a reply go to the client whose session it is, and to no other (REPLY_SESSION_MATCH)", async () => {
  const it = bench();
  await it.open("ann");
  await it.open("bob");
  const readers = { ann: await readEvents(it, "ann"), bob: await readEvents(it, "bob") };
  const run = await hold(it, "hold", "ann");
  run.emit("for ann");
  run.reply("done");
  await until(() => it.queue.running === 0);
  const texts = async (client: keyof typeof readers) =>
    (await readers[client].all()).filter(({ event }) => event === "text").map(({ data }) =>
      data.text
    );
  assert.deepEqual([await texts("ann"), await texts("bob")], [["for ann"], []]);
  for (const reader of Object.values(readers)) await reader.leave();
});

test("whose a session is follows the client's commits, while the stream is open", async () => {
  const it = bench();
  const reader = await readEvents(it);
  await reader.next();
  await it.open();
  const first = (await reader.all()).at(-1)?.data;
  assert.deepEqual([first.id, first.mine, first.working_dir], ["s1", true, "/srv/s1"]);
  await it.open();
  await until(() => it.queue.size === 1);
  const told = (await reader.all()).map(({ data: { id, mine, state } }) =>
    `${id} ${mine} ${state}`
  );
  assert.deepEqual(told, ["s2 false idle", "s2 true idle", "s1 false idle", "s1 false ended"]);
  await reader.leave();
});

test("a reader that does not read is cut off, and holds nothing any more (BOUNDED_STATE)", async () => {
  const it = bench({ readersMax: 1 });
  const reader = await readEvents(it);
  assert.deepEqual([it.board.listeners, it.intervals.size], [1, 1]);
  // A few first, so that the writing waits for the reader when the others come.
  for (let n = 0; n < 10; n++) it.board.opened(`s${n}`);
  await quiet();
  for (let n = 0; n < 1_500; n++) it.board.opened(`s${n}`);
  await until(() => it.board.listeners === 0);
  assert.equal(it.intervals.size, 0);
  const next = await readEvents(it);
  const events = await reader.all();
  assert.ok(events.length < 1_000, `${events.length} events came through`);
  assert.equal(await reader.next(), "end");
  await next.leave();
});

test("a reader that keeps up is not cut off, however much happens", async () => {
  const it = bench();
  const reader = await readEvents(it);
  let count = 0;
  for (let n = 0; n < 3_000; n++) {
    it.board.opened(`s${n}`);
    if (n % 500 === 0) count += (await reader.all()).length;
  }
  count += (await reader.all()).length;
  assert.equal(count, 3_001);
  assert.equal(it.board.listeners, 1);
  await reader.leave();
});

test("one reader too many gets 429, until another one has left (BOUNDED_STATE)", async () => {
  const it = bench({ readersMax: 2 });
  const readers = [await readEvents(it), await readEvents(it)];
  const refused = await it.request("GET", "/api/events");
  assert.deepEqual([refused.status, refused.body], [429, {
    error: "too many event streams are open",
    reason: "full",
  }]);
  await readers[0]?.leave();
  await until(() => it.board.listeners === 1);
  const next = await readEvents(it);
  await readers[1]?.leave();
  await next.leave();
});

test("a comment keeps an idle connection open, every 15 s", async () => {
  const periods: number[] = [];
  let tick = () => {};
  const it = bench({
    every: (fn, ms) => {
      periods.push(ms);
      tick = fn;
      return () => {};
    },
  });
  const reader = await readEvents(it);
  await reader.next();
  assert.equal(await reader.next(), "nothing");
  tick();
  assert.deepEqual(await reader.next(), { event: undefined, data: undefined });
  assert.deepEqual(periods, [15_000]);
  await reader.leave();
});

test("a reader who leaves holds nothing any more (EVENTUALLY_IDLE)", async () => {
  const it = bench();
  const reader = await readEvents(it);
  await reader.next();
  assert.deepEqual([it.board.listeners, it.intervals.size], [1, 1]);
  await reader.leave();
  await until(() => it.board.listeners === 0);
  assert.equal(it.intervals.size, 0);
  it.board.opened("s1");
});

test("closeStreams() ends every stream, after what was told before, also one that is not read", async () => {
  const it = bench();
  const readers = [await readEvents(it), await readEvents(it, "bob")];
  await readers[0]?.next();
  it.board.draining();
  assert.deepEqual(await readers[0]?.next(), { event: "draining", data: {} });
  it.chat.closeStreams();
  assert.equal(await readers[0]?.next(), "end");
  await until(() => it.board.listeners === 0);
  assert.equal(it.intervals.size, 0);
  await readers[1]?.all();
  assert.equal(await readers[1]?.next(), "end");
  it.chat.closeStreams();
});

test("draining is told once, and to everybody", async () => {
  const it = bench();
  const readers = [await readEvents(it), await readEvents(it, "bob")];
  for (const reader of readers) await reader.next();
  it.board.draining();
  for (const reader of readers) {
    assert.deepEqual(await reader.all(), [{ event: "draining", data: {} }]);
    await reader.leave();
  }
});

test("a text with line breaks is one event", async () => {
  const it = bench();
  await it.open();
  const reader = await readEvents(it);
  const run = await hold(it, "hold");
  run.emit("one\r\ntwo\n\nthree");
  run.reply("");
  await quiet();
  const text = (await reader.all()).find(({ event }) => event === "text");
  assert.equal(text?.data.text, "one\r\ntwo\n\nthree");
  await reader.leave();
});

test("HEAD opens no stream, which nobody would read or end", async () => {
  const it = bench();
  const { status, headers } = await it.chat.app.request("/api/events", { method: "HEAD" });
  assert.deepEqual([status, headers.get("content-type")], [200, "text/event-stream"]);
  assert.deepEqual([it.board.listeners, it.intervals.size], [0, 0]);
});
