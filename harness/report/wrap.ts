/** Options of {@linkcode wrapText}. */
export interface WrapOptions {
  /** How wide a line may be. */
  readonly max: number;
  /** How wide a text is, in the same unit. Default: in columns of a terminal. */
  measure?(text: string): number;
}

/**
 * Breaks a text into lines, between words where it can be and within a word that is wider than a line.
 * Nothing is left out but the blanks at the breaks. At least one line, and in each at least one
 * character, however narrow.
 */
export function wrapText(text: string, options: WrapOptions): string[] {
  const { max, measure = columnsOf } = options;
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (measure(longer) <= max) {
      line = longer;
      continue;
    }
    if (line !== "") lines.push(line);
    line = "";
    for (const piece of piecesOf(word, max, measure)) {
      if (line !== "") lines.push(line);
      line = piece;
    }
  }
  lines.push(line);
  return lines;
}

/** Cuts a word that is too wide. */
function piecesOf(word: string, max: number, measure: (text: string) => number): string[] {
  if (measure(word) <= max) return [word];
  const pieces: string[] = [];
  let piece = "";
  for (const character of word) {
    if (piece !== "" && measure(piece + character) > max) {
      pieces.push(piece);
      piece = "";
    }
    piece += character;
  }
  return [...pieces, piece];
}

const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]/u;
const NO_WIDTH = /[\p{Mn}\p{Me}\u200b-\u200d]/u;

/** How many columns of a terminal a character takes. */
function columnOf(character: string): number {
  if (character < "\u0300") return 1;
  if (NO_WIDTH.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** How many columns of a terminal a text takes. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += columnOf(character);
  return columns;
}

/** Cuts a text to so many columns, with `…` for what is left out. */
export function clipText(text: string, columnsMax: number): string {
  if (columnsOf(text) <= columnsMax) return text;
  let clipped = "";
  let columns = 1;
  for (const character of text) {
    columns += columnOf(character);
    if (columns > columnsMax) break;
    clipped += character;
  }
  return columnsMax < 1 ? "" : `${clipped}…`;
}

/** Fills a text with blanks up to so many columns. */
export function padText(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - columnsOf(text)));
}

// Widths of Arial and what has its metrics, in thousandths of the size, by group.
const GROUPS: readonly (readonly [characters: string, width: number])[] = [
  ["ijl'", 225],
  ["f t.,:;!|/\\I[]", 285],
  ["r()-`", 340],
  ['*{}"^', 400],
  ["ckszvxyJ", 505],
  ["abdeghnopqu0123456789L_$?#", 560],
  ["+=<>~FTZ", 620],
  ["ABEKPSVXY&", 675],
  ["CDHNRUw", 730],
  ["GOQ", 785],
  ["mM", 840],
  ["W%@", 1000],
];
const WIDTHS: ReadonlyMap<string, number> = new Map(
  GROUPS.flatMap(([characters, width]) => [...characters].map((one) => [one, width] as const)),
);

/** What is added because no two fonts are equal. */
const SLACK = 1.05;

/** A font that is there instead may be wider than what is measured: DejaVu Sans is, by this. */
export const WIDER = 1.12;

/** About how wide a text is in a sans-serif font of 1 px: rather too wide than too narrow. */
export function sansWidthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    width += WIDTHS.get(character) ?? (columnOf(character) === 2 ? 1050 : 640);
  }
  return width * SLACK / 1000;
}

/** As {@linkcode sansWidthOf}, in bold. */
export function boldWidthOf(text: string): number {
  return sansWidthOf(text) * 1.08;
}

/** As {@linkcode sansWidthOf}, in a font whose characters are equally wide. */
export function monoWidthOf(text: string): number {
  return columnsOf(text) * 0.62;
}
