/** A command line that can not be split: a quote is not closed, or nothing is there. */
export class CommandSyntaxError extends SyntaxError {
  override readonly name = "CommandSyntaxError";
  /** Stable code for callers that cross a realm or a wire. */
  readonly code = "command_syntax";
}

/** What a backslash takes the meaning from between double quotes. */
const ESCAPED_IN_DOUBLE = '"\\$`';

/**
 * Splits a command line into its words, with quotes and backslashes as a POSIX shell reads them.
 *
 * When to use: for a command that a person wrote as one text, before it is started without a shell.
 * When not: to run anything. Nothing is expanded: `$HOME`, `*`, `~`, `|`, `;` and `>` are plain text.
 *
 * @throws {CommandSyntaxError} if a quote is not closed, the text ends in a backslash, or has no word.
 *
 * @example Quotes keep a word together
 * ```ts
 * import { splitCommand } from "@lanekeeper/agents";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(splitCommand(`agent --dir '/a b' "it's" $HOME`), [
 *   "agent", "--dir", "/a b", "it's", "$HOME",
 * ]);
 * ```
 */
export function splitCommand(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    const next = text.charAt(at + 1);
    if (quote !== "") {
      if (char === quote) quote = "";
      else if (quote === '"' && char === "\\" && next !== "" && ESCAPED_IN_DOUBLE.includes(next)) {
        word += next;
        at++;
      } else word += char;
    } else if (char === "'" || char === '"') {
      quote = char;
      word ??= "";
    } else if (char === "\\") {
      if (next === "") throw new CommandSyntaxError("Cannot split the command: it ends in \\");
      word = (word ?? "") + next;
      at++;
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + char;
  }
  if (quote !== "") {
    throw new CommandSyntaxError(`Cannot split the command: a ${quote} is not closed`);
  }
  if (word !== undefined) words.push(word);
  if (words.length === 0 || words[0] === "") {
    throw new CommandSyntaxError("Cannot split the command: it has no word");
  }
  return words;
}
