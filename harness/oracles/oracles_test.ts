import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { GUARANTEES, ORACLES } from "./oracles.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const tests = readdirSync(here).filter((name) => name.endsWith("_test.ts"))
  .map((name) => readFileSync(`${here}/${name}`, "utf8")).join("\n");

/** `SINGLE_TURN` is judged by `singleTurn`. */
function oracleOf(guarantee: string): string {
  return guarantee.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

test("there is an oracle for each guarantee, with a promise and with needs", () => {
  assert.equal(GUARANTEES.length, 36);
  for (const guarantee of GUARANTEES) {
    const { promise, needs } = ORACLES[guarantee];
    assert.ok(promise.length > 10 && needs.length > 0, guarantee);
  }
});

test("the README says of each guarantee what it is", () => {
  const text = readFileSync(`${here}/../../README.md`, "utf8");
  const named = new Set(text.split("## The guarantees")[1]?.match(/(?<=`)[A-Z_]+(?=`.*\|)/g));
  assert.deepEqual(GUARANTEES.filter((guarantee) => !named.has(guarantee)), []);
});

for (const guarantee of GUARANTEES) {
  test(`${guarantee} has a test in which it fires, and one in which it is silent`, () => {
    const oracle = oracleOf(guarantee);
    assert.match(tests, new RegExp(`assertBreaks\\(\\s*${oracle}\\b`), "it is never seen to fire");
    assert.match(tests, new RegExp(`assertKeeps\\(\\s*${oracle}\\b`), "it is never seen silent");
  });
}
