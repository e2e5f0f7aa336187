/** An element of a page, read again. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: (Element | string)[];
}

/** Elements whose content is no markup in HTML. */
const RAW = ["script", "style"];
const TOKEN =
  /<\?xml[^?]*\?>|<!doctype html>|<(\/?)([a-zA-Z][\w:-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const ENTITIES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
};

/**
 * Reads a page that must be well-formed: each tag closed in order, each attribute quoted and given once,
 * each `&` an entity, each character one that XML allows, one element around everything.
 *
 * @throws {Error} that says where it is not
 */
export function parseXml(text: string): Element {
  const bad = FORBIDDEN.exec(text);
  if (bad !== null) throw new Error(`Not allowed at ${bad.index}: ${JSON.stringify(bad[0])}`);
  const top: Element = { name: "", attributes: {}, children: [] };
  const open: Element[] = [top];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) {
      throw new Error(`Not well-formed at ${from}: ${text.slice(from, from + 60)}`);
    }
    const [, closing, name, attributes = "", leaf, content] = match;
    const parent = open.at(-1)!;
    if (content !== undefined) parent.children.push(decoded(content));
    else if (name !== undefined && closing === "/") {
      if (parent.name !== name) throw new Error(`</${name}> closes <${parent.name}> at ${from}`);
      open.pop();
    } else if (name !== undefined) {
      const element = { name, attributes: attributesOf(attributes), children: [] as string[] };
      parent.children.push(element);
      if (leaf === "/") continue;
      if (RAW.includes(name)) {
        const end = text.indexOf(`</${name}>`, TOKEN.lastIndex);
        if (end < 0) throw new Error(`<${name}> at ${from} is not closed`);
        element.children.push(text.slice(TOKEN.lastIndex, end));
        TOKEN.lastIndex = end + name.length + 3;
      } else open.push(element);
    }
  }
  if (open.length !== 1) throw new Error(`<${open.at(-1)!.name}> is not closed`);
  const elements = top.children.filter((child) => typeof child !== "string");
  if (elements.length !== 1) throw new Error(`${elements.length} elements around everything`);
  return elements[0]!;
}

function decoded(text: string): string {
  return text.replace(/&[^;\s]*;?/g, (entity) => {
    const character = ENTITIES[entity];
    if (character === undefined) throw new Error(`Not an entity: ${entity}`);
    return character;
  });
}

function attributesOf(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name = "", value = ""] of text.matchAll(/([\w:-]+)="([^"]*)"/g)) {
    if (name in attributes) throw new Error(`Given twice: ${name}`);
    attributes[name] = decoded(value);
  }
  return attributes;
}

/** All elements below one for which this is so, in the order of the page. */
export function findAll(element: Element, test: (element: Element) => boolean): Element[] {
  return element.children.flatMap((child) =>
    typeof child === "string" ? [] : [...test(child) ? [child] : [], ...findAll(child, test)]
  );
}

/** All elements with a class. */
export function withClass(element: Element, name: string): Element[] {
  return findAll(element, (one) => (one.attributes["class"] ?? "").split(" ").includes(name));
}

/** All elements with a name. */
export function named(element: Element, name: string): Element[] {
  return findAll(element, (one) => one.name === name);
}

/** The text of an element and of all in it. */
export function textOf(element: Element): string {
  return element.children.map((child) => typeof child === "string" ? child : textOf(child)).join(
    "",
  );
}
