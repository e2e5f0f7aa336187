import assert from "node:assert/strict";
import { test } from "node:test";
import { ClaimHeldError, ClaimLostError, Claims } from "./mod.ts";

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
  const expected = { name: "TypeError", message: /the critical section returned a thenable$/ };
  const lazy: unknown = { then: () => started++ };
  assert.throws(() => claims.critical("a", () => lazy), expected);
  const callable: unknown = Object.assign(() => {}, { then: () => started++ });
  assert.throws(() => claims.critical("a", () => callable), expected);
  assert.equal(started, 0);
});

test("critical() gives what the function returns its own type", () => {
  const claims = new Claims();
  const text: string = claims.critical("a", () => "text");
  const nothing: undefined = claims.critical("a", () => undefined);
  const mixed: string | null = claims.critical("a", (): string | null => null);
  assert.deepEqual([text, nothing, mixed], ["text", undefined, null]);
});

test("an error names a key that is a text in quotes, an object as such, and anything else as it is", () => {
  const claims = new Claims<unknown>();
  const names: readonly [key: unknown, name: string][] = [
    ["a", '"a"'],
    [{ id: 1 }, "(an object)"],
    [null, "null"],
    [undefined, "undefined"],
    [7, "7"],
    [Symbol("a"), "Symbol(a)"],
  ];
  for (const [key, name] of names) {
    claims.tryClaim(key);
    const message = `Cannot enter critical section: key ${name} is held`;
    assert.throws(() => claims.critical(key, () => {}), { name: "ClaimHeldError", message });
  }
});
