import assert from "node:assert/strict";
import { test } from "node:test";
import { installGlobalTimers } from "./global_timers.ts";
import { SimClock } from "./sim_clock.ts";

const NATIVE = [setTimeout, setInterval, clearTimeout, clearInterval, Date.now, performance.now];

function natives(): unknown[] {
  return [setTimeout, setInterval, clearTimeout, clearInterval, Date.now, performance.now];
}

/** Runs `body` while the globals are a clock's; they are put back whatever happens. */
function withClock(body: (clock: SimClock) => void): void {
  const clock = new SimClock();
  const restore = installGlobalTimers(clock);
  try {
    body(clock);
  } finally {
    restore();
  }
}

test("the runtime's timers and times are the clock's, until they are put back", () => {
  withClock((clock) => {
    const seen: unknown[] = [];
    setTimeout((name: string) => void seen.push([name, performance.now()]), 1_000, "a");
    const gone = setTimeout(() => assert.fail("it was cleared"), 10);
    clearTimeout(gone);
    const before = Date.now();
    clock.next()?.run();
    assert.deepEqual(seen, [["a", 1_000]]);
    assert.equal(Date.now() - before, 1_000);
    const signal = AbortSignal.timeout(5);
    clock.next()?.run();
    assert.equal(signal.aborted, true);
  });
  assert.deepEqual(natives(), NATIVE);
});

test("an interval goes on until it is cleared, also from inside", () => {
  withClock((clock) => {
    let ticks = 0;
    const timer = setInterval(() => {
      if (++ticks === 3) clearInterval(timer);
    }, 100);
    for (let step = clock.next(); step !== undefined; step = clock.next()) step.run();
    assert.deepEqual([ticks, clock.now(), clock.pending], [3, 300, 0]);
  });
});

test("setImmediate() is a timer that is due at once, and can be cleared", () => {
  const native = [setImmediate, clearImmediate];
  withClock((clock) => {
    const seen: string[] = [];
    setImmediate((name: string) => void seen.push(name), "a");
    clearImmediate(setImmediate(() => assert.fail("it was cleared")));
    assert.equal(clock.pending, 1);
    clock.next(0)?.run();
    assert.deepEqual([seen, clock.now(), clock.pending], [["a"], 0, 0]);
  });
  assert.deepEqual([setImmediate, clearImmediate], native);
});

test("a timer's handle has the methods that hosts call on it", () => {
  withClock(() => {
    const handle = setTimeout(() => {}, 1) as unknown as NodeJS.Timeout;
    assert.equal(handle.unref().ref().hasRef(), true);
    clearTimeout(undefined);
  });
});
