import assert from "node:assert/strict";
import { test } from "node:test";
import { Dedupe } from "./dedupe.ts";

function create(postsMax = 3, horizonMs = 1_000) {
  const time = { ms: 0 };
  return { time, dedupe: new Dedupe({ postsMax, horizonMs, now: () => time.ms }) };
}

test("DEDUPE_SOUND: a post is claimed once, while it is handled and after it was", () => {
  const { dedupe } = create();
  const claim = dedupe.claim("a");
  assert.equal(dedupe.claim("a"), undefined);
  claim!.keep();
  assert.equal(dedupe.claim("a"), undefined);
  assert.deepEqual([dedupe.size, dedupe.running], [1, 0]);
});

test("FAILURE_RETRYABLE: a post that was freed can be claimed again", () => {
  const { dedupe } = create();
  dedupe.claim("a")!.free();
  assert.notEqual(dedupe.claim("a"), undefined);
});

test("OWNER_ONLY_RELEASE: only the first end of a claim counts", () => {
  const { dedupe } = create();
  const first = dedupe.claim("a")!;
  first.free();
  const second = dedupe.claim("a")!;
  first.free();
  assert.equal(dedupe.claim("a"), undefined);
  first.keep();
  assert.equal(dedupe.size, 0);
  second.keep();
  second.free();
  assert.equal(dedupe.claim("a"), undefined);
});

test("BOUNDED_STATE: the oldest is forgotten beyond the limit and after the horizon, what runs never", () => {
  const { dedupe, time } = create();
  const running = dedupe.claim("running")!;
  for (const key of ["a", "b", "c", "d"]) dedupe.claim(key)!.keep();
  assert.equal(dedupe.size, 3);
  assert.equal(dedupe.claim("b"), undefined);
  dedupe.claim("a")!.free();
  time.ms = 1_000;
  assert.equal(dedupe.claim("d"), undefined);
  time.ms = 1_001;
  assert.notEqual(dedupe.claim("d"), undefined);
  assert.equal(dedupe.claim("running"), undefined);
  running.free();
  assert.equal(dedupe.size, 0);
});
