import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { FakeClock } from "@lanekeeper/test/fake_clock";
import { Claims, type LongHold } from "./mod.ts";

const { gc, Bun } = globalThis as {
  gc?: () => void;
  Bun?: { gc(isSynchronous: boolean): void };
};
const collect = gc ?? (Bun && (() => Bun.gc(true)));
const HEAP = {
  skip: collect ? false : "the garbage collector is not exposed: run with --expose-gc",
};

/** Bytes of heap in use after everything that can go has gone. */
function heap(): number {
  for (let round = 0; round < 3; round++) collect!();
  return process.memoryUsage().heapUsed;
}

/** The token of a key that is known to be free. */
function claimOf<K>(claims: Claims<K>, key: K) {
  const claim = claims.tryClaim(key);
  assert.ok(claim, "the key is free");
  return claim;
}

/** Claims on a clock of the test's own that report after 100 ms. */
function watched() {
  const clock = new FakeClock();
  const reports: LongHold<string>[] = [];
  const report = (hold: LongHold<string>) => void reports.push(hold);
  return { claims: new Claims({ holdLimit: { ms: 100, report, clock } }), clock, reports };
}

function takeSlowly(claims: Claims) {
  const claim = claimOf(claims, "a");
  // Not a call in tail position: such a call leaves no frame on some runtimes.
  assert.equal(claim.held, true);
  return claim;
}

test("a hold that reaches the limit is reported once, with the stack of its holder", () => {
  const { claims, clock, reports } = watched();
  const claim = takeSlowly(claims);
  clock.advance(99);
  assert.equal(reports.length, 0);
  clock.advance(1);
  assert.equal(reports.length, 1);
  const { stack, ...hold } = reports[0]!;
  assert.deepEqual(hold, { key: "a", generation: 1, heldMs: 100 });
  assert.match(stack, /takeSlowly/);
  clock.advance(1000);
  claim.release();
  assert.equal(reports.length, 1);
});

test("a release before the limit takes its timer back (EVENTUALLY_IDLE)", () => {
  const { claims, clock, reports } = watched();
  const claim = claimOf(claims, "a");
  clock.advance(99);
  assert.equal(clock.pending, 1);
  claim.release();
  assert.equal(clock.pending, 0);
  assert.equal(reports.length, 0);
});

test("transfer() and steal() begin a hold of their own", () => {
  const { claims, clock, reports } = watched();
  const first = claimOf(claims, "a");
  clock.advance(60);
  const second = first.transfer();
  clock.advance(60);
  const third = claims.steal("a");
  clock.advance(60);
  assert.deepEqual([reports.length, clock.pending, second.held], [0, 1, false]);
  clock.advance(40);
  assert.deepEqual(reports.map(({ generation, heldMs }) => [generation, heldMs]), [[2, 100]]);
  third.release();
  assert.equal(clock.pending, 0);
});

test("steal() of a key that is free begins its first hold and ends none", () => {
  const { claims, clock, reports } = watched();
  const claim = claims.steal("a");
  assert.equal(claim.generation, 1);
  clock.advance(100);
  assert.deepEqual(reports.map(({ generation, heldMs }) => [generation, heldMs]), [[1, 100]]);
  assert.equal(claim.release(), true);
});

test("a hold that blocked the clock's timers is reported when it ends", () => {
  const reports: LongHold<string>[] = [];
  let nowMs = 0;
  const clock = { now: () => nowMs, setTimeout: () => 1, clearTimeout: () => {} };
  const report = (hold: LongHold<string>) => void reports.push(hold);
  const claims = new Claims({ holdLimit: { ms: 100, report, clock } });
  claims.critical("a", () => nowMs += 99);
  assert.equal(reports.length, 0);
  claims.critical("a", () => nowMs += 100);
  assert.deepEqual(reports.map(({ heldMs }) => heldMs), [100]);
});

test("a report that throws breaks neither the release nor the clock", () => {
  const clock = new FakeClock();
  let reported = 0;
  const report = () => {
    reported++;
    throw new Error("a broken diagnostic");
  };
  const claims = new Claims({ holdLimit: { ms: 100, report, clock } });
  const claim = claimOf(claims, "a");
  clock.advance(100);
  assert.equal(reported, 1);
  assert.equal(claim.release(), true);
});

test("a hold limit that no timer can hold is refused", () => {
  for (const ms of [0, -1, NaN, Infinity, 2 ** 31]) {
    assert.throws(() => new Claims({ holdLimit: { ms, report: () => {} } }), {
      name: "RangeError",
      message: `Cannot watch holds: ${ms} is not a limit in milliseconds`,
    });
  }
});

test("a limit of a millisecond, and one of less, can be watched", () => {
  for (const ms of [1, 0.5]) {
    const clock = new FakeClock();
    let reported = 0;
    const claims = new Claims({ holdLimit: { ms, report: () => reported++, clock } });
    claims.tryClaim("a");
    clock.advance(ms);
    assert.equal(reported, 1);
  }
});

test("nothing is kept of 100,000 holds that were watched (BOUNDED_STATE)", HEAP, () => {
  const { claims, clock } = watched();
  const hold = () => claims.critical("a", () => {});
  for (let warm = 0; warm < 1_000; warm++) hold();
  const before = heap();
  for (let held = 0; held < 100_000; held++) hold();
  const grown = heap() - before;
  assert.ok(grown < 1_048_576, `${grown} bytes`);
  assert.equal(clock.pending, 0);
});

test("the clock of the runtime is the default, and leaves no timer behind", () => {
  const claims = new Claims({ holdLimit: { ms: 2 ** 31 - 1, report: () => {} } });
  assert.equal(claimOf(claims, "a").release(), true);
  assert.equal(claims.size, 0);
});
