import assert from "node:assert/strict";
import { test } from "node:test";
import { CommandSyntaxError, splitCommand } from "./split_command.ts";

/** As `printf '%s\n' …` of a POSIX shell shows them, but for what it would expand. */
const SPLIT: readonly [string, readonly string[]][] = [
  ["agent", ["agent"]],
  [" \t a  b\nc ", ["a", "b", "c"]],
  [`a 'b c' "d e"`, ["a", "b c", "d e"]],
  [`a'b 'c" d"e`, ["ab c de"]],
  [`a '' ""`, ["a", "", ""]],
  [`a 'it"s' "it's"`, ["a", 'it"s', "it's"]],
  [String.raw`a\ b \'c \"d \\`, ["a b", "'c", '"d', "\\"]],
  [String.raw`a "\"b\\ \$c \d"`, ["a", String.raw`"b\ $c \d`]],
  [String.raw`a '\b'`, ["a", String.raw`\b`]],
  ["a $HOME * ~ | b ; c > d && e #f", [
    ..."a $HOME * ~ | b ; c > d && e #f".split(" "),
  ]],
  ["a größe 🚀", ["a", "größe", "🚀"]],
];

for (const [text, words] of SPLIT) {
  test(`a command is split as a shell does, and nothing is expanded: ${JSON.stringify(text)}`, () => {
    assert.deepEqual(splitCommand(text), words);
  });
}

test("a quote that is not closed, a last backslash and no word are refused", () => {
  for (const text of [`a 'b`, `a "b`, `a "b\\"`, "a\\", "", "  ", `""`]) {
    assert.throws(() => splitCommand(text), CommandSyntaxError, text);
  }
});
