import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { mutantsOf } from "./generate.ts";
import { markdownOf, type MutationReport } from "./report.ts";
import { filesOf, mutate } from "./sources.ts";
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

const report = new URL("mutation.json", import.meta.url);
const REPORT = {
  skip: existsSync(report) ? false : "no module was judged as a whole yet: npm run mutation",
};

test("MUTATION.md says what mutation.json says, and that nothing is unexplained", REPORT, () => {
  const { modules }: MutationReport = JSON.parse(readFileSync(report, "utf8"));
  const page = readFileSync(new URL("MUTATION.md", import.meta.url), "utf8");
  assert.equal(page, markdownOf({ modules }));
  assert.deepEqual(modules.flatMap(({ unexplained, stale }) => [...unexplained, ...stale]), []);
});
