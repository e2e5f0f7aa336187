import assert from "node:assert/strict";
import { after, test } from "node:test";
import { MUTANTS } from "./mutants.ts";
import { MutantPool } from "./pool.ts";

const pool = new MutantPool();
after(() => pool.close());

const modules = [...new Set(MUTANTS.map(({ module }) => module))];
// All are under way from the beginning: the tests below wait for them one after the other.
const killed = MUTANTS.map((mutant) =>
  [mutant, pool.run({ kind: "kill", id: mutant.id })] as const
);
const clean = modules.map((module) => [module, pool.run({ kind: "clean", module })] as const);

test("every mutant has a name of its own, and says why its line matters", () => {
  const ids = MUTANTS.map(({ id }) => id);
  assert.deepEqual(ids.filter((id, at) => ids.indexOf(id) !== at), []);
  assert.deepEqual(MUTANTS.filter(({ why }) => !/^[A-Z].*\.$/.test(why)), []);
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
