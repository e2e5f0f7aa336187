import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Claim, ClaimLostError, Claims, type Guard } from "./mod.ts";

const OPS = ["tryClaim", "release", "transfer", "steal"] as const;
type Op = typeof OPS[number];
const ACTORS = 3;
const DEPTH = 6;

/**
 * What the claims of one key must do, next to the real ones. Each actor acts with the last token it
 * got; of all tokens ever given out, only the one the model calls the owner may have any effect.
 */
class Run {
  readonly #claims: Claims;
  readonly #key: string;
  readonly #latest: (Claim<string> | undefined)[] = [];
  readonly #issued: Claim<string>[] = [];
  #owner: Claim<string> | undefined;
  #guard: Guard<string> | undefined;
  #generation = 0;

  constructor(claims: Claims, key: string) {
    this.#claims = claims;
    this.#key = key;
  }

  step(op: Op, actor: number): void {
    const token = this.#latest[actor];
    const owns = token !== undefined && token === this.#owner;
    if (op === "tryClaim") {
      const claim = this.#claims.tryClaim(this.#key);
      assert.equal(claim === undefined, this.#owner !== undefined);
      if (claim !== undefined) this.#opened(actor, claim);
    } else if (op === "steal") {
      this.#opened(actor, this.#claims.steal(this.#key));
    } else if (op === "release") {
      assert.equal(token?.release() ?? false, owns);
      if (owns) this.#owner = this.#guard = undefined;
    } else if (owns) {
      this.#got(actor, token.transfer());
    } else if (token !== undefined) {
      assert.throws(() => token.transfer(), ClaimLostError);
    }
    this.#check();
  }

  get held(): number {
    return this.#owner === undefined ? 0 : 1;
  }

  #opened(actor: number, claim: Claim<string>): void {
    assert.ok(claim.generation > this.#generation, "a new guard has a new generation");
    this.#generation = claim.generation;
    this.#guard = claim.guard;
    this.#got(actor, claim);
  }

  #got(actor: number, claim: Claim<string>): void {
    this.#latest[actor] = this.#owner = claim;
    this.#issued.push(claim);
  }

  #check(): void {
    for (const token of this.#issued) {
      if (token === this.#owner) continue;
      if (token.held || token.release()) assert.fail("a dead token had an effect");
    }
    const owner = this.#owner;
    if (this.#claims.guardOf(this.#key) !== this.#guard) assert.fail("the guard was replaced");
    if (owner === undefined) return;
    if (!owner.held || owner.guard !== this.#guard || owner.key !== this.#key) {
      assert.fail("the owner lost its guard");
    }
    assert.equal(owner.generation, this.#generation);
  }
}

/**
 * All orders of `DEPTH` operations. Actors are alike, so of orders that differ only in who is called
 * what just one is taken: a new actor is always the next one.
 */
function* orders(prefix: [Op, number][] = [], actors = 0): Generator<[Op, number][]> {
  if (prefix.length === DEPTH) return yield prefix;
  for (let actor = 0; actor <= Math.min(actors, ACTORS - 1); actor++) {
    for (const op of OPS) yield* orders([...prefix, [op, actor]], Math.max(actors, actor + 1));
  }
}

test("in all orders of six operations by three actors, only the owner's token has an effect", () => {
  let schedules = 0;
  for (const order of orders()) {
    const claims = new Claims();
    const run = new Run(claims, "a");
    for (const [op, actor] of order) run.step(op, actor);
    if (claims.size !== run.held) assert.fail("an entry without an owner");
    schedules++;
  }
  // 4 operations in 6 places, and 122 ways to share 6 places among at most 3 actors.
  assert.equal(schedules, 4 ** 6 * 122);
});

test("in random orders over several keys, no key's claims touch another's", () => {
  const step = fc.tuple(fc.constantFrom(...OPS), fc.nat(4), fc.constantFrom("a", "b", "c"));
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const claims = new Claims();
    const runs = new Map(["a", "b", "c"].map((key) => [key, new Run(claims, key)]));
    for (const [op, actor, key] of steps) {
      runs.get(key)!.step(op, actor);
      assert.equal(claims.size, [...runs.values()].reduce((sum, run) => sum + run.held, 0));
    }
  }));
});
