import assert from "node:assert/strict";
import { test } from "node:test";
import {
  countOf,
  durationOf,
  escapeMarkup,
  listOf,
  nameOf,
  perSecond,
  plural,
  visible,
} from "./format.ts";

test("visible() writes out what can not be seen or would move the cursor", () => {
  assert.equal(visible("a\u001b[31m\u0000\r\n\tb"), "a\\u{1b}[31m\\u{0}\\u{d}\\n\\tb");
  assert.equal(visible("\u202egnp.exe \u2066x\u2028"), "\\u{202e}gnp.exe \\u{2066}x\\u{2028}");
  assert.equal(visible("lone \ud800 and \udc00"), "lone \\u{d800} and \\u{dc00}");
  assert.equal(visible("naïve 日本 🙂"), "naïve 日本 🙂");
});

test("escapeMarkup() leaves nothing that could be read as markup", () => {
  assert.equal(escapeMarkup(`</a>&'"\u0007`), "&lt;/a&gt;&amp;&#39;&quot;\\u{7}");
});

test("nameOf() quotes what is not one short word", () => {
  assert.equal(nameOf("m1"), "m1");
  assert.equal(nameOf("session-1/thread.2"), "session-1/thread.2");
  assert.equal(nameOf("two words"), "“two words”");
  assert.equal(nameOf(""), "“”");
  assert.equal(nameOf("x".repeat(41)), `“${"x".repeat(41)}”`);
});

test("listOf() joins as one would say it", () => {
  assert.equal(listOf([]), "");
  assert.equal(listOf(["a"]), "a");
  assert.equal(listOf(["a", "b"]), "a and b");
  assert.equal(listOf(["a", "b", "c"]), "a, b and c");
});

test("numbers are written for people", () => {
  assert.equal(countOf(0), "0");
  assert.equal(countOf(1_234_567), "1,234,567");
  assert.equal(countOf(-1234.5), "-1,234.5");
  assert.equal(countOf(NaN), "NaN");
  assert.equal(plural(1, "step"), "1 step");
  assert.equal(plural(2_000, "entry", "entries"), "2,000 entries");
  assert.equal(perSecond(1_500, 500), "3,000");
  assert.equal(perSecond(1, 0), "-");
});

test("durationOf() takes the unit that fits", () => {
  const said = [0, 0.42, 999, 999.7, 3_210, 59_960, 60_000, 72_000, 3_600_000, 7_500_000, -1]
    .map(durationOf);
  assert.deepEqual(said, [
    "0 ms",
    "0.4 ms",
    "999 ms",
    "1 s",
    "3.2 s",
    "1 min",
    "1 min",
    "1 min 12 s",
    "1 h",
    "2 h 5 min",
    "an unknown time",
  ]);
});
