import type { Chronicle, Line, Row } from "./chronicle.ts";
import type { Paint } from "./paint.ts";
import { columnsOf, padText, wrapText } from "./wrap.ts";

/** The lanes as text. */
export interface Picture {
  readonly lines: readonly string[];
  /** Which of the {@linkcode LEGEND} are in it. */
  readonly signs: ReadonlySet<string>;
}

/** What stands for what. */
export const LEGEND = [
  { sign: "●", words: "who acts" },
  { sign: "┃", words: "a run of the agent" },
  { sign: "▒", words: "runs of one session at once" },
  { sign: "║", words: "the guard, with a letter for its owner" },
  { sign: "!", words: "a run goes on and nobody has the guard" },
  { sign: "×", words: "the owner of the guard is dead" },
  { sign: "··►", words: "part of it" },
] as const;

type Sign = typeof LEGEND[number]["sign"];

const ARROW = "──►";
const ALSO = "··►";
const MARK = "◄── here it goes wrong";

/** How wide the words should be at least, before the lanes are drawn closer. */
const WORDS_MIN = 36;

/**
 * Draws the lanes: one column for each, one line for each record, time downward. Each title hangs above
 * its lane, so it may be as long as it likes.
 */
export function drawLanes(
  chronicle: Chronicle,
  { paint, width }: { paint: Paint; width: number },
): Picture {
  return new Diagram(chronicle, { paint, width }).draw();
}

class Diagram {
  readonly #chronicle: Chronicle;
  readonly #paint: Paint;
  readonly #signs = new Set<string>();
  readonly #numberWidth: number;
  readonly #pitch: number;
  readonly #wordsAt: number;
  readonly #wordsWidth: number;

  constructor(chronicle: Chronicle, { paint, width }: { paint: Paint; width: number }) {
    this.#chronicle = chronicle;
    this.#paint = paint;
    const lanes = chronicle.lanes.length;
    this.#numberWidth = Math.max(2, ...chronicle.rows.map(({ step }) => String(step).length));
    const gutter = ARROW.length + 1 + this.#numberWidth + 2;
    this.#pitch = width - gutter - lanes * 3 >= WORDS_MIN ? 3 : 2;
    this.#wordsAt = gutter + lanes * this.#pitch + 1;
    this.#wordsWidth = Math.max(20, width - this.#wordsAt);
  }

  draw(): Picture {
    const body = this.#chronicle.rows.flatMap((row) => this.#row(row));
    return { lines: [...this.#titles(), ...body], signs: this.#signs };
  }

  #titles(): string[] {
    const { lanes } = this.#chronicle;
    const gutter = " ".repeat(ARROW.length + 1 + this.#numberWidth + 2);
    return lanes.flatMap(({ title }, at) => {
      const before = lanes.slice(0, at).map(() => padText("│", this.#pitch)).join("");
      const max = Math.max(12, this.#wordsAt + this.#wordsWidth - gutter.length - before.length);
      return wrapText(title, { max }).map((line) => this.#paint.faint(gutter + before) + line);
    });
  }

  #row(row: Row): string[] {
    const lines: string[] = [];
    for (let at = row.from; at < row.to; at++) lines.push(...this.#line(at, row));
    return lines;
  }

  #line(at: number, row: Row): string[] {
    const line = this.#chronicle.lines[at]!;
    const isRoot = line.tone === "root";
    const indent = line.isHead ? "" : "  ";
    const texts = this.#texts(line, row).map((text) => indent + text);
    if (isRoot) {
      const mark = wrapText(MARK, { max: this.#wordsWidth - indent.length });
      texts.push(...mark.map((text) => indent + this.#paint.alarm(text)));
    }
    return texts.map((text, piece) => {
      const isFirst = piece === 0;
      const arrow = isFirst ? this.#arrow(line.tone) : " ".repeat(ARROW.length);
      const number = isFirst && line.isHead ? String(row.step) : "";
      const lanes = this.#chronicle.lanes.map((_, lane) => this.#cell(lane, { at, isFirst, row }));
      return `${arrow} ${number.padStart(this.#numberWidth)}  ${lanes.join("")} ${text}`;
    });
  }

  #arrow(tone: Line["tone"]): string {
    if (tone === "root") return this.#paint.alarm(ARROW);
    return tone === "also" ? this.#paint.alarm(this.#sign(ALSO)) : " ".repeat(ARROW.length);
  }

  /** The words and, behind those of a head, its label: on the same line if there is room. */
  #texts(line: Line, row: Row): string[] {
    const paint = line.tone === "root" || line.isOdd
      ? this.#paint.alarm
      : line.isHead
      ? this.#paint.strong
      : (text: string) => text;
    const max = this.#wordsWidth - (line.isHead ? 0 : 2);
    const words = wrapText(line.words, { max });
    const texts = words.map(paint);
    if (!line.isHead || row.tag === "") return texts;
    const tag = `[${row.tag}]`;
    const last = words.at(-1)!;
    if (columnsOf(last) + 1 + columnsOf(tag) <= max) {
      return [...texts.slice(0, -1), `${texts.at(-1)} ${this.#paint.faint(tag)}`];
    }
    return [...texts, ...wrapText(tag, { max }).map(this.#paint.faint)];
  }

  #cell(lane: number, place: { at: number; isFirst: boolean; row: Row }): string {
    const { kind } = this.#chronicle.lanes[lane]!;
    const cell = kind === "run"
      ? this.#runCell(lane, place)
      : kind === "guard"
      ? this.#guardCell(lane, place)
      : this.#markCell(lane, place);
    return cell.paint(padText(cell.sign, this.#pitch));
  }

  #markCell(lane: number, { at, isFirst, row }: { at: number; isFirst: boolean; row: Row }) {
    const line = this.#chronicle.lines[at]!;
    if (!isFirst || line.lane !== lane) return { sign: "·", paint: this.#paint.faint };
    if (line.isHead && row.lane === lane) {
      return { sign: this.#sign("●"), paint: this.#paint.strong };
    }
    return { sign: "•", paint: this.#paint.strong };
  }

  #runCell(lane: number, { at, isFirst, row }: { at: number; isFirst: boolean; row: Row }) {
    const { spans, overlaps, lines } = this.#chronicle;
    const span = spans.find((one) =>
      one.lane === lane && one.from <= at && at <= (one.to ?? Infinity)
    );
    if (span === undefined || (span.to === at && !isFirst)) {
      return this.#markCell(lane, { at, isFirst, row });
    }
    const isOverlap = overlaps.some((one) =>
      one.runs.includes(span.run) && one.from <= at && at < one.to
    );
    const paint = isOverlap ? this.#paint.alarm : this.#paint.strong;
    if (isFirst && span.from === at) return { sign: "┳", paint };
    if (span.to === at) return { sign: "┻", paint: this.#paint.strong };
    if (isFirst && lines[at]!.lane === lane) return { sign: "╋", paint };
    return { sign: this.#sign(isOverlap ? "▒" : "┃"), paint };
  }

  #guardCell(lane: number, { at, isFirst, row }: { at: number; isFirst: boolean; row: Row }) {
    const hold = this.#chronicle.holds.find((one) =>
      one.lane === lane && one.from <= at && at < one.to
    );
    if (hold === undefined) return this.#markCell(lane, { at, isFirst, row });
    if (hold.owner === undefined) return { sign: this.#sign("!"), paint: this.#paint.alarm };
    if (hold.isDead) return { sign: this.#sign("×"), paint: this.#paint.alarm };
    this.#sign("║");
    const { sign } = hold.owner;
    const fits = columnsOf(sign) < this.#pitch;
    if (isFirst && hold.from === at && fits) return { sign, paint: this.#paint.guard };
    const isMarked = isFirst && this.#chronicle.lines[at]!.lane === lane;
    return { sign: isMarked ? "╫" : "║", paint: this.#paint.guard };
  }

  #sign(sign: Sign): Sign {
    this.#signs.add(sign);
    return sign;
  }
}
