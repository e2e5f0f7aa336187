import { test } from "node:test";
import assert from "node:assert/strict";
import { tokenize } from "./tokens.ts";

const texts = (source: string): string[] => tokenize(source).map((token) => token.text);

test("tokenize() leaves out comments, and only comments", () => {
  assert.deepEqual(texts('a /* b "c" */ // d\n"e // f"'), ["a", "e // f"]);
});

test("tokenize() reads the expressions inside a template, and not its text", () => {
  assert.deepEqual(texts("`await ${one({ two: `${three}` })} four` + five"), [
    ...["`", "one", "(", "{", "two", ":", "`", "three", "}", ")", "+", "five"],
  ]);
});

test("tokenize() tells a regular expression from a division", () => {
  assert.deepEqual(texts("a / b / c"), ["a", "/", "b", "/", "c"]);
  assert.deepEqual(texts('x = /"[/"]/g; y'), ["x", "=", '/"[/"]/g', ";", "y"]);
});

test("tokenize() numbers the lines", () => {
  assert.deepEqual(tokenize("a\n/*\n*/ b\n`\n${c}`").map(({ text, line }) => `${line} ${text}`), [
    ...["1 a", "3 b", "4 `", "5 c"],
  ]);
});
