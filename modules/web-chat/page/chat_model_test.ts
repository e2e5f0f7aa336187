import { test } from "node:test";
import assert from "node:assert/strict";
import { ChatModel, MESSAGES_MAX } from "./chat_model.js";
import type { SessionView } from "./api.js";

function view(more: Partial<SessionView> = {}): SessionView {
  return {
    id: "s",
    mine: true,
    project_id: null,
    working_dir: null,
    state: "running",
    generation: 1,
    running: null,
    waiting: [],
    outcomes: [],
    ...more,
  };
}
const running = (id: string, message_ids = [id]) => ({
  id,
  text: id,
  started_at: 5,
  messages: message_ids.length,
  message_ids,
});
const waiting = (id: string) => ({ id, text: id, accepted_at: 0 });
const outcome = (id: string, status: string) => ({
  id,
  status,
  text: id,
  started_at: 5,
  ended_at: 9,
});
const entry = (role: "user" | "agent" | "note", turn: string, text: string) => ({
  role,
  turn,
  text,
  at: "2026-11-21T00:00:00.000Z",
});
const states = (chat: ChatModel) => chat.messages.map(({ id, state }) => `${id} ${state}`);

test("a message goes from sending over waiting and running to its outcome", () => {
  const chat = new ChatModel();
  const message = chat.send("m", "hello", "enqueue");
  assert.equal(message.state, "sending");
  chat.applyView(view({ running: running("x"), waiting: [waiting("y"), waiting("m")] }));
  assert.deepEqual([message.state, message.place], ["waiting", 2]);
  chat.applyView(view({ running: running("m") }));
  assert.equal(message.state, "running");
  chat.applyView(view({ outcomes: [outcome("m", "completed")] }));
  assert.deepEqual([message.state, message.endedAt], ["completed", 9]);
});

test("an outcome is never taken back, whichever source is late", () => {
  const chat = new ChatModel();
  chat.send("m", "hello", "reject");
  chat.settle("m", { state: "cancelled", detail: "stopped" });
  chat.applyView(view({ running: running("m") }));
  chat.settle("m", { state: "unanswered" });
  chat.settle("m", { state: "completed", reply: "late" });
  assert.deepEqual(states(chat), ["m cancelled"]);
});

test("an interrupted message that runs again leaves that state", () => {
  const chat = new ChatModel();
  const message = chat.send("m", "hello", "enqueue");
  chat.applyView(view({ outcomes: [outcome("m", "interrupted")] }));
  assert.equal(message.state, "interrupted");
  chat.applyView(view({ running: running("m"), outcomes: [outcome("m", "interrupted")] }));
  assert.equal(message.state, "running");
});

test("messages merged into a turn run with it and say in which", () => {
  const chat = new ChatModel();
  chat.send("a", "one", "enqueue");
  const second = chat.send("b", "two", "collect");
  chat.applyView(view({ running: running("a", ["a", "b"]) }));
  assert.deepEqual([second.state, second.mergedInto], ["running", "a"]);
  assert.equal(chat.running?.id, "a");
  chat.settle("b", { state: "merged", mergedInto: "a", reply: "both" });
  assert.deepEqual([second.state, second.reply], ["merged", ""]);
});

test("the answer's reply replaces what was streamed, and late pieces are not added twice", () => {
  const chat = new ChatModel();
  const message = chat.send("m", "hello", "reject");
  chat.appendReply("m", "He");
  chat.appendReply("m", "llo");
  assert.equal(message.reply, "Hello");
  chat.settle("m", { state: "completed", reply: "Hello!" });
  assert.equal(chat.appendReply("m", "!"), undefined);
  assert.equal(message.reply, "Hello!");
});

test("after a reload the transcript and the views bring back messages, replies and states", () => {
  const chat = new ChatModel();
  const told = [entry("user", "a", "first"), entry("agent", "a", "reply"), entry("user", "b", "b")];
  assert.deepEqual(chat.fill(told).map(({ id }) => id), ["a", "b"]);
  chat.applyView(view({ running: running("b"), waiting: [waiting("c")] }));
  assert.deepEqual(states(chat), ["a told", "b running", "c waiting"]);
  assert.equal(chat.get("a")?.reply, "reply");
});

test("the transcript's text takes the place of the excerpt that a view gave", () => {
  const chat = new ChatModel();
  chat.applyView(view({ running: running("a") }));
  chat.fill([entry("user", "a", "the whole text"), entry("note", "a", "a note")]);
  assert.deepEqual(chat.get("a")?.texts, ["the whole text"]);
  assert.deepEqual(chat.get("a")?.notes, ["a note"]);
});

test("fill() completes the reply of a turn whose request was let go of, but of no running one", () => {
  const chat = new ChatModel();
  const done = chat.send("a", "one", "enqueue");
  const runs = chat.send("b", "two", "enqueue");
  chat.appendReply("a", "par");
  chat.applyView(view({ running: running("b"), outcomes: [outcome("a", "completed")] }));
  chat.fill([entry("user", "a", "one"), entry("agent", "a", "partial no more")]);
  chat.fill([entry("user", "b", "two"), entry("agent", "b", "too early")]);
  assert.deepEqual([done.reply, runs.reply], ["partial no more", ""]);
});

test("missing() marks open messages that the server knows nothing of", () => {
  const chat = new ChatModel();
  for (const id of ["a", "b", "c"]) chat.send(id, id, "enqueue");
  chat.applyView(view({ running: running("a"), waiting: [waiting("b"), waiting("c")] }));
  const lost = chat.missing(view({ running: running("b", ["b", "c"]) }));
  assert.deepEqual(lost.map(({ id }) => id), ["a"]);
  assert.equal(chat.missing(undefined).length, 2);
});

test("at most 300 messages are kept, and open ones are not the ones that go", () => {
  const chat = new ChatModel();
  chat.send("open", "still runs", "enqueue");
  for (let i = 0; i < MESSAGES_MAX + 20; i++) {
    chat.send(`m${i}`, "x", "reject");
    chat.settle(`m${i}`, { state: "rejected", reason: "busy" });
  }
  assert.ok(chat.messages.length <= MESSAGES_MAX + 1);
  assert.ok(chat.get("open"));
  assert.equal(chat.get("m0"), undefined);
});
