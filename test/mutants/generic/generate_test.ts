import assert from "node:assert/strict";
import { test } from "node:test";
import { mutantsOf } from "./generate.ts";
import { applyAll, nameOf } from "./mutant.ts";

const NAME = { module: "sample", file: "sample.ts" };

/** What can be done to a source, as `place: mutation`. */
function changes(source: string): string[] {
  return mutantsOf(source, NAME).map(({ in: place, mutation, nth }) =>
    `${place}: ${mutation}${nth === 1 ? "" : ` (${nth})`}`
  );
}

test("every statement, condition, operator, operand, literal, call and result is changed once", () => {
  const source = `export function next(at: number, list?: string[]): number {
  // Nothing to do.
  if (at < 3 && list) list.push("done");
  return at + 1;
}
`;
  assert.deepEqual(changes(source), [
    'next: remove if (at < 3 && list) list.push("done");',
    "next: condition at < 3 && list -> true",
    "next: condition at < 3 && list -> false",
    "next: condition at < 3 && list -> !(at < 3 && list)",
    "next: operand at < 3 && list -> at < 3",
    "next: operand at < 3 && list -> list",
    "next: operator < -> <=",
    "next: operator < -> >=",
    "next: literal 3 -> 4",
    "next: literal 3 -> 2",
    "next: operator && -> ||",
    'next: literal "done" -> ""',
    "next: remove return at + 1;",
    "next: operator + -> -",
    "next: literal 1 -> 2",
    "next: literal 1 -> 0",
  ]);
});

test("what waits, what may be absent, defaults, copies and the ends of blocks are changed", () => {
  const source = `export class Box {
  readonly #all = new Set<() => Promise<void>>();
  async each({ times = 2 } = {}): Promise<void> {
    try {
      for (const one of [...this.#all]) await one?.();
    } finally {
      this.#all.clear();
    }
    this.left ??= times;
  }
  left: number | undefined;
}
`;
  assert.deepEqual(changes(source), [
    "Box.#all: remove = new Set<() => Promise<void>>()",
    "Box.each: remove async each({ times = 2 } = {}): Promise<void> { try { for (const one of [...this ... ft ??= times; }",
    "Box.each: remove = 2",
    "Box.each: literal 2 -> 3",
    "Box.each: literal 2 -> 1",
    "Box.each: remove = {}",
    "Box.each: remove try { for (const one of [...this.#all]) await one?.(); } finally { this.#all.clear(); }",
    "Box.each: remove for (const one of [...this.#all]) await one?.();",
    "Box.each: call [...this.#all] -> this.#all",
    "Box.each: call await one?.() -> one?.()",
    "Box.each: call one?.() -> undefined",
    "Box.each: optional ?. -> (nothing)",
    "Box.each: remove this.#all.clear();",
    "Box.each: remove this.left ??= times;",
    "Box.each: operator ??= -> =",
  ]);
});

test("types, declarations, imports, comments and the texts of errors are left as they are", () => {
  const source = `import { type Clock, now } from "./clock.ts";
export interface Limits { max: 3 | 4 }
/** Says so. */
export class FullError extends Error {
  readonly max: number;
  constructor(max: number) {
    super(\`Cannot go on: \${max > 1 ? "limits" : "limit"} of \${max}\`);
    this.max = max;
  }
}
export { now, type Clock };
`;
  assert.deepEqual(changes(source), [
    'FullError.constructor: remove constructor(max: number) { super(`Cannot go on: ${max > 1 ? "limits" : "limit"}  ... is.max = max; }',
    'FullError.constructor: remove super(`Cannot go on: ${max > 1 ? "limits" : "limit"} of ${max}`);',
    "FullError.constructor: remove this.max = max;",
  ]);
});

test("a line that cannot be missing, and a name that is still used, make no mutant", () => {
  assert.deepEqual(
    changes("const a = b();\nexport function c(): void {\n  use(\n    a,\n  );\n}\n"),
    [
      ": call b() -> undefined",
      "c: remove use( a, );",
      "c: remove a,",
    ],
  );
});

test("a mutant has the same name when its line moves, and a number when the line has it twice", () => {
  const source = "export const both = (a: number, b: number) => a - b - 0;\n";
  const names = (text: string) => mutantsOf(text, NAME).map(nameOf);
  assert.deepEqual(names(`\n// Something else.\n\n${source}`), names(source));
  assert.deepEqual(changes(source).filter((change) => change.includes("operator")), [
    ": operator - -> +",
    ": operator - -> + (2)",
  ]);
});

test("a mutant changes its place alone, and two that do not overlap fit into one text", () => {
  const source = "export const sum = (a: number) => a + 1;\n";
  const wanted = mutantsOf(source, NAME).filter(({ mutation }) => /operator|1 -> 2/.test(mutation));
  assert.equal(applyAll(source, wanted), "export const sum = (a: number) => a - 2;\n");
  assert.throws(() => applyAll(source, [wanted[0]!, wanted[0]!]), {
    message: /two of them overlap/,
  });
});
