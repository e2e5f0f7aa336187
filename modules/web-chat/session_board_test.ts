import assert from "node:assert/strict";
import { test } from "node:test";
import type { MessageInfo, TurnInfo } from "@lanekeeper/session-queue";
import { type BoardEvent, type BoardSession, type ChatMessage, SessionBoard } from "./mod.ts";

function message(session: string, id: string, text = id): MessageInfo<ChatMessage> {
  return { session, id, message: { text }, sender: undefined, policy: "enqueue" };
}

function turn(session: string, messages: string[], generation = 1): TurnInfo {
  return { session, id: messages[0] ?? "", messages, generation };
}

/** A board whose clock counts its readings, and its session "s". */
function boardOf(
  options: { sessionsMax?: number } = {},
): { board: SessionBoard; s(): BoardSession } {
  let nowMs = 0;
  const board = new SessionBoard({ now: () => ++nowMs, ...options });
  return { board, s: () => board.sessions().find(({ id }) => id === "s") as BoardSession };
}

const DONE = { status: "completed", value: "" } as const;

test("a message is seen waiting, then running, then with its outcome and its times", () => {
  const { board, s } = boardOf();
  board.opened("s");
  assert.deepEqual(s(), {
    id: "s",
    state: "idle",
    generation: null,
    running: null,
    waiting: [],
    outcomes: [],
  });
  board.accepted(message("s", "m1", "hello"));
  assert.deepEqual(s().waiting, [
    { id: "m1", text: "hello", policy: "enqueue", acceptedAt: 1 },
  ]);
  board.started(turn("s", ["m1"], 7));
  assert.deepEqual([s().state, s().generation, s().waiting], ["running", 7, []]);
  assert.deepEqual(s().running, {
    id: "m1",
    messages: ["m1"],
    startedAt: 2,
    policy: "enqueue",
    text: "hello",
  });
  board.settled(message("s", "m1", "hello"), DONE);
  board.idle("s");
  assert.deepEqual([s().state, s().generation, s().running], ["idle", null, null]);
  assert.deepEqual(s().outcomes, [
    { id: "m1", status: "completed", text: "hello", startedAt: 2, endedAt: 3 },
  ]);
});

test("what waits is seen in the order of acceptance, and only the turn's own messages leave it", () => {
  const { board, s } = boardOf();
  for (const id of ["m1", "m2", "m3", "m4"]) board.accepted(message("s", id));
  board.started(turn("s", ["m2", "m4"]));
  assert.deepEqual(s().waiting.map(({ id }) => id), ["m1", "m3"]);
  assert.equal(s().running?.text, "m2 · m4");
  board.settled(message("s", "m3"), { status: "cancelled", cause: "withdrawn" });
  assert.deepEqual(s().waiting.map(({ id }) => id), ["m1"]);
  assert.deepEqual([s().state, s().outcomes[0]?.startedAt], ["running", null]);
});

test("a turn of several messages is over with the last of them", () => {
  const { board, s } = boardOf();
  for (const id of ["m1", "m2"]) board.accepted(message("s", id));
  board.started(turn("s", ["m1", "m2"]));
  board.settled(message("s", "m1"), DONE);
  assert.equal(s().state, "running");
  board.settled(message("s", "m2"), { status: "merged", into: "m1", value: "" });
  assert.equal(s().state, "idle");
  assert.deepEqual(s().outcomes.map(({ startedAt }) => startedAt), [3, 3]);
});

test("a turn that was asked to stop is seen stopping until it has settled", () => {
  const { board, s } = boardOf();
  board.accepted(message("s", "m1"));
  board.started(turn("s", ["m1"]));
  board.stopping(turn("s", ["m1"]), "graceful");
  assert.equal(s().state, "stopping");
  board.settled(message("s", "m1"), { status: "cancelled", cause: "stopped" });
  assert.equal(s().state, "idle");
});

test("a stop with no turn in the picture changes nothing", () => {
  const { board, s } = boardOf();
  board.opened("s");
  board.stopping(turn("s", ["m1"]), "immediate");
  assert.equal(s().state, "idle");
});

test("an abandoned turn has its outcome, and is seen to have the guard until it has settled", () => {
  const { board, s } = boardOf();
  board.accepted(message("s", "m1"));
  board.started(turn("s", ["m1"], 3));
  board.stopping(turn("s", ["m1"], 3), "immediate");
  board.settled(message("s", "m1"), { status: "abandoned" });
  assert.equal(s().outcomes[0]?.status, "abandoned");
  assert.deepEqual([s().state, s().generation, s().running?.id], ["stopping", 3, "m1"]);
  board.idle("s");
  assert.deepEqual([s().state, s().generation, s().running], ["idle", null, null]);
});

test("an ended session is seen ended, with what was said, also when its last turn settles later", () => {
  const { board, s } = boardOf();
  board.accepted(message("s", "m1"));
  board.started(turn("s", ["m1"]));
  board.ended("s");
  assert.equal(s().state, "ended");
  board.settled(message("s", "m1"), DONE);
  board.idle("s");
  assert.deepEqual([s().state, s().running, s().outcomes.length], ["ended", null, 1]);
  board.opened("s");
  assert.equal(s().state, "idle");
});

test("a session that was never seen and ends or idles makes no picture", () => {
  const { board } = boardOf();
  board.ended("s");
  board.idle("s");
  board.refresh("s");
  assert.deepEqual(board.sessions(), []);
});

test("texts are kept as excerpts of 80 characters, and outcomes up to twelve (BOUNDED_STATE)", () => {
  const { board, s } = boardOf();
  for (let n = 1; n <= 20; n++) {
    board.accepted(message("s", `m${n}`, "x".repeat(100)));
    board.started(turn("s", [`m${n}`]));
    assert.equal(s().running?.text, `${"x".repeat(79)}…`);
    board.settled(message("s", `m${n}`, "x".repeat(100)), DONE);
  }
  assert.deepEqual([s().outcomes.length, s().outcomes[0]?.id, s().outcomes[11]?.id], [
    ...[12, "m9", "m20"],
  ]);
  assert.equal(s().outcomes[0]?.text.length, 80);
  board.accepted(message("s", "short", "x".repeat(80)));
  assert.equal(s().waiting[0]?.text, "x".repeat(80));
});

test("sessions are in the order of their last change", () => {
  const { board } = boardOf();
  for (const id of ["a", "b", "c"]) board.opened(id);
  board.accepted(message("a", "m1"));
  assert.deepEqual(board.sessions().map(({ id }) => id), ["b", "c", "a"]);
});

test("the session that was quiet for longest is dropped, and never one that is busy (BOUNDED_STATE)", () => {
  const { board } = boardOf({ sessionsMax: 3 });
  const ids = () => board.sessions().map(({ id }) => id);
  board.opened("busy");
  board.accepted(message("busy", "m1"));
  board.started(turn("busy", ["m1"]));
  board.opened("waits");
  board.accepted(message("waits", "m2"));
  for (const id of ["a", "b", "c"]) board.opened(id);
  assert.deepEqual(ids(), ["busy", "waits", "c"]);
  board.settled(message("busy", "m1"), DONE);
  board.opened("d");
  assert.deepEqual(ids(), ["waits", "busy", "d"]);
});

test("the default is 500 sessions", () => {
  const { board } = boardOf();
  for (let n = 0; n < 600; n++) board.opened(`s${n}`);
  assert.deepEqual([board.sessions().length, board.sessions()[0]?.id], [500, "s100"]);
});

test("a listener is told of each change until it leaves", () => {
  const { board } = boardOf();
  const events: BoardEvent["type"][] = [];
  const leave = board.listen(({ type }) => events.push(type));
  assert.equal(board.listeners, 1);
  board.opened("s");
  board.emitted(turn("s", ["m1"]), "piece");
  board.refresh("s");
  board.draining();
  leave();
  leave();
  board.opened("s");
  assert.deepEqual([events, board.listeners], [["session", "text", "session", "draining"], 0]);
});

test("what a turn emitted is told as text, and kept nowhere", () => {
  const { board, s } = boardOf();
  board.opened("s");
  const before = JSON.stringify(s());
  const events: BoardEvent[] = [];
  board.listen((event) => events.push(event));
  board.emitted(turn("s", ["m1"]), 42);
  assert.deepEqual(events, [{ type: "text", session: "s", turn: "m1", text: "42" }]);
  assert.equal(JSON.stringify(s()), before);
});

test("the picture's clock is the wall clock, unless another one is given", () => {
  assert.equal(new SessionBoard({ now: () => 42 }).now(), 42);
  const [before, now, after] = [Date.now(), new SessionBoard().now(), Date.now()];
  assert.ok(before <= now && now <= after);
});
