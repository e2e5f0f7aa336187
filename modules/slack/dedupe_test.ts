import assert from "node:assert/strict";
import { test } from "node:test";
import { Dedupe } from "./dedupe.ts";

function create(postsMax = 3, horizonMs = 1_000) {
  const time = { ms: 0 };
  return { time, dedupe: new Dedupe({ postsMax, horizonMs, now: () => time.ms }) };
}

/** Claims a post for the event that Slack delivers, and delivers again. */
function claim(dedupe: Dedupe, key: string) {
  return dedupe.claim(key, "Ev1");
}

test("DEDUPE_SOUND: a post is claimed once, while it is handled and after it was", () => {
  const { dedupe } = create();
  const first = claim(dedupe, "a");
  assert.equal(claim(dedupe, "a"), undefined);
  first!.keep();
  assert.equal(claim(dedupe, "a"), undefined);
  assert.deepEqual([dedupe.size, dedupe.running], [1, 0]);
});

test("FAILURE_RETRYABLE: a post that was freed can be claimed again", () => {
  const { dedupe } = create();
  claim(dedupe, "a")!.free();
  assert.notEqual(claim(dedupe, "a"), undefined);
});

test("DEDUPE_SOUND: of a post that was freed another event is a duplicate, for as long as it is remembered", () => {
  const { dedupe, time } = create();
  dedupe.claim("a", "Ev1")!.free();
  assert.equal(dedupe.claim("a", "Ev2"), undefined);
  assert.equal(dedupe.claim("a", undefined), undefined);
  dedupe.claim("a", "Ev1")!.free();
  assert.equal(dedupe.claim("a", "Ev2"), undefined);
  time.ms = 1_001;
  dedupe.claim("a", "Ev2")!.free();
  for (const key of ["b", "c", "d"]) dedupe.claim(key, "Ev1")!.free();
  assert.equal(dedupe.claim("b", "Ev2"), undefined);
  assert.notEqual(dedupe.claim("a", "Ev3"), undefined, "the oldest of more than postsMax");
});

test("OWNER_ONLY_RELEASE: only the first end of a claim counts", () => {
  const { dedupe } = create();
  const first = claim(dedupe, "a")!;
  first.free();
  const second = claim(dedupe, "a")!;
  first.free();
  assert.equal(claim(dedupe, "a"), undefined);
  first.keep();
  assert.equal(dedupe.size, 0);
  second.keep();
  second.free();
  assert.equal(claim(dedupe, "a"), undefined);
});

test("BOUNDED_STATE: the oldest is forgotten beyond the limit and after the horizon, what runs never", () => {
  const { dedupe, time } = create();
  const running = claim(dedupe, "running")!;
  for (const key of ["a", "b", "c", "d"]) claim(dedupe, key)!.keep();
  assert.equal(dedupe.size, 3);
  assert.equal(claim(dedupe, "b"), undefined);
  claim(dedupe, "a")!.free();
  time.ms = 1_000;
  assert.equal(claim(dedupe, "d"), undefined);
  time.ms = 1_001;
  assert.notEqual(claim(dedupe, "d"), undefined);
  assert.equal(claim(dedupe, "running"), undefined);
  running.free();
  assert.equal(dedupe.size, 0);
});
