import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveLimits } from "./resolve_options.ts";

test("each limit has a default, and what is given goes before it (BOUNDED_STATE)", () => {
  const defaults = {
    waitingMax: 100,
    waitingTotalMax: 100_000,
    waitMs: Infinity,
    collectMax: 20,
    steerMax: 100,
    sessionsMax: 1_000_000,
    tombstonesMax: 10_000,
    openMs: 60_000,
    closeMs: 5_000,
  };
  assert.deepEqual(resolveLimits(), defaults);
  assert.deepEqual(resolveLimits({ closeMs: 70 }), { ...defaults, closeMs: 70 });
});
