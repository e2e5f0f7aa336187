import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import type { Killed } from "./kill.ts";
import { isSearched } from "./mutant.ts";
import { MUTANTS } from "./mutants.ts";
import { MutantPool } from "./pool.ts";

const pool = new MutantPool();
after(() => pool.close());

const modules = [...new Set(MUTANTS.map(({ module }) => module))];
// All are under way from the beginning, the longest first: the tests below wait for them one by one.
const clean = modules.map((module) => [module, pool.run({ kind: "clean", module })] as const);
const killed = MUTANTS.map((mutant) =>
  [mutant, pool.run({ kind: "kill", id: mutant.id })] as const
);

test("every mutant has a name of its own, and says why its line matters", () => {
  const ids = MUTANTS.map(({ id }) => id);
  assert.deepEqual(ids.filter((id, at) => ids.indexOf(id) !== at), []);
  assert.deepEqual(MUTANTS.filter(({ why }) => !/^[A-Z].*\.$/.test(why)), []);
});

test("what else may tell of a mutant is another guarantee, and says why", () => {
  for (const { id, guarantee, killedBy } of MUTANTS) {
    if (!isSearched(killedBy)) continue;
    for (const [other, reason] of Object.entries(killedBy.also ?? {})) {
      assert.notEqual(other, guarantee, id);
      assert.match(reason, /^[A-Z].*\.$/, id);
    }
  }
});

test("the table is of just these mutants, in this order", async () => {
  const json = await readFile(new URL("mutants.json", import.meta.url), "utf8");
  const { mutants }: { mutants: readonly Killed[] } = JSON.parse(json);
  const rows = (all: readonly { id: string; why: string; guarantee: string }[]) =>
    all.map(({ id, why, guarantee }) => [id, guarantee, why]);
  assert.deepEqual(rows(mutants), rows(MUTANTS));
});

for (const [{ id, module, guarantee }, answer] of killed) {
  test(`a broken ${module} (${id}) breaks ${guarantee}, and that is what tells of it`, async () => {
    const told = await answer;
    assert.ok("killed" in told, "error" in told ? told.error : "");
  });
}

for (const [module, answer] of clean) {
  test(`${module} itself is clean in all schedules and tests in which its mutants die`, async () => {
    assert.deepEqual(await answer, { problems: [] });
  });
}
