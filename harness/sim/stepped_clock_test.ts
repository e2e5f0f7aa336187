import assert from "node:assert/strict";
import { test } from "node:test";
import { SteppedClock } from "../mod.ts";

function labelsOf(clock: SteppedClock): string[] {
  return clock.enabled().map(({ label }) => label);
}

test("a stepped clock offers the timer that is due next, and moves to it", () => {
  const clock = new SteppedClock();
  const fired: [string, number][] = [];
  clock.setTimeout(() => fired.push(["late", clock.now()]), 20);
  clock.setTimeout(() => fired.push(["early", clock.now()]), 10);
  clock.setTimeout(() => fired.push(["as early", clock.now()]), 10);
  assert.deepEqual([labelsOf(clock), clock.pending, clock.now()], [["timer 2"], 3, 0]);
  while (clock.pending > 0) clock.enabled()[0]!.run();
  assert.deepEqual(fired, [["early", 10], ["as early", 10], ["late", 20]]);
  assert.deepEqual(labelsOf(clock), []);
});

test("a timer that was taken back is no step", () => {
  const clock = new SteppedClock();
  const handle = clock.setTimeout(() => assert.fail("it was taken back"), 5);
  clock.setTimeout(() => {}, 9);
  clock.clearTimeout(handle);
  clock.clearTimeout(handle);
  assert.deepEqual([labelsOf(clock), clock.pending], [["timer 2"], 1]);
});

test("a timer that is set when another fires counts from that one's time", () => {
  const clock = new SteppedClock();
  clock.setTimeout(() => clock.setTimeout(() => {}, 5), 10);
  clock.enabled()[0]!.run();
  clock.enabled()[0]!.run();
  assert.deepEqual([clock.now(), clock.pending], [15, 0]);
});
