import { escapeMarkup } from "./format.ts";

/** What has gone through {@linkcode el}, and may stand in a page as it is. */
export class Markup {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  toString(): string {
    return this.source;
  }
}

/** What may be in an element: texts are escaped. */
export type Child = Markup | string | number | undefined | readonly Child[];

/** `undefined` and `false` leave the attribute out, `true` writes it without a value of its own. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Elements that are closed in their own tag, in HTML as well as in SVG. */
const LEAVES: ReadonlySet<string> = new Set(
  ["br", "circle", "line", "meta", "path", "rect", "wbr"],
);

/**
 * An element of HTML, SVG or XML.
 *
 * When to use: for all that goes into a page. A text can become part of one only as text or as the value
 * of an attribute, so nothing that comes from outside is ever read as markup.
 */
export function el(name: string, attributes: Attributes = {}, ...children: Child[]): Markup {
  let tag = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    const text = value === true ? "" : typeof value === "number" ? rounded(value) : value;
    tag += ` ${key}="${escapeMarkup(text)}"`;
  }
  if (LEAVES.has(name)) return new Markup(`${tag}/>`);
  return new Markup(`${tag}>${join(children)}</${name}>`);
}

/** Several in a row. */
export function all(...children: Child[]): Markup {
  return new Markup(join(children));
}

/** Text that is already markup: constants alone, never anything from outside. */
export function raw(source: string): Markup {
  return new Markup(source);
}

function join(children: readonly Child[]): string {
  let joined = "";
  for (const child of children) {
    if (child === undefined) continue;
    if (child instanceof Markup) joined += child.source;
    else if (typeof child === "object") joined += join(child);
    else joined += escapeMarkup(String(child));
  }
  return joined;
}

function rounded(value: number): string {
  return String(Math.round(value * 100) / 100);
}
