import type { Chronicle, Line } from "./chronicle.ts";
import { boldWidthOf, monoWidthOf, sansWidthOf, WIDER, wrapText } from "./wrap.ts";

/** The measures of a picture, in px. */
export interface Frame {
  /** At least; more lanes than fit make it wider. */
  readonly width: number;
  /** From lane to lane: so much, or as much less as it takes to stay within `lanes`, down to `pitchMin`. */
  readonly pitch: number;
  readonly pitchMin: number;
  readonly lanes: number;
  /** How wide a bar is. */
  readonly bar: number;
  /** Between the last lane and the words: room for what points at the root. */
  readonly gap: number;
  /** Left of the first lane: the numbers of the steps. */
  readonly gutter: number;
  readonly font: number;
  readonly small: number;
  /** From one line of text to the next. */
  readonly leading: number;
  /** The words get so much at least. */
  readonly wordsMin: number;
}

/** For a page or a file of its own. */
export const WIDE: Frame = {
  width: 860,
  pitch: 36,
  pitchMin: 26,
  lanes: 360,
  bar: 16,
  gap: 20,
  gutter: 60,
  font: 14,
  small: 11.5,
  leading: 19,
  wordsMin: 360,
};

/** For a phone. */
export const NARROW: Frame = {
  width: 336,
  pitch: 22,
  pitchMin: 16,
  lanes: 120,
  bar: 12,
  gap: 14,
  gutter: 34,
  font: 13,
  small: 11,
  leading: 17,
  wordsMin: 180,
};

/** A piece of text and where it stands: `y` is the middle of its line. */
export interface Piece {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly style: "head" | "words" | "odd" | "also" | "tag" | "label" | "boxed" | "story" | "title";
  readonly isAtEnd?: boolean;
}

/** A line of a chronicle with its place. */
export interface Block {
  readonly top: number;
  readonly bottom: number;
  /** The middle of its first line: where its mark is. */
  readonly y: number;
  readonly pieces: readonly Piece[];
  /** Of the root: the box around the words. */
  readonly box?: { readonly top: number; readonly bottom: number };
}

/** Where everything is. */
export interface Layout {
  readonly frame: Frame;
  readonly pitch: number;
  readonly width: number;
  /** Where the lanes begin, and where they end. */
  readonly top: number;
  readonly bottom: number;
  readonly wordsX: number;
  /** For each lane. */
  readonly xs: readonly number[];
  readonly titles: readonly (readonly Piece[])[];
  /** For each line of the chronicle. */
  readonly blocks: readonly Block[];
  /** For each row. */
  readonly rows: readonly { readonly top: number; readonly bottom: number }[];
}

/** What the words at the root begin with. */
export const ROOT_LABEL = "Here it goes wrong:";

const ROW_PAD = 6;
const LINE_PAD = 3;
const BOX_PAD = 9;
const EDGE = 14;

/** Finds a place for everything in a chronicle, from `top` downward. */
export function layOutTimeline(
  chronicle: Chronicle,
  { frame, story, top }: { frame: Frame; story: string; top: number },
): Layout {
  const lanes = chronicle.lanes.length;
  const pitch = Math.max(frame.pitchMin, Math.min(frame.pitch, frame.lanes / lanes));
  const wordsX = frame.gutter + lanes * pitch + frame.gap;
  const width = Math.max(frame.width, wordsX + frame.wordsMin + EDGE);
  const xs = chronicle.lanes.map((_, lane) => frame.gutter + (lane + 0.5) * pitch);
  const titles: Piece[][] = [];
  let y = top;
  for (const [lane, { title }] of chronicle.lanes.entries()) {
    const x = xs[lane]! + frame.bar / 2 + 4;
    const lines = wrapText(title, measured(width - x - EDGE, frame.font - 1, sansWidthOf));
    titles.push(lines.map((text) => {
      y += frame.leading;
      return { text, x, y: y - frame.leading / 2, style: "title" };
    }));
  }
  const lanesTop = y + 6;
  y = lanesTop;
  const blocks: Block[] = [];
  const rows = chronicle.rows.map((row) => {
    const rowTop = y;
    y += ROW_PAD;
    for (let at = row.from; at < row.to; at++) {
      const line = chronicle.lines[at]!;
      const place = { frame, wordsX, width, top: y, tag: row.tag, story };
      const block = line.tone === "root" ? rootBlock(line, place) : plainBlock(line, place);
      blocks.push(block);
      y = block.bottom;
    }
    y += ROW_PAD;
    return { top: rowTop, bottom: y };
  });
  return { frame, pitch, width, top: lanesTop, bottom: y, wordsX, xs, titles, blocks, rows };
}

interface Place {
  readonly frame: Frame;
  readonly wordsX: number;
  readonly width: number;
  readonly top: number;
  readonly tag: string;
  readonly story: string;
}

function measured(max: number, size: number, widthOf: (text: string) => number) {
  return { max, measure: (text: string) => widthOf(text) * size * WIDER };
}

/** Lines one under the other. */
class Column {
  readonly pieces: Piece[] = [];
  readonly #x: number;
  readonly #leading: number;
  y: number;

  constructor(place: { x: number; y: number; leading: number }) {
    this.#x = place.x;
    this.y = place.y;
    this.#leading = place.leading;
  }

  add(lines: readonly string[], style: Piece["style"]): void {
    for (const text of lines) {
      this.pieces.push({ text, x: this.#x, y: this.y + this.#leading / 2, style });
      this.y += this.#leading;
    }
  }
}

function plainBlock(line: Line, { frame, wordsX, width, top, tag }: Place): Block {
  const { font, small, leading } = frame;
  const max = width - EDGE - wordsX;
  const isBold = line.isHead || line.tone === "also";
  const lines = wrapText(line.words, measured(max, font, isBold ? boldWidthOf : sansWidthOf));
  const column = new Column({ x: wordsX, y: top + LINE_PAD, leading });
  column.add(
    lines,
    line.tone === "also" ? "also" : line.isHead ? "head" : line.isOdd ? "odd" : "words",
  );
  if (line.isHead && tag !== "") {
    const last = column.pieces.at(-1)!;
    const used = (boldWidthOf(last.text) * font + monoWidthOf(tag) * small) * WIDER + 16;
    if (used <= max && frame === WIDE) {
      column.pieces.push({ text: tag, x: width - EDGE, y: last.y, style: "tag", isAtEnd: true });
    } else column.add(wrapText(tag, measured(max, small, monoWidthOf)), "tag");
  }
  const [first] = column.pieces;
  return { top, bottom: column.y + LINE_PAD, y: first!.y, pieces: column.pieces };
}

function rootBlock(line: Line, { frame, wordsX, width, top, tag, story }: Place): Block {
  const { font, small, leading } = frame;
  const max = width - EDGE - BOX_PAD - wordsX;
  const boxTop = top + 6;
  const column = new Column({ x: wordsX, y: boxTop + BOX_PAD, leading });
  column.add(wrapText(ROOT_LABEL, measured(max, font + 2, boldWidthOf)), "label");
  column.add(wrapText(line.words, measured(max, font, boldWidthOf)), "boxed");
  column.add(wrapText(story, measured(max, font, sansWidthOf)), "story");
  if (line.isHead && tag !== "") {
    column.add(wrapText(tag, measured(max, small, monoWidthOf)), "story");
  }
  const boxBottom = column.y + BOX_PAD;
  const [first] = column.pieces;
  return {
    top,
    bottom: boxBottom + 6,
    y: first!.y,
    pieces: column.pieces,
    box: { top: boxTop, bottom: boxBottom },
  };
}
