/** What would move the cursor, turn the text round, or is no character at all. */
const INVISIBLE = /[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029\ufeff\ufffe\uffff]/gu;

/**
 * A text in one line, with whatever can not be seen written out: a line break as `\n`, others as
 * `\u{1b}`.
 *
 * When to use: for every text that comes from a host, a label or a message, before anything else is
 * done with it. What comes out is safe on a terminal and is allowed in XML, but not yet escaped.
 */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (character) => {
    if (character === "\n") return "\\n";
    if (character === "\t") return "\\t";
    return `\\u{${character.codePointAt(0)!.toString(16)}}`;
  });
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** {@linkcode visible} text for HTML, SVG and XML, both between tags and in a quoted attribute. */
export function escapeMarkup(text: string): string {
  return visible(text).replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/** A name as it stands in a sentence: as it is where it is one short word, else in quotes. */
export function nameOf(name: string): string {
  return /^[\p{L}\p{N}][\p{L}\p{N}_.:+#@/-]{0,39}$/u.test(name) ? name : `“${visible(name)}”`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listOf(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join("");
  return `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

/** A number with commas between the thousands; whatever is no number as it is. */
export function countOf(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const [whole = "", fraction] = String(Math.round(value * 100) / 100).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** `1 schedule`, `2 schedules`. `many` where the plural is another word. */
export function plural(count: number, one: string, many: string = `${one}s`): string {
  return `${countOf(count)} ${count === 1 ? one : many}`;
}

/** `0.4 ms`, `420 ms`, `3.2 s`, `1 min 12 s`, `2 h 5 min`, `1 h`. */
export function durationOf(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return "an unknown time";
  if (ms < 10 && !Number.isInteger(ms)) return `${countOf(Math.round(ms * 10) / 10)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 59.95) return `${countOf(Math.round(seconds * 10) / 10)} s`;
  const minutes = Math.floor(Math.round(seconds) / 60);
  const parts = minutes < 60
    ? [[minutes, "min"], [Math.round(seconds) % 60, "s"]] as const
    : [[Math.floor(minutes / 60), "h"], [minutes % 60, "min"]] as const;
  return parts.filter(([value]) => value > 0).map(([value, unit]) => `${countOf(value)} ${unit}`)
    .join(" ");
}

/** How many a second, in whole numbers. */
export function perSecond(count: number, ms: number): string {
  if (!(ms > 0) || !Number.isFinite(count)) return "-";
  return countOf(Math.round(count / (ms / 1000)));
}
