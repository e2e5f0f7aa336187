import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import type { Killed } from "./kill.ts";
import { isSearched } from "./mutant.ts";
import { markdownOf } from "./mutant_page.ts";
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

const { mutants: table }: { mutants: readonly Killed[] } = JSON.parse(
  readFileSync(new URL("mutants.json", import.meta.url), "utf8"),
);

test("the table is of just these mutants, in this order", () => {
  const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);
  assert.deepEqual(ids(table), ids(MUTANTS));
});

test("MUTANTS.md says what mutants.json says", () => {
  const page = readFileSync(new URL("MUTANTS.md", import.meta.url), "utf8");
  assert.equal(words(page), words(markdownOf(table)));
});

for (const [{ id, module, guarantee }, answer] of killed) {
  test(`a broken ${module} (${id}) breaks ${guarantee}, and that is what tells of it`, async () => {
    const told = await answer;
    assert.ok("killed" in told, "error" in told ? told.error : "");
    const row = table.find((one) => one.id === id);
    assert.deepEqual(told.killed, row, "mutants.json is stale: npm run mutants");
  });
}

for (const [module, answer] of clean) {
  test(`${module} itself is clean in all schedules and tests in which its mutants die`, async () => {
    assert.deepEqual(await answer, { problems: [] });
  });
}

/** A page without what the formatter changes: line breaks, and the widths of tables. */
function words(page: string): string {
  return page.replaceAll(/-{2,}/g, "---").replaceAll(/\s+/g, " ");
}
