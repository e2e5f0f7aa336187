import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { mutantsOf } from "./generate.ts";
import { markdownOf, type MutationReport } from "./report.ts";
import { digestOf, digestsOf, filesOf, mutate } from "./sources.ts";
import { MODULES } from "./stages.ts";
import { explain, type Explanation, readExplanations } from "./survivors.ts";

test("every explained survivor is a mutant of the source as it is", async () => {
  const explanations = await readExplanations();
  const mutants = MODULES.flatMap((module) =>
    filesOf(module).flatMap((file) => {
      const own = explanations.filter((one) => one.module === module && one.file === file);
      const onLine = (place: { in: string; line: string }) =>
        own.some(({ in: within, line }) => within === place.in && line === place.line);
      return own.length === 0 ? [] : mutate(module, file, { onLine }).mutants;
    })
  );
  assert.deepEqual(explain(mutants, explanations).stale, []);
});

test("every explanation says why, in a sentence", async () => {
  for (const { reason, mutations, line } of await readExplanations()) {
    assert.ok(mutations.length > 0, line);
    assert.match(reason, /^[A-Z#].{30,}\.$/, line);
  }
});

test("an explanation of a line that is gone, or of a change that is none, is stale", () => {
  const [module, file] = ["sample", "sample.ts"];
  const mutants = mutantsOf("export const a = () => 1 - 1;\n", { module, file });
  const line = "export const a = () => 1 - 1;";
  const explanation = (mutations: string[], place: Partial<Explanation> = {}): Explanation => ({
    ...{ module, file, in: "", line, mutations, kind: "equivalent", reason: "" },
    ...place,
  });
  const told = "operator - -> +";
  const fits = explain(mutants, [explanation([told, "literal 1 -> 2 (2)"])]);
  assert.deepEqual([fits.kinds.size, fits.stale], [2, []]);
  const unfit = [
    explanation(["operator - -> *"]),
    explanation([`${told} (2)`]),
    explanation([told], { line: "export const a = () => 2 - 1;" }),
    explanation([told], { in: "a" }),
    explanation([told]),
    explanation([told]),
  ];
  assert.equal(explain(mutants, unfit).stale.length, 5, "the last one is told twice");
});

const report: MutationReport = JSON.parse(
  readFileSync(new URL("mutation.json", import.meta.url), "utf8"),
);

test("MUTATION.md says what mutation.json says", () => {
  const page = readFileSync(new URL("MUTATION.md", import.meta.url), "utf8");
  assert.equal(page, markdownOf(report));
});

for (const module of MODULES) {
  const part = report.modules.find((one) => one.module === module);
  const again = `npm run mutation -- --module ${module}`;
  const skip = part ? false : `not judged as a whole yet: ${again}`;

  test(`the report is of ${module} as it is, and nothing is unexplained`, { skip }, async () => {
    assert.ok(part);
    assert.deepEqual(part.sources, digestsOf(module), `what runs is not what was judged: ${again}`);
    assert.deepEqual([...part.unexplained, ...part.stale], []);
    const { mutants, killed, explained, left } = part.all;
    const leftCount = left === undefined ? 0 : left.unjudged + left.fastOnly;
    const ends = [...Object.values(killed), ...Object.values(explained), leftCount];
    assert.equal(sumOf(ends), mutants);
    if (leftCount > 0) return; // what is explained may be among it
    const own = (await readExplanations()).filter((one) => one.module === module);
    for (const [kind, count] of Object.entries(explained)) {
      const told = own.filter((one) => one.kind === kind).flatMap(({ mutations }) => mutations);
      assert.equal(told.length, count, `${kind}: ${again}`);
    }
  });
}

test("a digest changes with what runs, and not with what a comment or a type says", () => {
  const digest = digestOf("// Why\nexport const a = 1;\n");
  assert.equal(digestOf("// For another reason\nexport const a: number = 1;\n"), digest);
  assert.notEqual(digestOf("// Why\nexport const a = 2;\n"), digest);
});

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}
