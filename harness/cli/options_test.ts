import assert from "node:assert/strict";
import { test } from "node:test";
import { readOptions } from "./options.ts";

const SPECS = {
  runs: { value: "N", help: "" },
  guarantee: { value: "NAME", isList: true, help: "" },
  strict: { help: "" },
  help: { short: "h", help: "" },
} as const;

const read = (...args: string[]) => readOptions(args, SPECS);
const problem = (act: () => unknown): string => {
  let message = "nothing";
  assert.throws(act, (error: Error) => {
    assert.equal(error.name, "UsageError");
    message = error.message;
    return true;
  });
  return message;
};

test("options are read in any place and in both forms, and the last of one counts", () => {
  const given = read("a.ts", "--runs=3", "--strict", "b.ts", "--runs", "5", "-h");
  assert.deepEqual(given.positionals, ["a.ts", "b.ts"]);
  assert.equal(given.text("runs"), "5");
  assert.equal(given.has("strict"), true);
  assert.equal(given.has("help"), true);
  assert.equal(read("a.ts").has("strict"), false);
  assert.deepEqual(read("--guarantee", "A", "--guarantee=B").list("guarantee"), ["A", "B"]);
});

test("what stands behind -- is no option", () => {
  assert.deepEqual(read("--", "--runs").positionals, ["--runs"]);
});

test("an unknown option is refused with the nearest one", () => {
  assert.equal(problem(() => read("--rnus", "3")), "Unknown option --rnus: did you mean --runs?");
  assert.equal(problem(() => read("--zzzzzzz")), "Unknown option --zzzzzzz: see --help");
  assert.equal(problem(() => read("-x")), "Unknown option -x: see --help");
  assert.equal(problem(() => read("--toString")), "Unknown option --toString: see --help");
});

test("an option without its value is refused, and one with a value that takes none", () => {
  const missing = "Cannot use --runs: it needs a value, as in --runs N";
  assert.equal(problem(() => read("--runs")), missing);
  assert.equal(problem(() => read("--runs=")), missing);
  assert.equal(problem(() => read("--runs", "--strict")), missing);
  assert.equal(problem(() => read("--strict=no")), "Cannot use --strict=no: it takes no value");
});

test("a number that is none, or is out of its range, is refused with the range", () => {
  assert.equal(read("--runs", "0").whole("runs", { max: 9 }), 0);
  assert.equal(read("--runs=-9").whole("runs", { min: -9, max: 9 }), -9);
  assert.equal(read().whole("runs", { max: 9 }), undefined);
  for (const text of ["10", "1.5", "abc", "1e0", "0x1"]) {
    assert.equal(
      problem(() => read("--runs", text).whole("runs", { max: 9 })),
      `Cannot use --runs "${text}": it must be a whole number from 0 to 9`,
    );
  }
  assert.equal(read("--runs", ".5").amount("runs", { max: 9 }), 0.5);
  for (const text of ["9.1", "-1", "x", "1e1"]) {
    assert.equal(
      problem(() => read(`--runs=${text}`).amount("runs", { max: 9 })),
      `Cannot use --runs "${text}": it must be a number from 0 to 9`,
    );
  }
});
