import { type Token, tokenize } from "./tokens.ts";

/** One import or re-export in a source text. */
export interface Import {
  readonly specifier: string;
  /** The names that exist at run time: `*` for all of them, nothing for types alone. */
  readonly values: readonly string[];
  readonly line: number;
}

/** Every static or dynamic import and every re-export of a source text. */
export function importsOf(source: string): Import[] {
  const tokens = tokenize(source);
  return tokens.flatMap((token, index) => {
    if (token.kind !== "word" || tokens[index - 1]?.text === ".") return [];
    if (token.text === "import") return readImport(tokens, index);
    if (token.text === "export") return readExport(tokens, index);
    return [];
  });
}

function readImport(tokens: readonly Token[], at: number): Import[] {
  const next = tokens[at + 1];
  const line = tokens[at]?.line ?? 0;
  if (next?.kind === "string") return [{ specifier: next.text, values: ["*"], line }];
  if (next?.text === "(") {
    const argument = tokens[at + 2];
    return argument?.kind === "string" ? [{ specifier: argument.text, values: ["*"], line }] : [];
  }
  return next?.text === "." ? [] : readClause(tokens, at + 1, line);
}

function readExport(tokens: readonly Token[], at: number): Import[] {
  const first = tokens[at + 1]?.text === "type" ? at + 2 : at + 1;
  const isList = tokens[first]?.text === "{" || tokens[first]?.text === "*";
  return isList ? readClause(tokens, at + 1, tokens[at]?.line ?? 0) : [];
}

/** Reads `type { a, type b as c } from "x"`; a list without `from` is no import. */
function readClause(tokens: readonly Token[], at: number, line: number): Import[] {
  const isTypeOnly = tokens[at]?.text === "type" && tokens[at + 1]?.text !== "from" &&
    tokens[at + 1]?.text !== ",";
  const names: string[] = [];
  for (let index = at; index < tokens.length; index++) {
    const token = tokens[index];
    const before = tokens[index - 1]?.text;
    if (!token || token.text === ";" || token.text === "=") return [];
    const specifier = tokens[index + 1];
    if (token.text === "from" && specifier?.kind === "string") {
      return [{ specifier: specifier.text, values: isTypeOnly ? [] : names, line }];
    }
    if (token.text === "}" && tokens[index + 1]?.text !== "from") return [];
    if (token.text === "*") names.push("*");
    if (token.kind === "word" && before !== "as" && before !== "type" && token.text !== "as") {
      if (token.text !== "type" || isName(tokens[index + 1])) names.push(token.text);
    }
  }
  return [];
}

/** `type` is a modifier before a name, and itself a name before anything else. */
function isName(next: Token | undefined): boolean {
  return next?.kind !== "word" || next.text === "from" || next.text === "as";
}
