import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "./mod.ts";

test("systemClock tells milliseconds that never go back", () => {
  const firstMs = systemClock.now();
  assert.ok(firstMs >= 0, `${firstMs} is a time`);
  assert.ok(systemClock.now() >= firstMs);
});

test("systemClock fires a timer, and not one that was taken back", async () => {
  const fired: string[] = [];
  systemClock.clearTimeout(systemClock.setTimeout(() => fired.push("taken back"), 0));
  // Timers of the same length fire in their order, so the one that waits is the last.
  await new Promise<void>((resolve) => systemClock.setTimeout(resolve, 0));
  assert.deepEqual(fired, []);
});
