/** A code block that is open somewhere in a text. */
interface Fence {
  /** The line that opened it. */
  readonly opening: string;
  /** The line that closes it. */
  readonly closing: string;
}

/** A text that was cut in two. Each half is whole Markdown: a code block that was cut goes on. */
export interface Cut {
  readonly part: string;
  readonly rest: string;
}

/** Options of {@linkcode cutMarkdown}. */
export interface CutOptions {
  /** The longest part, in characters. */
  readonly max: number;
  /** The shortest: so much of it is out already. Default 0. */
  readonly min?: number;
}

const FENCE = /^( {0,3})(`{3,}|~{3,})([^\n]*)$/;
/** What a closing line takes, at most. */
const CLOSING_MAX = 16;

/**
 * Cuts a text that is too long for one message: between paragraphs if it can be, else between lines,
 * else between words. It is not cut inside of a code block that fits into a message; one that does not
 * is closed, and opened again in the next.
 *
 * @returns `undefined` for a text that is not too long.
 */
export function cutMarkdown(text: string, { max, min = 0 }: CutOptions): Cut | undefined {
  if (text.length <= max) return undefined;
  const limit = Math.max(min, 1, max - CLOSING_MAX);
  const at = placeOfCut(text, { limit, min });
  const fence = fenceAt(text, at);
  // A code block whose marks take more room than is won is not opened again: there has to be an end.
  if (fence === undefined || fence.opening.length + 1 >= at) {
    return { part: text.slice(0, at).trimEnd(), rest: text.slice(at).replace(/^\s*\n/, "") };
  }
  return {
    part: `${text.slice(0, at).trimEnd()}\n${fence.closing}`,
    rest: `${fence.opening}\n${text.slice(at).replace(/^\n/, "")}`,
  };
}

/** All parts of a text. */
export function splitMarkdown(text: string, max: number): string[] {
  const parts: string[] = [];
  let rest = text;
  for (let cut = cutMarkdown(rest, { max }); cut !== undefined; cut = cutMarkdown(rest, { max })) {
    parts.push(cut.part);
    rest = cut.rest;
  }
  return [...parts, rest];
}

/** A text that is not finished, so that it can be shown: a code block that is open is closed. */
export function closeFence(text: string): string {
  const fence = fenceAt(text, text.length);
  return fence === undefined ? text : `${text.replace(/\n$/, "")}\n${fence.closing}`;
}

function placeOfCut(text: string, { limit, min }: { limit: number; min: number }): number {
  const isCode = fenceAt(text, limit) !== undefined;
  let paragraph = 0;
  let line = 0;
  let codeLine = 0;
  let fence: Fence | undefined;
  /** Where the first line of the code block begins. */
  let bodyStart = 0;
  for (let start = 0; start <= limit;) {
    if (start > min) {
      if (fence !== undefined) codeLine = start > bodyStart ? start : codeLine;
      else {
        line = start;
        if (text[start - 2] === "\n") paragraph = start;
      }
    }
    const end = text.indexOf("\n", start);
    if (end < 0) break;
    const next = afterLine(text.slice(start, end), fence);
    if (fence === undefined && next !== undefined) bodyStart = end + 1;
    fence = next;
    start = end + 1;
  }
  if (paragraph > limit / 2) return paragraph;
  if (line > limit / 4 || (isCode && line > 0)) return line;
  if (codeLine > 0) return codeLine;
  const space = text.slice(0, limit + 1).search(/\s\S*$/) + 1;
  if (space > Math.max(min, limit / 4)) return space;
  const isPair = /[\uD800-\uDBFF]/.test(text[limit - 1] ?? "") && limit - 1 > min;
  return isPair ? limit - 1 : limit;
}

/** The code block that is open at a place. */
function fenceAt(text: string, at: number): Fence | undefined {
  let fence: Fence | undefined;
  for (const line of text.slice(0, at).split("\n")) fence = afterLine(line, fence);
  return fence;
}

function afterLine(line: string, fence: Fence | undefined): Fence | undefined {
  const [, indent = "", marks = "", info = ""] = FENCE.exec(line) ?? [];
  if (marks === "") return fence;
  if (fence !== undefined) {
    const isClosing = info.trim() === "" && marks.startsWith(fence.closing.trim());
    return isClosing ? undefined : fence;
  }
  // Three backticks and text and three more is code within a line.
  if (marks.startsWith("`") && info.includes("`")) return undefined;
  return { opening: line, closing: `${indent}${marks}` };
}
