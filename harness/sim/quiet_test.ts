import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "../mod.ts";

test("quiet() lets a microtask chain of any length settle", async () => {
  let hops = 0;
  void (async () => {
    while (hops < 10_000) hops += await 1;
  })();
  await quiet();
  assert.equal(hops, 10_000);
});

test("quiet() does not use a setImmediate that was replaced after the harness was loaded", async () => {
  const native = globalThis.setImmediate;
  let calls = 0;
  globalThis.setImmediate = ((fn: () => void) => (calls++, native(fn))) as typeof setImmediate;
  try {
    await quiet();
    assert.equal(calls, 0);
  } finally {
    globalThis.setImmediate = native;
  }
});
