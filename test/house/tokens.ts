/** A piece of a source text that matters to the rules. Comments are left out. */
export interface Token {
  readonly kind: "word" | "string" | "mark" | "other";
  /** A string without its quotes; anything else as written. */
  readonly text: string;
  readonly line: number;
}

const WORD = /[\p{ID_Start}$_#][\p{ID_Continue}$]*/uy;
const NUMBER = /\d[\w.]*/y;
const SPACE_OR_COMMENT = /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const QUOTED = /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'/y;
const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const TEMPLATE_PART = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/y;
/** Words after which a slash begins a regular expression. */
const BEFORE_REGEX = new Set(["return", "typeof", "case", "in", "of", "await", "yield", "void"]);

/** Splits TypeScript or JavaScript into tokens. What is inside `${}` of a template counts too. */
export function tokenize(source: string): Token[] {
  return new Tokenizer(source).all();
}

class Tokenizer {
  readonly #source: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  #line = 1;

  constructor(source: string) {
    this.#source = source;
  }

  all(): Token[] {
    this.#until(undefined);
    return this.#tokens;
  }

  /** Reads up to the brace that closes a template's expression, or to the end. */
  #until(close: "}" | undefined): void {
    let depth = 0;
    while (this.#at < this.#source.length) {
      if (this.#take(SPACE_OR_COMMENT) !== undefined) continue;
      const char = this.#source[this.#at];
      if (char === close && depth === 0) return;
      if (char === "{") depth++;
      if (char === "}") depth--;
      this.#one();
    }
  }

  #one(): void {
    const line = this.#line;
    if (this.#source[this.#at] === "`") return this.#template();
    const word = this.#take(WORD);
    if (word !== undefined) return this.#push("word", word, line);
    const quoted = this.#take(QUOTED);
    if (quoted !== undefined) return this.#push("string", quoted.slice(1, -1), line);
    const other = this.#take(NUMBER) ?? (this.#mayBeRegex() ? this.#take(REGEX) : undefined);
    if (other !== undefined) return this.#push("other", other, line);
    this.#push("mark", this.#source[this.#at++] ?? "", line);
  }

  #template(): void {
    this.#push("other", "`", this.#line);
    this.#at++;
    while (this.#at < this.#source.length) {
      this.#take(TEMPLATE_PART);
      const isExpression = this.#source[this.#at] === "$";
      this.#at += isExpression ? 2 : 1; // "${" or the closing backtick
      if (!isExpression) return;
      this.#until("}");
      this.#at++;
    }
  }

  #mayBeRegex(): boolean {
    const last = this.#tokens.at(-1);
    if (!last) return true;
    if (last.kind === "word") return BEFORE_REGEX.has(last.text);
    return last.kind === "mark" && ![")", "]", "}"].includes(last.text);
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const text = pattern.exec(this.#source)?.[0];
    if (!text) return undefined;
    this.#at += text.length;
    this.#line += text.split("\n").length - 1;
    return text;
  }

  #push(kind: Token["kind"], text: string, line: number): void {
    this.#tokens.push({ kind, text, line });
  }
}
