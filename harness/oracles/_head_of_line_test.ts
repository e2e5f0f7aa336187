import assert from "node:assert/strict";
import { test } from "node:test";
import { noCrossSessionHol } from "./_head_of_line.ts";
import { assertBreaks, assertKeeps, Story } from "./_test_support.ts";

/** Session `a` is busy, and a message comes for `b`. */
function twoSessions(): Story {
  return new Story().next().send("a", "m1").accept("m1").call("m1").next().look("a", "g")
    .send("b", "m2");
}

test("NO_CROSS_SESSION_HOL fires when a session waits for the run of another (full-head)", () => {
  const story = twoSessions().accept("m2");
  const at = story.last - 1;
  story.next().look("b", undefined, ["m2"]).act(1, "end").outcome("m1", "completed").call("m2");
  const how =
    'message "m2" of session "b" had to wait, though its session was idle, until run 1 of ' +
    'session "a" was over';
  const { also = [] } = assertBreaks(noCrossSessionHol, story, { story: how, at });
  assert.deepEqual(also, [2, at + 3, story.last]);
});

test("NO_CROSS_SESSION_HOL fires when one lock for all is held across a call (wide-lock)", () => {
  const story = new Story().next().send("a", "m1").accept("m1").begin("backend", "a").next()
    .send("b", "m2").accept("m2").next();
  story.finish(1).call("m1").begin("backend", "b");
  assertBreaks(noCrossSessionHol, story, {
    story: /"m2".* had to wait.* until a call of "backend" of session "a" was over/,
    at: 3,
  });
});

test("NO_CROSS_SESSION_HOL is silent when both run side by side", () => {
  const story = twoSessions().accept("m2").call("m2").next().act(1, "end").next().act(2, "end");
  assertKeeps(noCrossSessionHol, story);
});

test("NO_CROSS_SESSION_HOL is silent when the other run ends before anything could begin", () => {
  const story = twoSessions().rush().act(1, "end").accept("m2").call("m2");
  assertKeeps(noCrossSessionHol, story);
});

test("NO_CROSS_SESSION_HOL is silent for a session that was at something of its own", () => {
  const opening = twoSessions().begin("open", "b").next().act(1, "end").rush().finish(1).call("m2");
  assertKeeps(noCrossSessionHol, opening);
  const ending = twoSessions().ask("end", "b").next().act(1, "end").answer("end b").call("m2");
  assertKeeps(noCrossSessionHol, ending);
  const debounced = twoSessions().next().put({ kind: "timer", timer: 1 }).act(1, "end").call("m2");
  assertKeeps(noCrossSessionHol, debounced);
});

test("NO_CROSS_SESSION_HOL is silent while an agent has not said whether it has what it was offered", () => {
  const story = (act: "take" | "refuse") => {
    const steer = { kind: "steer", session: "b", message: "m3", run: 2, act } as const;
    return twoSessions().accept("m2").call("m2").send("b", "m3", { policy: "steer" }).accept("m3")
      .send("b", "m4").accept("m4").put(steer).next().act(2, "end").next().act(1, "end")
      .begin("reply", "b");
  };
  assertKeeps(noCrossSessionHol, story("take"));
  const refused = story("refuse");
  assertBreaks(noCrossSessionHol, refused, { story: /"m3".* had to wait/, at: refused.last - 2 });
});

/** The same, and the world has come to rest: the message for `b` did not run. */
function heldUp(): Story {
  return twoSessions().accept("m2").next();
}

test("NO_CROSS_SESSION_HOL fires for whatever way the other run ends, and for its delivery", () => {
  for (const act of ["end", "throw", "settle"] as const) {
    const story = heldUp().act(1, act).call("m2");
    assertBreaks(noCrossSessionHol, story, { story: /until run 1 of session "a" was over/, at: 4 });
  }
  const delivered = new Story().next().send("a", "m1").accept("m1").call("m1").next().act(1, "end")
    .reply("m1", "begin").next().send("b", "m2").accept("m2").next().reply("m1", "end").call("m2");
  const how = /until the delivery of a reply of session "a" was over/;
  assertBreaks(noCrossSessionHol, delivered, { story: how, at: 5 });
});

test("NO_CROSS_SESSION_HOL is silent when the other run is over, but began only later", () => {
  const story = heldUp().send("c", "m3").accept("m3").call("m3").next().act(2, "end").call("m2");
  assertKeeps(noCrossSessionHol, story);
  const aborted = heldUp().act(1, "abort").call("m2");
  assertKeeps(noCrossSessionHol, aborted);
});

test("NO_CROSS_SESSION_HOL is silent when no message had to wait", () => {
  const nothing = new Story().next().send("a", "m1").accept("m1").call("m1").begin("open", "b")
    .next()
    .finish(1).next().act(1, "end").begin("close", "b");
  assertKeeps(noCrossSessionHol, nothing);
  const cancelled = heldUp().outcome("m2", "cancelled").next().act(1, "end").begin("close", "b");
  assertKeeps(noCrossSessionHol, cancelled);
  const ran = new Story().next().send("b", "m2").accept("m2").call("m2").send("a", "m1")
    .accept("m1").call("m1").next().act(1, "end").next().act(2, "end").begin("close", "b");
  assertKeeps(noCrossSessionHol, ran);
});

test("NO_CROSS_SESSION_HOL is silent where all wait for something that is nobody's", () => {
  const common = new Story().next().send("a", "m1").accept("m1").call("m1").begin("store", "")
    .next()
    .send("b", "m2").accept("m2").next().act(1, "end").call("m2");
  assertKeeps(noCrossSessionHol, common);
  const read = heldUp().begin("store", "").next().finish(1).act(1, "end").call("m2");
  assertKeeps(noCrossSessionHol, read);
});

test("NO_CROSS_SESSION_HOL does not judge a host that shuts down, or whose process died", () => {
  const down = heldUp().ask("shutdown").act(1, "end").call("m2");
  assertKeeps(noCrossSessionHol, down);
  const dead = heldUp().put({ kind: "process", act: "crash" }).act(1, "end").call("m2");
  assertKeeps(noCrossSessionHol, dead);
  const jumped = heldUp().ask("advance").act(1, "end").call("m2");
  assertBreaks(noCrossSessionHol, jumped, { story: /had to wait/, at: 4 });
});

test("NO_CROSS_SESSION_HOL is silent when another message for the session sets it off", () => {
  const stranded = heldUp().act(1, "end").outcome("m1", "completed").rush().send("b", "m3")
    .call("m2");
  assertKeeps(noCrossSessionHol, stranded);
  const earlier = twoSessions().send("b", "m3").next().act(1, "end").call("m2");
  assertBreaks(noCrossSessionHol, earlier, { story: /"m2".* had to wait/, at: 4 });
});

test("NO_CROSS_SESSION_HOL does not take a session for idle of which something is asked", () => {
  const stopping = twoSessions().ask("stop", "b").next().act(1, "end").call("m2").answer("stop b");
  assertKeeps(noCrossSessionHol, stopping);
  const stopped = twoSessions().ask("stop", "b").answer("stop b").next().act(1, "end").call("m2");
  assertBreaks(noCrossSessionHol, stopped, { story: /had to wait/, at: 6 });
  const down = heldUp().ask("shutdown").next().act(1, "end").call("m2");
  assertKeeps(noCrossSessionHol, down);
});
