import assert from "node:assert/strict";
import { test } from "node:test";
import { boldWidthOf, clipText, columnsOf, padText, sansWidthOf, wrapText } from "./wrap.ts";

test("wrapText() breaks between words and loses none", () => {
  assert.deepEqual(wrapText("one two three", { max: 7 }), ["one two", "three"]);
  assert.deepEqual(wrapText("one two", { max: 100 }), ["one two"]);
  assert.deepEqual(wrapText("", { max: 5 }), [""]);
});

test("wrapText() breaks a word that is wider than a line", () => {
  assert.deepEqual(wrapText("a verylongword b", { max: 6 }), ["a", "verylo", "ngword", "b"]);
  assert.deepEqual(wrapText("🙂🙂🙂", { max: 4 }), ["🙂🙂", "🙂"]);
  assert.deepEqual(wrapText("ab", { max: 0 }), ["a", "b"]);
});

test("columnsOf() counts what a terminal does", () => {
  assert.equal(columnsOf("abc"), 3);
  assert.equal(columnsOf("日本"), 4);
  assert.equal(columnsOf("e\u0301"), 1);
  assert.equal(columnsOf("┃▒●"), 3);
});

test("clipText() and padText() keep to the columns", () => {
  assert.equal(clipText("abcdef", 6), "abcdef");
  assert.equal(clipText("abcdefg", 6), "abcde…");
  assert.equal(clipText("日本語", 4), "日…");
  assert.equal(clipText("ab", 0), "");
  assert.equal(padText("日", 4), "日  ");
});

test("widths in px follow the letters and are rather too wide", () => {
  // Measured by a browser in Liberation Sans, which has the widths of Arial.
  const measured = [
    ["The host accepts m1.", 9.56],
    ["iiiiiiiiii", 2.222],
    ["WWWW", 3.775],
    ["EXACTLY_ONE_OUTCOME is broken", 17.208],
  ] as const;
  for (const [text, width] of measured) {
    const about = sansWidthOf(text);
    assert.ok(about >= width && about < width * 1.15, `${text}: ${about}, measured ${width}`);
  }
  const bold = boldWidthOf("The guard passes from owner A to owner B.");
  assert.ok(bold >= 20.948 && bold < 20.948 * 1.15, String(bold));
  assert.ok(sansWidthOf("日本") >= 2);
});
