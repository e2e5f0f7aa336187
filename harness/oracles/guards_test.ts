import assert from "node:assert/strict";
import { test } from "node:test";
import type { RecordOf } from "../ledger_record.ts";
import { assertBreaks, assertKeeps, Story } from "./_test_support.ts";
import {
  atomicClaim,
  guardIdentityChain,
  guardWhileRunning,
  noOrphanGuard,
  ownerOnlyRelease,
} from "./guards.ts";

/** A message runs, with a guard. */
function runningStory(guard: unknown = "g"): Story {
  return new Story().hold("a", guard).next().send("a", "m1").accept("m1").call("m1").next()
    .look("a", guard);
}

/** A message runs, and another waits for it. */
function waitingStory(): Story {
  return runningStory().next().send("a", "m2").accept("m2").next().look("a", "g", ["m2"]).next();
}

function claim(act: RecordOf<"claim">["act"], by: string, token?: number): RecordOf<"claim"> {
  return { kind: "claim", key: "a", act, by, ...(token === undefined ? {} : { token }) };
}

test("GUARD_WHILE_RUNNING fires when a drain runs that nobody guards (stop-chain)", () => {
  const story = waitingStory().ask("stop", "a", { queued: "keep" }).act(1, "abort").next();
  story.act(1, "settle").hold("a", undefined).call("m2");
  const how = 'run 2 (message "m2" of session "a") had no guard at its "call"';
  assertBreaks(guardWhileRunning, story, { story: how, at: story.last });
});

test("GUARD_WHILE_RUNNING fires when a look shows that the guard went before the run did", () => {
  const story = runningStory().next().ask("stop", "a").act(1, "abort").next().look("a", undefined);
  const how = 'run 1 (message "m1" of session "a") was going on, and its session had no guard';
  const at = story.last;
  const breach = assertBreaks(guardWhileRunning, story.next().act(1, "settle"), { story: how, at });
  assert.deepEqual(breach.also, [2]);
});

test("GUARD_WHILE_RUNNING is silent when the guard goes after the cancelled run has settled", () => {
  const story = runningStory().next().ask("stop", "a").act(1, "abort").next().act(1, "settle");
  assertKeeps(guardWhileRunning, story.hold("a", undefined).next().look("a", undefined));
});

test("GUARD_WHILE_RUNNING asks no guard of an abandoned run where agents are isolated", () => {
  const story = runningStory().next().outcome("m1", "abandoned").next().look("a", undefined);
  const at = story.last;
  story.hold("a", undefined).next().act(1, "end");
  assertBreaks(guardWhileRunning, story, { story: /^run 1 .* was going on/, at });
  assertKeeps(guardWhileRunning, story, { isolated: true });
});

test("NO_ORPHAN_GUARD fires for a guard whose owner is dead", () => {
  const story = runningStory().next().act(1, "throw").next().look("a", "g", [], false);
  const how = 'session "a" has a guard that nobody alive owns';
  assertBreaks(noOrphanGuard, story, { story: how, at: story.last });
  const gone = runningStory().next().act(1, "throw").next().look("a", undefined, [], false);
  assertKeeps(noOrphanGuard, gone);
});

test("NO_ORPHAN_GUARD fires when a drain is cancelled before its first step (drain-cancel)", () => {
  const story = waitingStory().act(1, "end").outcome("m1", "completed");
  const ended = story.last - 1;
  story.next().look("a", "g").ask("stop", "a").outcome("m2", "cancelled").next().idle();
  const how = 'session "a" keeps its guard though nothing runs on it any more';
  const breach = assertBreaks(noOrphanGuard, story, { story: how, at: ended });
  assert.deepEqual(breach.also, [story.last]);
});

test("NO_ORPHAN_GUARD fires with a guard that came when nothing ran any more", () => {
  const story = runningStory().next().act(1, "end").next().look("a", undefined).next();
  const at = story.look("a", "h").last;
  assertBreaks(noOrphanGuard, story.next().look("a", "h", ["m2"]).idle(), { story: /keeps/, at });
});

test("NO_ORPHAN_GUARD is silent when the guard goes with the last turn, or a run never settles", () => {
  const story = waitingStory().act(1, "end").call("m2").next().look("a", "g").act(2, "end");
  assertKeeps(noOrphanGuard, story.next().look("a", undefined).idle());
  assertKeeps(noOrphanGuard, runningStory().next().idle());
});

test("NO_ORPHAN_GUARD is silent while a call of a port goes on, and when nobody said that all is over", () => {
  assertKeeps(noOrphanGuard, runningStory().next().act(1, "end").begin("typing off", "a").idle());
  assertKeeps(noOrphanGuard, runningStory().next().act(1, "end"));
});

test("ATOMIC_CLAIM fires when there is a step between check and claim (check-then-act)", () => {
  const story = new Story().next().put(claim("check", "m1")).next().put(claim("claim", "m1"));
  const how = '"m1" claimed "a" a step after its check';
  const breach = assertBreaks(atomicClaim, story, { story: how, at: story.last });
  assert.deepEqual(breach.also, [0]);
});

test("ATOMIC_CLAIM is silent when check and claim are one, and for a claim that was handed on", () => {
  const story = new Story().next().put(claim("check", "m1")).put(claim("claim", "m1"));
  // It found it taken and waits: its claim rests on the release.
  story.next().put(claim("check", "m2")).next().put(claim("release", "m1"));
  assertKeeps(atomicClaim, story.put(claim("claim", "m2")));
});

test("ATOMIC_CLAIM fires when somebody else has claimed since the check, and still has it or not", () => {
  const story = new Story().next().put(claim("check", "m1")).put(claim("claim", "m2"));
  story.put(claim("claim", "m1"));
  const how = '"m1" claimed "a" while "m2" had it';
  assert.deepEqual(assertBreaks(atomicClaim, story, { story: how, at: 2 }).also, [0, 1]);
  const gone = new Story().next().put(claim("check", "m1")).put(claim("claim", "m2"));
  gone.put(claim("release", "m2")).put(claim("claim", "m1"));
  const between = '"m1" claimed "a" after a check, and "m2" did in between';
  assertBreaks(atomicClaim, gone, { story: between, at: 3 });
});

test("ATOMIC_CLAIM fires when a claim is made twice, and is silent when it died with its process", () => {
  const story = new Story().next().put(claim("claim", "m1", 1)).put(claim("claim", "m1", 2));
  const how = '"m1" claimed "a" while it had it already';
  assertBreaks(atomicClaim, story, { story: how, at: 1 });
  const again = new Story().next().put(claim("claim", "m1", 1));
  assertKeeps(atomicClaim, again.put({ kind: "process", act: "crash" }).put(claim("claim", "m2")));
});

test("OWNER_ONLY_RELEASE fires when an old finally frees a new claim (flag-steal)", () => {
  const story = new Story().next().put(claim("claim", "chat", 1)).next();
  story.put(claim("release", "chat", 1)).put(claim("claim", "chat", 2)).next();
  story.put(claim("release", "chat", 1));
  const how = '"chat" released "a", which was held by a newer claim of its own';
  const breach = assertBreaks(ownerOnlyRelease, story, { story: how, at: 3 });
  assert.deepEqual(breach.also, [2]);
});

test("OWNER_ONLY_RELEASE is silent when the old finally comes while nobody has it", () => {
  const story = new Story().next().put(claim("claim", "chat", 1)).next();
  story.put(claim("release", "chat", 1)).put(claim("release", "chat", 1));
  story.put(claim("claim", "chat", 2)).next().put(claim("release", "chat", 2));
  assertKeeps(ownerOnlyRelease, story);
});

test("OWNER_ONLY_RELEASE fires for what somebody else has: a claim, or a lock", () => {
  const story = new Story().next().put(claim("claim", "m1")).put(claim("release", "m2"));
  const how = '"m2" released "a", which was held by "m1"';
  assertBreaks(ownerOnlyRelease, story, { story: how, at: 1 });
  const lock = { kind: "lock", key: "k", by: "x" } as const;
  const locked = new Story().next().put({ ...lock, act: "wait" }).put({ ...lock, act: "hold" });
  locked.put({ ...lock, by: "y", act: "wait" }).put({ ...lock, by: "z", act: "release" });
  const other = '"z" released the lock "k", which was held by "x"';
  assertBreaks(ownerOnlyRelease, locked, { story: other, at: 3 });
});

test("OWNER_ONLY_RELEASE is silent when holders release, and waiters give up", () => {
  const lock = { kind: "lock", key: "k", by: "x" } as const;
  const story = new Story().next().put({ ...lock, act: "hold" });
  story.put({ ...lock, by: "y", act: "wait" }).put({ ...lock, by: "z", act: "wait" });
  story.put({ ...lock, by: "y", act: "release" }).put({ ...lock, act: "release" });
  story.put({ ...lock, by: "z", act: "hold" }).put({ ...lock, by: "z", act: "release" });
  assertKeeps(ownerOnlyRelease, story.put({ ...lock, act: "release" }));
});

test("GUARD_IDENTITY_CHAIN fires when the guard is gone for an instant of the hand-off", () => {
  const story = waitingStory().act(1, "end");
  const ended = story.last;
  story.next().look("a", undefined);
  const at = story.last;
  story.next().call("m2");
  const how =
    'between run 1 (message "m1" of session "a") and run 2 (message "m2" of session "a"), which waited, the session had no guard';
  const breach = assertBreaks(guardIdentityChain, story, { story: how, at });
  assert.deepEqual(breach.also, [ended, story.last]);
});

test("GUARD_IDENTITY_CHAIN fires when the next turn has another guard", () => {
  const story = waitingStory().act(1, "end").hold("a", "h").call("m2");
  const how = /the session had another guard$/;
  assertBreaks(guardIdentityChain, story, { story: how, at: story.last });
});

test("GUARD_IDENTITY_CHAIN is silent when the guard moves on, or nothing waited for it", () => {
  const story = waitingStory().act(1, "end").next().look("a", "g").next().call("m2");
  assertKeeps(guardIdentityChain, story);
  const apart = waitingStory().ask("withdraw", "a", { message: "m2" }).outcome("m2", "cancelled");
  apart.next().look("a", "g").act(1, "end").next().look("a", undefined).send("a", "m3");
  assertKeeps(guardIdentityChain, apart.accept("m3").hold("a", "h").call("m3").next());
});

test("GUARD_IDENTITY_CHAIN is silent about what was not in line any more, or not yet, or died", () => {
  const left = waitingStory().look("a", "g").act(1, "end").next().look("a", undefined);
  assertKeeps(guardIdentityChain, left.hold("a", "h").call("m2"));
  const late = runningStory().act(1, "end").next().look("a", undefined).send("a", "m2").accept(
    "m2",
  );
  assertKeeps(guardIdentityChain, late.next().look("a", "h", ["m2"]).hold("a", "h").call("m2"));
  const dead = waitingStory().put({ kind: "process", act: "crash" }).next().hold("a", "h");
  assertKeeps(guardIdentityChain, dead.put({ kind: "process", act: "start" }).call("m2"));
});
