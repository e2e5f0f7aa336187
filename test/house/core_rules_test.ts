import { test } from "node:test";
import assert from "node:assert/strict";
import { suspensionsInCritical, uninjectedGlobals } from "./core_rules.ts";
import { readTree } from "./tree.ts";

test("uninjectedGlobals() fires on each global in a core module", () => {
  const uses = (text: string): string[] =>
    uninjectedGlobals({ path: "modules/lock-scope/a.ts", text }).map((line) =>
      line.replace(/^.* uses (.*), which.*$/, "$1")
    );
  assert.deepEqual(uses("setTimeout(f, 1); setInterval(f, 1); setImmediate(f);"), [
    ...["setTimeout", "setInterval", "setImmediate"],
  ]);
  assert.deepEqual(uses("Date.now() + performance.now() + Math.random(); new Date();"), [
    ...["Date.now", "performance.now", "Math.random", "new Date"],
  ]);
  assert.deepEqual(uses("crypto.randomUUID(); AbortSignal.timeout(5);"), [
    ...["crypto.randomUUID", "AbortSignal.timeout"],
  ]);
  assert.deepEqual(uses("globalThis.setTimeout(f, 1);"), ["setTimeout"]);
  assert.deepEqual(uses("`${Date.now()}`"), ["Date.now"]);
});

test("uninjectedGlobals() lets through injected ones, comments, defaults, tests and other packages", () => {
  const uses = (path: string, text: string): string[] => uninjectedGlobals({ path, text });
  const injected = '// setTimeout\nthis.#clock.setTimeout(f, 1); options.now(); "Date.now"';
  assert.deepEqual(uses("modules/lock-scope/a.ts", injected), []);
  assert.deepEqual(uses("modules/lock-scope/clock.ts", "setTimeout(f, performance.now());"), []);
  assert.deepEqual(uses("modules/lock-scope/default_id.ts", "crypto.randomUUID();"), []);
  assert.equal(uses("modules/lock-scope/clock.ts", "Math.random();").length, 1);
  assert.deepEqual(uses("modules/lock-scope/a_test.ts", "setTimeout(f, 1);"), []);
  assert.deepEqual(uses("modules/host/a.ts", "setTimeout(f, 1);"), []);
});

test("no core module takes time or chance from the runtime", () => {
  const files = readTree(/^modules\/.*\.ts$/);
  assert.ok(files.some(({ path }) => path.startsWith("modules/lock-scope/")));
  assert.deepEqual(files.flatMap(uninjectedGlobals), []);
});

test("suspensionsInCritical() fires on a function that can suspend", () => {
  const found = (text: string): number =>
    suspensionsInCritical({ path: "modules/host/a.ts", text }).length;
  assert.equal(found("claims.critical(key, async () => { await f(); });"), 2);
  assert.equal(found("critical(key, () => { g(); }); await h();"), 0);
  assert.equal(found("await (critical(key, () => f(`${await g()}`)));"), 1);
});

test("no critical section in the tree suspends", () => {
  assert.deepEqual(readTree(/^(modules|harness|test)\/.*\.ts$/).flatMap(suspensionsInCritical), []);
});
