import assert from "node:assert/strict";
import { test } from "node:test";
import { shutdownOrder } from "./_shutdown_order.ts";
import { assertBreaks, assertKeeps, Story } from "./_test_support.ts";

/** A message has run, and its reply is on its way when somebody asks for the shutdown. */
function replyStory(): Story {
  return new Story().next().send("a", "m1").accept("m1").handle("a", "open").call("m1").next()
    .act(1, "end").reply("m1", "begin").next().ask("shutdown");
}

const PHASES = ["intake", "turns", "agents", "journal", "transports"] as const;

test("SHUTDOWN_ORDER fires when a shutdown returns before a reply is delivered (busy-early)", () => {
  const story = replyStory().answer("shutdown");
  const how = 'the shutdown returned while the reply to message "m1" was on its way';
  assert.deepEqual(assertBreaks(shutdownOrder, story, { story: how, at: story.last }).also, [5]);
  const later = new Story().next().send("a", "m1").accept("m1").call("m1").next().act(1, "end")
    .ask("shutdown").answer("shutdown").next().reply("m1", "begin");
  const late = /delivery of the reply to message "m1" began after the shutdown had returned/;
  assertBreaks(shutdownOrder, later, { story: late, at: later.last });
});

test("SHUTDOWN_ORDER is silent when the reply is delivered first, or given up", () => {
  const story = replyStory().put({ kind: "phase", phase: "intake" }).next().reply("m1", "end")
    .outcome("m1", "completed").put({ kind: "phase", phase: "turns" }).handle("a", "close")
    .put({ kind: "phase", phase: "agents" }).put({ kind: "phase", phase: "transports" })
    .answer("shutdown").idle();
  assertKeeps(shutdownOrder, story);
  assertKeeps(shutdownOrder, replyStory().answer("shutdown", { abandoned: true }));
  assertKeeps(shutdownOrder, replyStory().outcome("m1", "abandoned").answer("shutdown"));
});

test("SHUTDOWN_ORDER fires when the backend stops before the intake (wrong-order)", () => {
  const story = new Story().next().ask("shutdown").put({ kind: "phase", phase: "agents" }).next()
    .put({ kind: "phase", phase: "intake" });
  const how = 'phase "intake" of the shutdown came after phase "agents"';
  assert.deepEqual(assertBreaks(shutdownOrder, story, { story: how, at: 1 }).also, [2]);
  const closed = replyStory().reply("m1", "end").handle("a", "close").next()
    .put({ kind: "phase", phase: "intake" });
  const early = 'the handle of session "a" was closed before the intake was';
  assertBreaks(shutdownOrder, closed, { story: early, at: closed.last - 1 });
});

test("SHUTDOWN_ORDER lets a host tell of its intake a little after it was closed", () => {
  const told = replyStory().reply("m1", "end").handle("a", "close")
    .put({ kind: "phase", phase: "intake" });
  assertKeeps(shutdownOrder, told);
});

test("SHUTDOWN_ORDER is silent when the phases come in their order, and some do not", () => {
  const story = new Story().next().ask("shutdown");
  for (const phase of PHASES) story.put({ kind: "phase", phase }).next();
  assertKeeps(shutdownOrder, story.answer("shutdown"));
  const few = new Story().next().ask("shutdown").put({ kind: "phase", phase: "turns" })
    .put({ kind: "phase", phase: "transports" }).answer("shutdown");
  assertKeeps(shutdownOrder, few);
  assertBreaks(shutdownOrder, few.put({ kind: "phase", phase: "transports" }), {
    story: 'phase "transports" of the shutdown was over twice',
    at: 2,
  });
});

test("SHUTDOWN_ORDER fires for a message after the intake, and a run after the turns", () => {
  const story = () => new Story().next().ask("shutdown").put({ kind: "phase", phase: "intake" });
  const accepted = story().next().send("a", "m1").accept("m1").call("m1");
  assertBreaks(shutdownOrder, accepted, { story: /accepted after the intake was closed/, at: 3 });
  assertKeeps(shutdownOrder, story().next().send("a", "m1").reject("m1", "draining"));
  const running = new Story().next().send("a", "m1").accept("m1").call("m1").next()
    .ask("shutdown").put({ kind: "phase", phase: "turns" });
  assertBreaks(shutdownOrder, running, { story: /turns were said to be over while run 1/, at: 4 });
});

test("SHUTDOWN_ORDER fires when a handle is closed under a run, unless that session is ended", () => {
  const story = () =>
    new Story().next().send("a", "m1").accept("m1").handle("a", "open").call("m1").next();
  const under = story().ask("shutdown").handle("a", "close");
  const how = 'the handle of session "a" was closed under run 1 (message "m1" of session "a")';
  assertBreaks(shutdownOrder, under, { story: how, at: under.last });
  assertKeeps(shutdownOrder, story().ask("end", "a").ask("shutdown").handle("a", "close"));
  assertKeeps(shutdownOrder, story().ask("shutdown").act(1, "end").handle("a", "close"));
});

test("SHUTDOWN_ORDER fires when a handle is closed while the reply is on its way", () => {
  const story = replyStory().handle("a", "close");
  const how = 'the handle of session "a" was closed while its reply was on its way';
  assertBreaks(shutdownOrder, story, { story: how, at: story.last });
  assertKeeps(shutdownOrder, replyStory().handle("b", "close", 2));
  assertKeeps(shutdownOrder, replyStory().outcome("m1", "abandoned").handle("a", "close"));
  assertKeeps(shutdownOrder, replyStory().reply("m1", "fail").handle("a", "close"));
});

test("SHUTDOWN_ORDER lets a run that was given up go on, and its handle be closed", () => {
  const story = new Story().next().send("a", "m1").accept("m1").call("m1").next().ask("shutdown")
    .act(1, "abort").next().outcome("m1", "abandoned").put({ kind: "phase", phase: "turns" })
    .handle("a", "close").put({ kind: "phase", phase: "transports" }).answer("shutdown").next()
    .act(1, "end").reply("m1", "begin");
  assertKeeps(shutdownOrder, story);
});

test("SHUTDOWN_ORDER tells the replies of two messages apart", () => {
  const story = new Story().next().send("a", "m1").accept("m1").call("m1").send("b", "m2")
    .accept("m2").call("m2").next().act(1, "end").reply("m1", "begin", 1).act(2, "end")
    .reply("m2", "begin", 2).next().ask("shutdown").reply("m2", "end", 2).answer("shutdown");
  assertBreaks(shutdownOrder, story, {
    story: /reply to message "m1" was on its way/,
    at: story.last,
  });
  assertKeeps(shutdownOrder, replyStory().reply("m1", "end").answer("shutdown"));
});

test("SHUTDOWN_ORDER holds no message against a host that came before the intake was closed", () => {
  const before = new Story().next().ask("shutdown").send("a", "m1").accept("m1")
    .put({ kind: "phase", phase: "intake" });
  assertKeeps(shutdownOrder, before);
  const told = new Story().next().send("a", "m1").next().ask("shutdown")
    .put({ kind: "phase", phase: "intake" }).accept("m1").call("m1");
  assertKeeps(shutdownOrder, told);
  const refused = new Story().next().ask("shutdown").put({ kind: "phase", phase: "intake" }).next()
    .send("a", "m1").accept("m1").outcome("m1", "failed").answer("m1", { ok: false });
  assertKeeps(shutdownOrder, refused);
});
