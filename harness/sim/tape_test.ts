import assert from "node:assert/strict";
import { test } from "node:test";
import { deviationsOf, formatTape, parseTape, trimmed } from "./tape.ts";

test("a tape is read back as it was written, without the zeros at its end", () => {
  for (const tape of [[], [1], [0, 0, 3], [0, 12, 0, 7]]) {
    assert.deepEqual(parseTape(formatTape(tape)), tape.length === 0 ? [0] : tape);
    assert.deepEqual(parseTape(JSON.stringify(tape)), tape);
  }
  assert.equal(formatTape([0, 1, 0, 0]), "0.1");
  assert.equal(formatTape([0, 0]), "0");
  assert.deepEqual(trimmed([0, 2, 0]), [0, 2]);
  assert.deepEqual(parseTape(" 0.1, 2 "), [0, 1, 2]);
});

test("what is no tape is refused", () => {
  for (const text of ["x", "1.-2", "1..2", "0.5e", "1.2."]) {
    assert.throws(() => parseTape(text), {
      name: "TypeError",
      message:
        `Cannot read tape "${text}": it must be whole numbers with dots between them, such as 0.1.2`,
    });
  }
});

test("the deviations of a tape are the choices that are not the plainest", () => {
  assert.equal(deviationsOf([0, 0]), 0);
  assert.equal(deviationsOf([0, 3, 0, 1]), 2);
});
