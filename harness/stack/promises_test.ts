import assert from "node:assert/strict";
import asyncHooks from "node:async_hooks";
import { syncBuiltinESMExports } from "node:module";
import { test } from "node:test";
import { BOUNDED, GROWING, hostOf, RUNTIME } from "./_test_support.ts";
import type { ChainSubject } from "./chain.ts";
import { measurePromises } from "./promises.ts";

/** Asserts how many promises each follow-up leaves until the chain ends; on Node, which tells. */
async function assertSlope(subject: ChainSubject, expected: number): Promise<void> {
  const found = await measurePromises(subject);
  if (RUNTIME === "node") assert.ok(!("skipped" in found) && found.length === 1);
  if (!("skipped" in found)) return assert.equal(found[0]?.perFollowUp, expected);
  assert.equal(found.skipped, "the runtime does not tell node:async_hooks of promises");
}

test("each form of the recursion leaves the promise of the drain and that of the wait for it", async () => {
  await assertSlope(GROWING["await drain()"], 2);
  await assertSlope(GROWING["return self()"], 2);
  await assertSlope(GROWING[".then(() => self())"], 2);
});

test("what settles in its own turn leaves nothing, nor does what never settles", async () => {
  for (const subject of Object.values(BOUNDED)) await assertSlope(subject, 0);
  const deaf = hostOf(async ({ next, agent }) => {
    const kept: Promise<never>[] = [];
    for (let n = next(); n !== undefined; n = next()) {
      kept.push(new Promise(() => {}));
      await agent(n);
    }
    return kept;
  });
  await assertSlope(deaf, 0);
});

test("outcomes that are owed since before the chain do not hide a promise of each turn", async () => {
  const subject = GROWING["return self()"];
  await assertSlope(
    {
      async run(length, atStart) {
        const settle: (() => void)[] = [];
        const outcomes = Array.from(
          { length: 2 * length },
          () => new Promise<void>((resolve) => settle.push(resolve)),
        );
        await subject.run(length, (n) => {
          settle.pop()?.();
          settle.pop()?.();
          atStart(n);
        });
        assert.ok(outcomes.length > 0);
      },
    },
    2,
  );
});

test("the end of a chain that goes back step by step, each after a rest, is waited for", async () => {
  const subject = hostOf(({ next, agent }) => {
    const drain = async (): Promise<void> => {
      const n = next();
      if (n === undefined) return;
      await agent(n);
      try {
        await drain();
      } finally {
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    return drain();
  });
  await assertSlope(subject, 2);
});

test("no hook is left on when the lane is done, also if the chain failed", async () => {
  let on = 0;
  let enabled = 0;
  const { createHook } = asyncHooks;
  const counting: typeof createHook = (callbacks) => {
    const hook = createHook(callbacks);
    const counted = {
      enable: () => (on++, enabled++, hook.enable(), counted),
      disable: () => (on--, hook.disable(), counted),
    };
    return counted as typeof hook;
  };
  asyncHooks.createHook = counting;
  syncBuiltinESMExports();
  try {
    await assertSlope(GROWING["return self()"], 2);
    assert.equal(on, 0);
    const broken = BOUNDED["a loop"];
    await measurePromises({
      async run(length, atStart) {
        await broken.run(length / 2, atStart);
        throw new Error("the host broke");
      },
    }).catch((error) => assert.match(error.message, /the host broke/));
    assert.equal(on, 0);
    if (RUNTIME === "node") assert.equal(enabled, 4, "a trial and a chain, twice");
  } finally {
    asyncHooks.createHook = createHook;
    syncBuiltinESMExports();
  }
});

test("as many promises at each turn are no growth, although none was counted before the watch", async () => {
  const report = await measurePromises({
    async run(length, atStart) {
      let open: (() => void)[] = [];
      for (let n = 1; n <= length; n++) {
        const before = open;
        open = [];
        for (let count = 0; count < 14; count++) new Promise<void>((resolve) => open.push(resolve));
        atStart(n);
        for (const settle of before) settle();
        await null;
      }
      for (const settle of open) settle();
    },
  });
  if ("skipped" in report) return assert.notEqual(RUNTIME, "node");
  assert.deepEqual(report.map(({ perFollowUp, points }) => [perFollowUp, points.length]), [[0, 8]]);
});
