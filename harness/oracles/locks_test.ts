import assert from "node:assert/strict";
import { test } from "node:test";
import type { RecordOf } from "../ledger_record.ts";
import { assertBreaks, assertKeeps, Story } from "./_test_support.ts";
import { lockNarrow, lockStable } from "./locks.ts";

function lock(act: RecordOf<"lock">["act"], by: string, key = "a"): RecordOf<"lock"> {
  return { kind: "lock", key, act, by };
}

test("LOCK_STABLE fires when a lock is dropped that somebody waits for (lock-swap)", () => {
  const story = new Story().next().put(lock("hold", "r1")).next().put(lock("wait", "r2")).next();
  story.put(lock("release", "r1")).put(lock("drop", "r1"));
  const at = story.last;
  story.next().put(lock("hold", "r3")).put(lock("hold", "r2"));
  const how = 'the lock "a" was dropped while "r2" waited for it';
  assert.deepEqual(assertBreaks(lockStable, story, { story: how, at }).also, [1]);
});

test("LOCK_STABLE fires when a lock is dropped that somebody holds, and when two hold it", () => {
  const story = new Story().next().put(lock("hold", "r1")).put(lock("drop", "r2"));
  assertBreaks(lockStable, story, { story: 'the lock "a" was dropped while "r1" held it', at: 1 });
  const both = new Story().next().put(lock("hold", "r1")).put(lock("wait", "r2")).next();
  const how = '"r2" got the lock "a" while "r1" held it';
  assertBreaks(lockStable, both.put(lock("hold", "r2")), { story: how, at: 2 });
});

test("LOCK_STABLE is silent when a lock is dropped that nobody holds or waits for any more", () => {
  const story = new Story().next().put(lock("hold", "r1")).put(lock("wait", "r2"));
  story.put(lock("wait", "r3")).put(lock("release", "r3")).put(lock("release", "r1")).next();
  story.put(lock("hold", "r2")).put(lock("release", "r2")).put(lock("drop", "r2")).next();
  assertKeeps(lockStable, story.put(lock("hold", "r4")).put(lock("hold", "r5", "b")));
});

test("LOCK_NARROW fires with the call that is made under a lock (wide-lock)", () => {
  const story = new Story().next().put(lock("hold", "chat", "client")).begin("open", "a", "chat");
  story.next().finish(1).put(lock("release", "chat", "client"));
  const how = '"chat" held the lock "client" across a call of "open"';
  assert.deepEqual(assertBreaks(lockNarrow, story, { story: how, at: 1 }).also, [0]);
});

test("LOCK_NARROW is silent when the lock is released before the call, or before it can end", () => {
  const story = new Story().next().put(lock("hold", "chat")).put(lock("release", "chat"));
  story.begin("open", "a", "chat").next().finish(1);
  assertKeeps(lockNarrow, story.put(lock("hold", "chat")).put(lock("release", "chat")));
  const begun = new Story().next().put(lock("hold", "chat")).begin("open", "a", "chat");
  assertKeeps(lockNarrow, begun.put(lock("release", "chat")).next().finish(1));
});

test("LOCK_NARROW fires for the agent and for unnamed calls under the lock of their session", () => {
  const run = new Story().next().send("a", "m1").accept("m1").put(lock("hold", "x")).call("m1");
  const at = run.last;
  run.next().act(1, "end").put(lock("release", "x"));
  const how = '"x" held the lock "a" across run 1';
  assertBreaks(lockNarrow, run, { story: how, at });
  const unnamed = new Story().next().put(lock("hold", "x")).begin("open", "a");
  unnamed.finish(1).put(lock("release", "x"));
  assertBreaks(lockNarrow, unnamed, { story: /call of "open"$/, at: 1 });
  const open = new Story().next().put(lock("hold", "x")).begin("open", "a").next();
  open.put(lock("release", "x")).next().finish(1);
  assertBreaks(lockNarrow, open, { story: /call of "open"$/, at: 1 });
  const never = new Story().next().put(lock("hold", "x")).begin("open", "a");
  assertBreaks(lockNarrow, never, { story: /call of "open"$/, at: 1 });
});

test("LOCK_NARROW is silent while others call, or it is their lock", () => {
  const story = new Story().next().put(lock("hold", "x")).begin("open", "a", "y");
  story.begin("open", "b").next().put(lock("release", "x")).finish(1).finish(2);
  assertKeeps(lockNarrow, story);
  const other = new Story().next().send("a", "m1").accept("m1").call("m1");
  assertKeeps(lockNarrow, other.put(lock("hold", "x")).next().put(lock("release", "x")));
});
