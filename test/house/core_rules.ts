import { CORE, packageOf } from "./import_rules.ts";
import { type Token, tokenize } from "./tokens.ts";
import { isTestCode, type SourceFile } from "./tree.ts";

const CLOCK_FILE = "clock.ts";
const ID_FILE = "default_id.ts";

/** What a core module may use only as the default of an option, and the file where that default is. */
const GLOBALS: Readonly<Record<string, string>> = {
  "setTimeout": CLOCK_FILE,
  "setInterval": CLOCK_FILE,
  "setImmediate": CLOCK_FILE,
  "Date.now": CLOCK_FILE,
  "new Date": CLOCK_FILE,
  "performance.now": CLOCK_FILE,
  "AbortSignal.timeout": CLOCK_FILE,
  "Math.random": ID_FILE,
  "crypto.randomUUID": ID_FILE,
  "crypto.getRandomValues": ID_FILE,
};

/** Where a source of a core module takes time or chance from the runtime instead of an option. */
export function uninjectedGlobals(file: SourceFile): string[] {
  const home = packageOf(file.path);
  if (!home || !CORE.includes(home.name) || isTestCode(file.path)) return [];
  const tokens = tokenize(file.text);
  return tokens.flatMap((token, index) => {
    const name = globalAt(tokens, index);
    if (name === undefined || file.path === `${home.folder}/${GLOBALS[name]}`) return [];
    return [`${file.path}:${token.line} uses ${name}, which belongs in ${GLOBALS[name]}`];
  });
}

/** The name in the list that begins at a token; a member of something else does not count. */
function globalAt(tokens: readonly Token[], at: number): string | undefined {
  const [before, token, second, third] = [-1, 0, 1, 2].map((by) => tokens[at + by]);
  if (token?.kind !== "word") return undefined;
  const isMember = before?.text === "." && tokens[at - 2]?.text !== "globalThis";
  if (isMember) return undefined;
  const names = [token.text, `${token.text} ${second?.text}`];
  if (second?.text === ".") names.push(`${token.text}.${third?.text}`);
  return names.find((name) => Object.hasOwn(GLOBALS, name));
}

/** Where a `critical(...)` call has a function inside that can suspend (`LOCK_NARROW`). */
export function suspensionsInCritical(file: SourceFile): string[] {
  if (isTestCode(file.path)) return [];
  const tokens = tokenize(file.text);
  return tokens.flatMap((token, index) => {
    if (token.text !== "critical" || tokens[index + 1]?.text !== "(") return [];
    const inside = tokens.slice(index + 2, closingIndex(tokens, index + 1));
    return inside
      .filter(({ kind, text }) => kind === "word" && ["await", "async", "yield"].includes(text))
      .map(({ text, line }) => `${file.path}:${line} has ${text} inside critical()`);
  });
}

function closingIndex(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let index = open; index < tokens.length; index++) {
    if (tokens[index]?.text === "(") depth++;
    if (tokens[index]?.text === ")" && --depth === 0) return index;
  }
  return tokens.length;
}
