import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "@lanekeeper/test/fake_clock";
import { sleep } from "./_sleep.ts";
import { countListeners } from "./_test_support.ts";

function counted(): { readonly abort: AbortController; readonly listeners: Set<unknown> } {
  const abort = new AbortController();
  return { abort, listeners: countListeners(abort.signal) };
}

test("sleep() ends when the clock says so, and leaves no listener", async () => {
  const clock = new FakeClock();
  const { abort, listeners } = counted();
  let awake = false;
  const slept = sleep(10, { clock, signal: abort.signal }).then(() => awake = true);
  assert.equal(listeners.size, 1);
  clock.advance(9);
  await Promise.resolve();
  assert.equal(awake, false);
  clock.advance(1);
  await slept;
  assert.equal(listeners.size, 0);
});

test("sleep() rejects with the reason of the signal, and leaves no timer", async () => {
  const clock = new FakeClock();
  const { abort } = counted();
  const slept = sleep(10, { clock, signal: abort.signal });
  abort.abort("enough");
  assert.equal(clock.pending, 0);
  await assert.rejects(slept, (reason) => reason === "enough");
});

test("sleep() with a signal that has aborted sets neither a timer nor a listener", async () => {
  const clock = new FakeClock();
  const { abort, listeners } = counted();
  abort.abort("enough");
  const slept = sleep(10, { clock, signal: abort.signal });
  assert.equal(clock.pending + listeners.size, 0);
  await assert.rejects(slept, (reason) => reason === "enough");
});
