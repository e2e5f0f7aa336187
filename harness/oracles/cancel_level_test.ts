import assert from "node:assert/strict";
import { test } from "node:test";
import type { Level } from "../ledger_record.ts";
import { assertBreaks, assertKeeps, Story } from "./_test_support.ts";
import { cancelLevel } from "./cancel.ts";

/** A message runs, and somebody asks for a stop. */
function stopStory(level: Level): Story {
  return new Story().next().send("a", "m1").accept("m1").call("m1").next()
    .ask("stop", "a", { level });
}

function cancel(level: Level, run = 1) {
  return { kind: "cancel", session: "a", run, level } as const;
}

test("CANCEL_LEVEL fires when a graceful stop aborts the signal (level-truthy)", () => {
  const story = stopStory("graceful").act(1, "abort");
  const at = story.last;
  const how = 'run 1 (message "m1" of session "a") was aborted by a graceful stop';
  const breach = assertBreaks(cancelLevel, story.next().act(1, "settle"), { story: how, at });
  assert.deepEqual(breach.also, [2, 3]);
});

test("CANCEL_LEVEL is silent when a graceful stop lets the run end, and an immediate one aborts", () => {
  assertKeeps(cancelLevel, stopStory("graceful").put(cancel("graceful")).next().act(1, "end"));
  assertKeeps(cancelLevel, stopStory("immediate").act(1, "abort").put(cancel("immediate")));
});

test("CANCEL_LEVEL is silent when something else aborts beside the graceful stop", () => {
  assertKeeps(cancelLevel, stopStory("graceful").next().ask("stop", "a").act(1, "abort"));
  for (const what of ["end", "disconnect", "shutdown"] as const) {
    const story = stopStory("graceful").next().ask(what, what === "shutdown" ? "" : "a");
    assertKeeps(cancelLevel, story.act(1, "abort").put(cancel("immediate")));
  }
  const withdrawn = stopStory("graceful").ask("withdraw", "a", { message: "m1" });
  assertKeeps(cancelLevel, withdrawn.act(1, "abort"));
  const late = stopStory("graceful").next().put({ kind: "timer", timer: 1 }).act(1, "abort");
  assertKeeps(cancelLevel, late);
});

test("CANCEL_LEVEL is silent when the graceful stop came before the run, or before its message", () => {
  const discarded = new Story().next().send("a", "m1").accept("m1").call("m1").next()
    .send("a", "m2").accept("m2").next().ask("stop", "a", { level: "graceful" }).next();
  assertKeeps(cancelLevel, discarded.act(1, "end").call("m2").act(2, "abort"));
  const later = stopStory("graceful").next().act(1, "end").next().send("a", "m2").accept("m2");
  assertKeeps(cancelLevel, later.call("m2").put(cancel("immediate", 2)));
});

test("CANCEL_LEVEL fires when one level reaches the agent as the other", () => {
  const harder = stopStory("graceful").put(cancel("immediate"));
  const how =
    'the graceful stop of run 1 (message "m1" of session "a") reached the agent as immediate';
  assertBreaks(cancelLevel, harder, { story: how, at: harder.last });
  const softer = stopStory("immediate").act(1, "abort").put(cancel("graceful"));
  const soft = /^the immediate stop of run 1 .* reached the agent as graceful$/;
  assertBreaks(cancelLevel, softer, { story: soft, at: softer.last });
  const idle = new Story().next().send("a", "m1").accept("m1").call("m1").act(1, "end").next();
  idle.ask("stop", "a", { level: "graceful" }).put(cancel("immediate", 0));
  const none = 'the graceful stop of session "a" reached the agent as immediate';
  assertBreaks(cancelLevel, idle, { story: none, at: idle.last });
});

test("CANCEL_LEVEL is silent when either level was asked for, or another session's is another", () => {
  const both = stopStory("graceful").put(cancel("graceful")).next().ask("stop", "a", {
    level: "immediate",
  });
  assertKeeps(cancelLevel, both.act(1, "abort").put(cancel("immediate")));
  const other = stopStory("graceful").ask("stop", "b", { level: "immediate" });
  assertKeeps(cancelLevel, other.put(cancel("graceful")));
  const idle = new Story().next().send("a", "m1").accept("m1").call("m1").act(1, "end").next();
  idle.ask("stop", "a", { level: "graceful" }).ask("withdraw", "a", { message: "m1" });
  assertKeeps(cancelLevel, idle.put(cancel("immediate", 0)));
});

test("CANCEL_LEVEL fires when nobody waits for the agent's answer (cancel-unawaited)", () => {
  const story = stopStory("immediate").act(1, "abort").put(cancel("immediate"));
  const asked = story.last;
  story.begin("cancel immediate", "a").next().act(1, "settle").next();
  story.send("a", "m2").accept("m2").call("m2");
  const at = story.last;
  const how = /^run 2 .* began before the agent had answered the cancel of run 1 /;
  const breach = assertBreaks(cancelLevel, story.next().finish(1), { story: how, at });
  assert.deepEqual(breach.also, [2, asked]);
  const never = stopStory("immediate").put(cancel("immediate")).begin("cancel immediate", "a");
  never.next().act(1, "settle").send("a", "m2").accept("m2").call("m2");
  assertBreaks(cancelLevel, never, { story: /^run 2 /, at: never.last });
});

test("CANCEL_LEVEL is silent when the next turn waits for the answer, or a deadline is over", () => {
  const asked = () =>
    stopStory("immediate").act(1, "abort").put(cancel("immediate"))
      .begin("cancel immediate", "a").next().act(1, "settle").next().send("a", "m2").accept("m2");
  assertKeeps(cancelLevel, asked().finish(1).call("m2"));
  assertKeeps(cancelLevel, asked().put({ kind: "timer", timer: 1 }).call("m2"));
  assertKeeps(cancelLevel, asked().call("m2"), { isolated: true });
});
