import assert from "node:assert/strict";
import { test } from "node:test";
import { SimClock } from "./sim_clock.ts";

function fireAll(clock: SimClock): string[] {
  const labels: string[] = [];
  for (let step = clock.next(); step !== undefined; step = clock.next()) {
    labels.push(step.label);
    step.run();
  }
  return labels;
}

test("timers fire in the order in which they are due, those of one time the oldest first", () => {
  const clock = new SimClock();
  const fired: string[] = [];
  const set = (name: string, ms: number) => clock.setTimeout(() => void fired.push(name), ms);
  set("b", 20);
  set("a", 10);
  set("c", 20);
  set("now", 0);
  assert.deepEqual(fireAll(clock), ["timer 4", "timer 2", "timer 1", "timer 3"]);
  assert.deepEqual(fired, ["now", "a", "b", "c"]);
  assert.deepEqual([clock.now(), clock.pending], [20, 0]);
});

test("a timer that was taken back does not fire", () => {
  const clock = new SimClock();
  const timer = clock.setTimeout(() => assert.fail("it was taken back"), 10);
  clock.clearTimeout(timer);
  clock.clearTimeout(timer);
  clock.clearTimeout(undefined);
  assert.equal(clock.next(), undefined);
});

test("only a timer that is due soon enough is offered, and time moves only with it", () => {
  const clock = new SimClock();
  clock.setTimeout(() => {}, 100);
  assert.equal(clock.next(0), undefined);
  assert.equal(clock.next(99), undefined);
  assert.equal(clock.next(100)?.label, "timer 1");
  assert.equal(clock.now(), 0);
});

test("a jump makes what it passes due, and a late timer does not turn time back", () => {
  const clock = new SimClock();
  clock.setTimeout(() => {}, 100);
  clock.advance(250);
  assert.equal(clock.next(0)?.label, "timer 1");
  clock.next(0)?.run();
  assert.equal(clock.now(), 250);
});

test("timeoutSignal() aborts when its timer fires, with a TimeoutError", () => {
  const clock = new SimClock();
  const signal = clock.timeoutSignal(50);
  assert.equal(signal.aborted, false);
  fireAll(clock);
  assert.equal(signal.reason.name, "TimeoutError");
});

test("a time that is no number fires at once, as on a real clock", () => {
  const clock = new SimClock();
  clock.setTimeout(() => {}, NaN);
  clock.setTimeout(() => {}, -5);
  assert.equal(fireAll(clock).length, 2);
  assert.equal(clock.now(), 0);
});
