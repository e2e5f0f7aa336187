import assert from "node:assert/strict";
import { globSync, lstatSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { MutantCopy } from "./_mutant_copy.ts";
import { runListed } from "./_run_listed.ts";

const ONCE = { file: "claims.ts", broken: "" };

test("a text that is not there exactly once is refused, with its place, and leaves no copy", async () => {
  const before = copies();
  for (const line of ["no such text", "return"]) {
    await assert.rejects(MutantCopy.of("lock-scope", { ...ONCE, line }), (error: Error) => {
      assert.match(
        error.message,
        /^Cannot break modules\/lock-scope\/claims\.ts: .* once, not \d+ /,
      );
      return error.message.endsWith(line);
    });
  }
  assert.deepEqual(copies(), before);
});

test("what is broken in one copy is whole in the next, and in the module itself", async () => {
  const line = "    if (this.#book.holds.has(key)) return undefined;\n";
  const granted: boolean[] = [];
  for (const patch of [{ ...ONCE, line }, undefined]) {
    const copy = await MutantCopy.of("lock-scope", patch);
    const { Claims } = await import(copy.moduleFile("lock-scope", "mod.ts"));
    const claims = new Claims();
    claims.tryClaim("a");
    granted.push(claims.tryClaim("a") !== undefined);
    await copy.remove();
  }
  assert.deepEqual(granted, [true, false]);
});

test("a copy of a module is used by the copies of those that use it", async () => {
  const line = "    if (held === undefined) return this.#pass(this.#claim(key), undefined);\n";
  const broken = line.replace("held === undefined", "true");
  const copy = await MutantCopy.of("drain-handoff", { file: "drain_handoff.ts", line, broken });
  const { SessionQueue } = await import(copy.moduleFile("session-queue", "mod.ts"));
  await copy.remove();
  let running = 0;
  let overlaps = 0;
  const run = async () => {
    if (running++ > 0) overlaps++;
    await null;
    running--;
  };
  const queue = new SessionQueue({ run });
  const receipts = [queue.send("a", "1"), queue.send("a", "2")];
  await Promise.all(receipts.map(({ outcome }) => outcome));
  assert.equal(overlaps, 1);
});

test("packages that a module has for itself are linked and not copied", async () => {
  const copy = await MutantCopy.of("session-queue");
  try {
    const modules = join(copy.moduleFile("session-queue", ""), "..");
    const found = globSync("*/node_modules", { cwd: modules });
    assert.ok(found.length > 0, "no module has packages for itself: the test has lost its object");
    for (const name of found) assert.ok(lstatSync(join(modules, name)).isSymbolicLink(), name);
  } finally {
    await copy.remove();
  }
});

test("a test that throws, that rejects or that never ends has failed", async () => {
  const tests = new Map([
    ["passes", () => {}],
    ["throws", () => assert.fail("no")],
    ["rejects", () => Promise.reject(new Error("no"))],
    ["hangs", () => new Promise<void>(() => {})],
  ]);
  const failed: string[] = [];
  for (const name of tests.keys()) {
    if (await runListed(tests, name) !== undefined) failed.push(name);
  }
  assert.deepEqual(failed, ["throws", "rejects", "hangs"]);
  await assert.rejects(runListed(tests, "another one"), /There is no test "another one"/);
});

function copies(): string[] {
  return globSync("mutant-lock-scope-*", { cwd: new URL("../../.results/", import.meta.url) });
}
