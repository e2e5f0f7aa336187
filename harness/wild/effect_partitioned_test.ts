import assert from "node:assert/strict";
import { test } from "node:test";
import { Effect, PartitionedSemaphore, Semaphore } from "effect";
import type { Turn } from "./_effects.ts";

/**
 * Of 60 fibers that have more and more to do before their guarded turn, and are interrupted by their
 * caller: how many keep the only permit. Some of them come to the end of their budget just there.
 */
async function lostOf(
  make: () => { guard: (turn: Turn) => Turn; available: Effect.Effect<number> },
): Promise<number> {
  let lost = 0;
  for (let steps = 2_000; steps < 2_060; steps++) {
    const { guard, available } = make();
    const before = Effect.forEach(new Array(steps).fill(0), () => Effect.void, { discard: true });
    const caller = new AbortController();
    const turn = Effect.andThen(before, guard(Effect.never));
    const over = Effect.runPromise(turn, { signal: caller.signal }).catch(() => {});
    caller.abort();
    await over;
    lost += 1 - await Effect.runPromise(available);
  }
  return lost;
}

// The row has a budget of 7 operations, so that its fibers are short.
test("a fiber with Effect's budget of 2048 operations keeps a partitioned permit if it yields just there", async () => {
  const lost = await lostOf(() => {
    const semaphore = PartitionedSemaphore.makeUnsafe<string>({ permits: 1 });
    return { guard: semaphore.withPermit("a"), available: semaphore.available };
  });
  assert.equal(lost, 1);
});

test("a fiber that yields anywhere gives back the permit of a plain semaphore of Effect", async () => {
  const lost = await lostOf(() => {
    const semaphore = Semaphore.makeUnsafe(1);
    // To release none tells how many there are.
    return { guard: semaphore.withPermits(1), available: semaphore.release(0) };
  });
  assert.equal(lost, 0);
});
