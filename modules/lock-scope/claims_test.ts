import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, quiet } from "@lanekeeper/test/fake_clock";
import { ClaimHeldError, ClaimLostError, Claims, type LongHold } from "./mod.ts";

/** The token of a key that is known to be free. */
function claimOf<K>(claims: Claims<K>, key: K) {
  const claim = claims.tryClaim(key);
  assert.ok(claim, "the key is free");
  return claim;
}

test("tryClaim() gives a free key to the first who comes, and nothing to the second", () => {
  const claims = new Claims();
  const claim = claimOf(claims, "a");
  assert.equal(claims.tryClaim("a"), undefined);
  assert.equal(claim.held, true);
  assert.equal(claim.key, "a");
  assert.equal(claims.guardOf("a"), claim.guard);
  assert.equal(claims.guardOf("b"), undefined);
});

test("release() is true for the call that released, and false for every later one", () => {
  const claims = new Claims();
  const claim = claimOf(claims, "a");
  assert.equal(claim.release(), true);
  assert.equal(claim.held, false);
  const next = claimOf(claims, "a");
  assert.equal(claim.release(), false);
  claim[Symbol.dispose]();
  assert.equal(next.held, true);
});

test("disposing of a claim releases it, and does so once", () => {
  const claims = new Claims();
  const claim = claimOf(claims, "a");
  claim[Symbol.dispose]();
  claim[Symbol.dispose]();
  assert.equal(claim.release(), false);
  assert.equal(claims.size, 0);
});

test("transfer() moves the same guard to a new token and leaves the old one dead (GUARD_IDENTITY_CHAIN)", () => {
  const claims = new Claims();
  const claim = claimOf(claims, "a");
  const heir = claim.transfer();
  assert.equal(heir.guard, claim.guard);
  assert.equal(heir.generation, claim.generation);
  assert.deepEqual([claim.held, heir.held], [false, true]);
  assert.equal(claim.release(), false);
  assert.equal(claims.guardOf("a"), heir.guard);
  assert.equal(heir.release(), true);
});

test("transfer() of a token that does not hold its guard throws ClaimLostError (OWNER_ONLY_RELEASE)", () => {
  const claims = new Claims();
  const claim = claimOf(claims, "a");
  const heir = claim.transfer();
  assert.throws(() => claim.transfer(), {
    name: "ClaimLostError",
    message: `Cannot transfer claim: this token does not hold key "a"`,
    key: "a",
  });
  heir.release();
  assert.throws(() => heir.transfer(), ClaimLostError);
});

test("steal() makes a new guard of a new generation and fences the old token (STALE_EFFECT_FENCED)", () => {
  const claims = new Claims();
  const old = claimOf(claims, "a");
  const thief = claims.steal("a");
  assert.notEqual(thief.guard, old.guard);
  assert.ok(thief.generation > old.generation);
  assert.deepEqual([old.held, old.release(), thief.held], [false, false, true]);
  assert.throws(() => old.transfer(), ClaimLostError);
  assert.equal(claims.guardOf("a"), thief.guard);
  assert.equal(claims.size, 1);
});

test("steal() of a free key is a claim", () => {
  const claims = new Claims();
  const claim = claims.steal("a");
  assert.deepEqual([claim.held, claims.guardOf("a") === claim.guard], [true, true]);
  assert.equal(claims.tryClaim("a"), undefined);
  assert.equal(claim.release(), true);
});

test("generations grow with every new guard, over all keys (STALE_EFFECT_FENCED)", () => {
  const claims = new Claims();
  const first = claimOf(claims, "a");
  const second = claimOf(claims, "b");
  first.release();
  const third = claimOf(claims, "a");
  assert.deepEqual([first, second, third].map((claim) => claim.generation), [1, 2, 3]);
});

test("an entry exists only while its key is held, and snapshot() shows it", () => {
  const claims = new Claims();
  const a = claimOf(claims, "a");
  const b = claimOf(claims, "b").transfer();
  assert.equal(claims.size, 2);
  assert.deepEqual(claims.snapshot(), [{ key: "a", generation: 1 }, { key: "b", generation: 2 }]);
  a.release();
  b.release();
  assert.equal(claims.size, 0);
  assert.deepEqual(claims.snapshot(), []);
});

test("a key can be anything that a Map takes", () => {
  const key = { session: 1 };
  const claims = new Claims<object>();
  const claim = claimOf(claims, key);
  assert.ok(claims.tryClaim({ session: 1 }), "another object is another key");
  assert.equal(claim.key, key);
  assert.throws(() => claims.critical(key, () => 1), {
    message: "Cannot enter critical section: key (an object) is held",
  });
});

test("critical() holds the key while the function runs and returns its result", () => {
  const claims = new Claims();
  assert.equal(claims.critical("a", () => claims.tryClaim("a") ?? "held"), "held");
  assert.equal(claims.size, 0);
});

test("critical() releases when the function throws (NO_ORPHAN_GUARD)", () => {
  const claims = new Claims();
  const failure = new Error("boom");
  assert.throws(() =>
    claims.critical("a", () => {
      throw failure;
    }), (error) => error === failure);
  assert.equal(claims.size, 0);
});

test("critical() refuses a key that is held, by itself or by another (ATOMIC_CLAIM)", () => {
  const claims = new Claims();
  const expected = {
    name: "ClaimHeldError",
    message: `Cannot enter critical section: key "a" is held`,
    key: "a",
  };
  assert.throws(() => claims.critical("a", () => claims.critical("a", () => 1)), expected);
  const claim = claimOf(claims, "a");
  assert.throws(() => claims.critical("a", () => 1), ClaimHeldError);
  assert.equal(claim.held, true);
});

test("critical() leaves a guard alone that was stolen inside of it", () => {
  const claims = new Claims();
  const thief = claims.critical("a", () => claims.steal("a"));
  assert.equal(thief.held, true);
  assert.equal(claims.guardOf("a"), thief.guard);
});

test("critical() takes no function that can return a promise (LOCK_NARROW)", () => {
  const claims = new Claims();
  const expected = {
    name: "TypeError",
    message: `Cannot hold key "a" across a wait: the critical section returned a thenable`,
  };
  // Rejections must not come up as unhandled: on every runtime that would fail this run.
  const reject = () => Promise.reject(new Error("nobody waits for this"));
  // @ts-expect-error: an async function
  assert.throws(() => claims.critical("a", async () => await reject()), expected);
  // @ts-expect-error: a function that returns a promise
  assert.throws(() => claims.critical("a", reject), expected);
  // @ts-expect-error: a function that may return a promise
  assert.throws(() => claims.critical("a", (): number | Promise<number> => reject()), expected);
  // @ts-expect-error: a function that returns a thenable
  assert.throws(() => claims.critical("a", (): PromiseLike<number> => reject()), expected);
  assert.equal(claims.size, 0);
});

test("critical() does not start a thenable that does nothing before its then() is called", () => {
  const claims = new Claims();
  let started = 0;
  const lazy: unknown = { then: () => started++ };
  assert.throws(() => claims.critical("a", () => lazy), TypeError);
  const callable: unknown = Object.assign(() => {}, { then: () => started++ });
  assert.throws(() => claims.critical("a", () => callable), TypeError);
  assert.equal(started, 0);
});

test("critical() gives what the function returns its own type", () => {
  const claims = new Claims();
  const text: string = claims.critical("a", () => "text");
  const nothing: undefined = claims.critical("a", () => undefined);
  const mixed: string | null = claims.critical("a", (): string | null => null);
  assert.deepEqual([text, nothing, mixed], ["text", undefined, null]);
});

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

const { gc, Bun } = globalThis as {
  gc?: () => void;
  Bun?: { gc(isSynchronous: boolean): void };
};
const collect = Bun === undefined ? gc : () => Bun.gc(true);
const HEAP = {
  skip: collect ? false : "the garbage collector is not exposed: run with --expose-gc",
};

test("a watched hold that is over is kept by nobody (BOUNDED_STATE)", HEAP, async () => {
  const { claims } = watched();
  const tokens = Array.from({ length: 1_000 }, (_, n) => {
    const claim = claimOf(claims, `${n}`);
    claim.release();
    return new WeakRef(claim);
  });
  for (let round = 0; round < 5; round++) {
    await quiet();
    collect!();
  }
  // One runtime may take what lies on its stack for a reference.
  assert.ok(tokens.filter((token) => token.deref() !== undefined).length < 100);
});

test("a hold limit that no timer can hold is refused", () => {
  for (const ms of [0, -1, NaN, Infinity, 2 ** 31]) {
    assert.throws(() => new Claims({ holdLimit: { ms, report: () => {} } }), {
      name: "RangeError",
      message: `Cannot watch holds: ${ms} is not a limit in milliseconds`,
    });
  }
});

test("the clock of the runtime is the default, and leaves no timer behind", () => {
  const claims = new Claims({ holdLimit: { ms: 2 ** 31 - 1, report: () => {} } });
  assert.equal(claimOf(claims, "a").release(), true);
  assert.equal(claims.size, 0);
});
