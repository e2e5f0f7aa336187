import assert from "node:assert/strict";
import { test } from "node:test";
import type { Level } from "../ledger_record.ts";
import { assertBreaks, assertKeeps, Story } from "./_test_support.ts";
import { cancelNotSticky, cancelTarget, stopClearsAll } from "./cancel.ts";

/** The first message runs, the others wait. */
function busyStory(...waiting: string[]): Story {
  const story = new Story().next().send("a", "m1").accept("m1").call("m1").next().look("a", "g");
  for (const message of waiting) story.next().send("a", message).accept(message);
  return story.next().look("a", "g", waiting).next();
}

/** The first message is stopped, and settles. */
function stoppedStory(...waiting: string[]): Story {
  const story = busyStory(...waiting).ask("stop", "a", { level: "immediate" }).act(1, "abort");
  return story.next().act(1, "settle").outcome("m1", "cancelled");
}

test("STOP_CLEARS_ALL fires when stop drops the head and runs the tail (stop-tail)", () => {
  const story = stoppedStory("m2", "m3").outcome("m2", "cancelled").call("m3");
  const asked = story.find((record) => record.kind === "asked" && record.what === "stop");
  const how =
    'run 2 (message "m3" of session "a") began though its message waited when the stop discarded all';
  const breach = assertBreaks(stopClearsAll, story, { story: how, at: story.last });
  assert.deepEqual(breach.also, [asked - 3, asked]);
});

test("STOP_CLEARS_ALL is silent when all that waited goes, and what comes later runs", () => {
  const story = stoppedStory("m2", "m3").outcome("m2", "cancelled").outcome("m3", "cancelled");
  assertKeeps(stopClearsAll, story.next().send("a", "m4").accept("m4").call("m4"));
  assertKeeps(stopClearsAll, stoppedStory("m2").send("b", "m3").accept("m3").call("m3"));
});

test("STOP_CLEARS_ALL fires when what waits is cancelled though it was to be kept", () => {
  const keep = () => busyStory("m2").ask("stop", "a", { queued: "keep" }).act(1, "abort").next();
  const story = keep().outcome("m2", "cancelled");
  const how = 'message "m2" of session "a" was cancelled though the stop was to keep what waits';
  assertBreaks(stopClearsAll, story, { story: how, at: story.last });
  const hit = keep().act(1, "settle").call("m2").next().act(2, "abort");
  assertBreaks(stopClearsAll, hit, { story: how, at: hit.last });
  const late = keep().act(1, "settle").call("m2").next()
    .put({ kind: "cancel", session: "a", run: 2, level: "immediate" });
  assertBreaks(stopClearsAll, late, { story: how, at: late.last });
});

test("STOP_CLEARS_ALL is silent when what is kept runs, or is cancelled by something else", () => {
  const keep = () => busyStory("m2").ask("stop", "a", { queued: "keep" }).act(1, "abort").next();
  assertKeeps(stopClearsAll, keep().act(1, "settle").call("m2").next().act(2, "end"));
  const withdrawn = keep().ask("withdraw", "a", { message: "m2" }).outcome("m2", "cancelled");
  assertKeeps(stopClearsAll, withdrawn);
  const again = keep().act(1, "settle").call("m2").next().ask("stop", "a", { queued: "keep" });
  assertKeeps(stopClearsAll, again.act(2, "abort").outcome("m2", "cancelled"));
  const timed = keep().next().put({ kind: "timer", timer: 1 }).outcome("m2", "cancelled");
  assertKeeps(stopClearsAll, timed);
  const discard = keep().ask("stop", "a", { queued: "discard" }).outcome("m2", "cancelled");
  assertKeeps(stopClearsAll, discard);
});

test("STOP_CLEARS_ALL takes no run that was given up for the one that a stop is meant for", () => {
  const story = (status: string) =>
    busyStory().act(1, "abort").outcome("m1", status).next().send("a", "m2").accept("m2").rush()
      .ask("stop", "a", { queued: "keep" }).outcome("m2", "cancelled");
  assertKeeps(stopClearsAll, story("abandoned"));
  const going = story("cancelled");
  assertBreaks(stopClearsAll, going, { story: /to keep what waits$/, at: going.last });
});

test("STOP_CLEARS_ALL can not say what was to be kept between two turns, or in the same breath", () => {
  const between = busyStory("m2").act(1, "end").next().ask("stop", "a", { queued: "keep" });
  assertKeeps(stopClearsAll, between.outcome("m2", "cancelled"));
  const rushed = busyStory("m2").ask("stop", "a", { queued: "keep" }).rush().act(1, "end");
  assertKeeps(stopClearsAll, rushed.call("m2").act(2, "start").act(2, "abort"));
  const second = busyStory("m2").ask("stop", "a", { queued: "keep" }).act(1, "abort").next()
    .act(1, "settle").rush().ask("stop", "a", { queued: "keep" });
  assertKeeps(stopClearsAll, second.outcome("m2", "cancelled").answer("m2").next());
});

test("STOP_CLEARS_ALL says nothing of what was over already when the stop was asked for", () => {
  const over = busyStory("m2").ask("withdraw", "a", { message: "m2" }).outcome("m2", "cancelled");
  assertKeeps(stopClearsAll, over.next().ask("stop", "a").next().act(1, "end").call("m2"));
  const refused = busyStory().send("a", "m2").reject("m2").next().ask("stop", "a").next();
  assertKeeps(stopClearsAll, refused.act(1, "end").accept("m2").next().call("m2"));
});

test("STOP_CLEARS_ALL goes by the host's policy where the stop names none", () => {
  const story = stoppedStory("m2").call("m2");
  assertBreaks(stopClearsAll, story, { story: /^run 2 /, at: story.last });
  assertKeeps(stopClearsAll, story, { queuedOnStop: "keep" });
});

test("STOP_CLEARS_ALL fires when a run begins that is aborted only later", () => {
  const story = stoppedStory("m2").call("m2");
  const at = story.last;
  story.next().ask("stop", "a").act(2, "abort").next().act(2, "settle");
  assertBreaks(stopClearsAll, story, { story: /^run 2 /, at });
});

test("STOP_CLEARS_ALL takes no run that began with an aborted signal, or that a crash brought back", () => {
  assertKeeps(stopClearsAll, stoppedStory("m2").call("m2").act(2, "abort"));
  const back = stoppedStory("m2").put({ kind: "process", act: "crash" });
  assertKeeps(stopClearsAll, back.put({ kind: "process", act: "start" }).call("m2"));
});

test("STOP_CLEARS_ALL lets a stop come to its host after a run that begins in the same breath", () => {
  const rushed = (level: Level = "immediate") =>
    busyStory("m2").ask("stop", "a", { level }).rush().act(1, "end").call("m2");
  assertKeeps(stopClearsAll, rushed().act(2, "start").act(2, "abort"));
  assertKeeps(stopClearsAll, rushed("graceful").next().act(2, "end"));
  const missed = rushed();
  const at = missed.last;
  assertBreaks(stopClearsAll, missed.next().act(2, "end"), { story: /^run 2 /, at });
});

test("STOP_CLEARS_ALL knows what a host has that only tells how a message ended", () => {
  const story = new Story().next().send("a", "m1").accept("m1").call("m1").next();
  story.send("a", "m2").next().ask("stop", "a").next().act(1, "end").accept("m2").call("m2");
  assertBreaks(stopClearsAll, story, { story: /^run 2 /, at: story.last });
  const stored = new Story().next().send("a", "m1").accept("m1").call("m1").next();
  stored.send("a", "m2").begin("store", "a").next().ask("stop", "a").next().finish(1);
  assertKeeps(stopClearsAll, stored.act(1, "end").accept("m2").call("m2"));
  const told = new Story().next().send("a", "m1").accept("m1").call("m1").next();
  told.send("a", "m2").next().ask("stop", "a").next().accept("m2").next().act(1, "end").call("m2");
  assertKeeps(stopClearsAll, told);
  const breath = new Story().next().send("a", "m1").accept("m1").call("m1").next();
  breath.send("a", "m2").rush().ask("stop", "a").next().act(1, "end").accept("m2").call("m2");
  assertKeeps(stopClearsAll, breath);
});

test("CANCEL_TARGET fires when a message runs that its caller took back (ghost-run)", () => {
  const story = busyStory("m2").ask("withdraw", "a", { message: "m2" }).next();
  const asked = story.last;
  story.act(1, "end").call("m2");
  const how = 'run 2 (message "m2" of session "a") began though its message had been taken back';
  const breach = assertBreaks(cancelTarget, story, { story: how, at: story.last });
  assert.deepEqual(breach.also, [asked - 3, asked]);
});

test("CANCEL_TARGET is silent when what was taken back never runs, or is stopped in its run", () => {
  const story = busyStory("m2", "m3").ask("withdraw", "a", { message: "m2" });
  story.outcome("m2", "cancelled").next().act(1, "end").call("m3");
  assertKeeps(cancelTarget, story);
  const own = busyStory().ask("withdraw", "a", { message: "m1" }).act(1, "abort").next();
  assertKeeps(cancelTarget, own.act(1, "settle").outcome("m1", "cancelled"));
  const dead = busyStory("m2").ask("withdraw", "a", { message: "m2" }).next().act(1, "end");
  assertKeeps(cancelTarget, dead.call("m2").act(2, "abort").next().act(2, "settle"));
});

test("CANCEL_TARGET fires when a message is taken back at the door, and runs all the same", () => {
  const story = new Story().next().send("a", "m1").begin("load", "a").next();
  story.ask("withdraw", "a", { message: "m1" }).next().finish(1).accept("m1").call("m1");
  assertBreaks(cancelTarget, story, { story: /had been taken back$/, at: story.last });
});

test("CANCEL_TARGET is silent when a withdrawal came too late, or died with its process", () => {
  const rushed = busyStory("m2").ask("withdraw", "a", { message: "m2" }).rush().act(1, "end");
  assertKeeps(cancelTarget, rushed.call("m2").act(2, "start").act(2, "abort"));
  const dead = busyStory("m2").ask("withdraw", "a", { message: "m2" }).next();
  dead.put({ kind: "process", act: "crash" }).put({ kind: "process", act: "start" });
  assertKeeps(cancelTarget, dead.call("m2"));
  const joined = busyStory("m2", "m3").act(1, "end").begin("typing off", "a").next().look("a", "g");
  joined.next().ask("withdraw", "a", { message: "m3" }).next().finish(1).call("m2", "m3");
  assertKeeps(cancelTarget, joined);
});

test("CANCEL_TARGET fires when one of several messages is taken back in line, and runs with them", () => {
  const story = busyStory("m2", "m3").ask("withdraw", "a", { message: "m3" }).next();
  story.act(1, "end").call("m2", "m3");
  const how = /^run 2 .* began though message "m3" had been taken back$/;
  assertBreaks(cancelTarget, story, { story: how, at: story.last });
});

test("CANCEL_TARGET lets one of several be taken back too late in the breath of a hand-over", () => {
  const told = () => busyStory("m2", "m3").ask("withdraw", "a", { message: "m1" });
  const late = told().rush().ask("withdraw", "a", { message: "m3" }).next().act(1, "settle");
  assertKeeps(cancelTarget, late.call("m2", "m3"));
  const inLine = told().next().ask("withdraw", "a", { message: "m3" }).next().act(1, "settle");
  inLine.call("m2", "m3");
  assertBreaks(cancelTarget, inLine, {
    story: /message "m3" had been taken back$/,
    at: inLine.last,
  });
});

test("CANCEL_TARGET fires when a message runs that is cancelled already", () => {
  const story = stoppedStory("m2").outcome("m2", "cancelled").next().call("m2");
  const how = 'run 2 (message "m2" of session "a") began though its message had been cancelled';
  assertBreaks(cancelTarget, story, { story: how, at: story.last });
});

test("CANCEL_TARGET fires when a stop in the clean-up is swallowed (stop-swallow)", () => {
  const story = busyStory("m2").act(1, "end").begin("typing off", "a").next().look("a", "g");
  story.next().ask("stop", "a", { level: "immediate" }).next().finish(1).call("m2");
  const how =
    /^run 2 .* began though the stop was asked for while its message was on its way to it$/;
  assertBreaks(cancelTarget, story, { story: how, at: story.last });
  assertKeeps(stopClearsAll, story);
});

test("CANCEL_TARGET fires when a stop comes in the instant of the hand-off, or before the first step", () => {
  const instant = busyStory("m2").act(1, "end").rush().ask("stop", "a").call("m2").next();
  assertBreaks(cancelTarget, instant, { story: /on its way to it$/, at: instant.last });
  assertKeeps(stopClearsAll, instant);
  const first = new Story().next().send("a", "m1").accept("m1").begin("open", "a").next();
  first.ask("stop", "a").next().finish(1).call("m1");
  assertBreaks(cancelTarget, first, { story: /on its way to it$/, at: first.last });
  assertKeeps(stopClearsAll, first);
});

test("CANCEL_TARGET lets a stop come to its host after a run that begins and ends in the same breath", () => {
  const story = () =>
    new Story().next().send("a", "m1").accept("m1").begin("open", "a").next().finish(1).rush()
      .ask("stop", "a").call("m1");
  assertKeeps(cancelTarget, story().act(1, "end"));
  const going = story();
  const at = going.last;
  assertBreaks(cancelTarget, going.next().act(1, "end"), { story: /on its way to it$/, at });
});

test("CANCEL_TARGET, and not STOP_CLEARS_ALL, tells of a message that no look shows in line any more", () => {
  const story = (level: Level) =>
    new Story().next().send("a", "m1").accept("m1").call("m1").next()
      .put({ kind: "guard", session: "a", guard: "g", live: true, waiting: [], showsLine: true })
      .send("a", "m2").accept("m2").rush().act(1, "end").begin("typing off", "a").next()
      .ask("stop", "a", { level }).next().finish(1).call("m2");
  const stopped = story("immediate");
  assertBreaks(cancelTarget, stopped, { story: /on its way to it$/, at: stopped.last });
  assertKeeps(stopClearsAll, stopped);
  assertKeeps(cancelTarget, story("graceful"));
  assertKeeps(stopClearsAll, story("graceful"));
  const rushed = new Story().next().send("a", "m1").accept("m1").call("m1").next()
    .put({ kind: "guard", session: "a", guard: "g", live: true, waiting: [], showsLine: true })
    .act(1, "end").rush().send("a", "m2").accept("m2").begin("typing off", "a").rush();
  assertKeeps(
    stopClearsAll,
    rushed.ask("stop", "a", { level: "graceful" }).next().finish(1).call("m2"),
  );
});

test("CANCEL_TARGET is silent when the stop in the clean-up hits the message, or is graceful", () => {
  const cleaning = () =>
    busyStory("m2").act(1, "end").begin("typing off", "a").next().look("a", "g").next();
  const story = cleaning().ask("stop", "a").outcome("m2", "cancelled").next().finish(1);
  assertKeeps(cancelTarget, story.next().send("a", "m3").accept("m3").call("m3"));
  const graceful = cleaning().ask("stop", "a", { level: "graceful" }).next().finish(1).call("m2");
  assertKeeps(cancelTarget, graceful);
  const keep = cleaning().ask("stop", "a", { queued: "keep" }).next().finish(1).call("m2");
  assertKeeps(cancelTarget, keep);
});

test("CANCEL_TARGET fires when the stop of one session hits another", () => {
  const story = busyStory().send("b", "m2").accept("m2").call("m2").next().ask("stop", "b");
  assertKeeps(cancelTarget, story.act(2, "abort").next().act(2, "settle"));
  story.act(1, "abort");
  const how = 'run 1 (message "m1" of session "a") was cancelled by the stop of session "b"';
  assertBreaks(cancelTarget, story, { story: how, at: story.last });
  assertKeeps(cancelNotSticky, story);
});

test("CANCEL_TARGET fires when taking one message back cancels another", () => {
  const story = busyStory("m2").ask("withdraw", "a", { message: "m2" }).act(1, "abort");
  const how = /^run 1 .* was cancelled by the withdraw of message "m2"$/;
  assertBreaks(cancelTarget, story, { story: how, at: story.last });
  const joined = busyStory("m2", "m3").act(1, "end").call("m2", "m3").next();
  joined.ask("withdraw", "a", { message: "m3" }).act(2, "abort").next().act(2, "settle");
  assertKeeps(cancelTarget, joined.outcome("m2", "cancelled").outcome("m3", "cancelled"));
});

test("CANCEL_TARGET fires when a message is cancelled that came after the stop of a busy session", () => {
  const story = busyStory().ask("stop", "a").act(1, "abort").next().send("a", "m2").accept("m2");
  const at = story.outcome("m2", "cancelled").last;
  const how = 'message "m2" of session "a" was cancelled though its message came after the stop';
  assertBreaks(cancelTarget, story, { story: how, at });
  const rushed = busyStory().ask("stop", "a").rush().send("a", "m2").accept("m2").act(1, "abort");
  assertKeeps(cancelTarget, rushed.outcome("m2", "cancelled"));
});

test("CANCEL_TARGET is silent when an end, a shutdown, an interrupt or a lost handle cancels", () => {
  for (const what of ["end", "shutdown", "disconnect"] as const) {
    const story = busyStory("m2").ask("stop", "b").ask(what, what === "shutdown" ? "" : "a");
    story.act(1, "abort").outcome("m2", "cancelled").next().act(1, "settle");
    assertKeeps(cancelTarget, story.outcome("m1", "cancelled"));
  }
  const ended = busyStory().ask("end", "a").next().send("a", "m2").accept("m2").next();
  assertKeeps(cancelTarget, ended.outcome("m2", "cancelled"));
  const story = busyStory().ask("stop", "b").send("a", "m2", { policy: "interrupt" });
  assertKeeps(cancelTarget, story.accept("m2").act(1, "abort").next().act(1, "settle"));
  const host = busyStory().ask("stop", "b").next().send("a", "m2").accept("m2").act(1, "abort");
  assertKeeps(cancelTarget, host, { interrupts: true });
  assertBreaks(cancelTarget, host, { story: /^run 1 .* by the stop of/, at: host.last });
});

test("CANCEL_NOT_STICKY fires when a stop of an idle session kills the next turn (sticky)", () => {
  const story = new Story().next().ask("stop", "a").answer("stop a").next();
  story.send("a", "m1").accept("m1").call("m1").next().act(1, "abort");
  const at = story.last;
  const how =
    'run 1 (message "m1" of session "a") was cancelled though its message came after the stop';
  story.next().act(1, "settle").outcome("m1", "cancelled");
  const breach = assertBreaks(cancelNotSticky, story, { story: how, at });
  assert.deepEqual(breach.also, [0, 2, 4]);
  assertKeeps(cancelTarget, story);
});

test("CANCEL_NOT_STICKY, and not CANCEL_TARGET, tells of a run that was hit before somebody else was stopped", () => {
  const story = new Story().next().ask("stop", "a").answer("stop a").next().send("a", "m1")
    .accept("m1").call("m1").act(1, "abort").next().ask("stop", "b").next().act(1, "settle")
    .outcome("m1", "cancelled");
  assertBreaks(cancelNotSticky, story, { story: /came after the stop$/, at: 5 });
  assertKeeps(cancelTarget, story);
});

test("CANCEL_NOT_STICKY fires when the next message is cancelled before it could run", () => {
  const story = new Story().next().ask("stop", "a").next().send("a", "m1").accept("m1");
  story.outcome("m1", "cancelled");
  assertBreaks(cancelNotSticky, story, { story: /came after the stop$/, at: story.last });
  assertKeeps(cancelTarget, story);
});

test("CANCEL_NOT_STICKY fires when a slow cancel of the agent lands on the next turn", () => {
  const story = stoppedStory().next().send("a", "m2").accept("m2").call("m2").next();
  story.put({ kind: "cancel", session: "a", run: 2, level: "immediate" });
  assertBreaks(cancelNotSticky, story, { story: /^run 2 .* came after the stop$/, at: story.last });
});

test("CANCEL_NOT_STICKY is silent when the next turn runs, and when it is stopped itself", () => {
  const story = new Story().next().ask("stop", "a").next().send("a", "m1").accept("m1").call("m1");
  assertKeeps(cancelNotSticky, story.next());
  story.ask("stop", "a").act(1, "abort").next().act(1, "settle").outcome("m1", "cancelled");
  assertKeeps(cancelNotSticky, story);
  const timed = new Story().next().ask("stop", "a").next().send("a", "m1").accept("m1").call("m1");
  assertKeeps(cancelNotSticky, timed.next().put({ kind: "timer", timer: 1 }).act(1, "abort"));
});

test("CANCEL_NOT_STICKY fires when the message that interrupts an idle session is hit itself", () => {
  const story = new Story().next().send("a", "m1", { policy: "interrupt" }).accept("m1").call("m1");
  story.next().act(1, "abort");
  const how = /^run 1 .* was cancelled though nobody asked for it$/;
  assertBreaks(cancelNotSticky, story, { story: how, at: story.last });
});
