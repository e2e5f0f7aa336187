import type { Chronicle, Hold, Overlap, Span } from "./chronicle.ts";
import { all, el, type Markup } from "./markup.ts";
import type { Layout } from "./timeline_layout.ts";
import { sessionClass } from "./timeline_style.ts";
import { textAt } from "./timeline_text.ts";

/** How long a bar must be, in px, so that a word fits along it. */
const WORD_MIN = 58;

/** The bars in the lanes: who has the guard, which run goes on, where two do, and what began them. */
export function drawBars(chronicle: Chronicle, layout: Layout, id: string): Markup {
  return all(
    chronicle.holds.map((hold) => holdBar(hold, layout)),
    chronicle.spans.map((span) => runBar(span, chronicle, layout)),
    chronicle.overlaps.map((overlap) => overlapBox(overlap, layout, id)),
    chronicle.spans.map((span) => runNumber(span, chronicle, layout)),
    chronicle.lines.map((_, at) => callArrow(at, chronicle, { layout, id })),
  );
}

/** The pattern of {@linkcode overlapBox}. */
export function hatchPattern(id: string): Markup {
  const size = {
    width: 7,
    height: 7,
    patternUnits: "userSpaceOnUse",
    patternTransform: "rotate(45)",
  };
  return el(
    "pattern",
    { id: `${id}-hatch`, ...size },
    el("line", { class: "hatch", x1: 0, x2: 0, y1: 0, y2: 7, "stroke-width": 4 }),
  );
}

function yAt(layout: Layout, line: number): number {
  return layout.blocks[line]?.y ?? layout.bottom;
}

/** A little above the line with which the next one begins, so that two bars are seen to be two. */
function extent(layout: Layout, { from, to }: { from: number; to: number }) {
  const y = yAt(layout, from) - 7;
  const end = to >= layout.blocks.length ? layout.bottom - 3 : yAt(layout, to) - 9;
  return { y, height: Math.max(6, end - y) };
}

function holdBar(hold: Hold, layout: Layout): Markup {
  const { bar, small } = layout.frame;
  const x = layout.xs[hold.lane]!;
  const { y, height } = extent(layout, hold);
  const box = { x: x - bar / 2, y, width: bar, height, rx: 3 };
  if (hold.owner === undefined) {
    return all(el("rect", { class: "bare", ...box }), along("nobody", { x, y, height, small }));
  }
  if (hold.isDead) {
    return all(el("rect", { class: "dead", ...box }), along("dead", { x, y, height, small }));
  }
  const { sign } = hold.owner;
  // Two shades in turn, so that a change of owner is seen.
  const isOdd = sign.charCodeAt(sign.length - 1) % 2 === 0;
  return all(
    el("rect", { class: isOdd ? "guard odd" : "guard", ...box }),
    textAt({ style: "on-guard", x, y: y + 7, size: small }, sign),
  );
}

/** A word along a bar, if it is long enough. */
function along(
  word: string,
  { x, y, height, small }: { x: number; y: number; height: number; small: number },
): Markup | undefined {
  if (height < WORD_MIN) return undefined;
  return textAt({ style: "sign", x, y: y + height / 2, size: small, isTurned: true }, word);
}

function runBar(span: Span, chronicle: Chronicle, layout: Layout): Markup {
  const { bar } = layout.frame;
  const x = layout.xs[span.lane]! - bar / 2;
  const y = yAt(layout, span.from) - 7;
  const end = span.to === undefined ? layout.bottom - 3 : yAt(layout, span.to) + 3;
  const color = sessionClass(chronicle.sessions, span.session);
  return el("rect", { class: color, x, y, width: bar, height: Math.max(10, end - y), rx: 3 });
}

/** On a plate of its own, so that it can be read on hatching as well. */
function runNumber(span: Span, chronicle: Chronicle, layout: Layout): Markup {
  const { bar, small } = layout.frame;
  const x = layout.xs[span.lane]!;
  const y = yAt(layout, span.from);
  const color = sessionClass(chronicle.sessions, span.session);
  return all(
    el("rect", { class: color, x: x - bar / 2, y: y - 7, width: bar, height: 14, rx: 3 }),
    textAt({ style: "on-run", x, y, size: small }, span.run),
  );
}

function overlapBox(overlap: Overlap, layout: Layout, id: string): Markup {
  const { bar, small } = layout.frame;
  const xs = overlap.lanes.map((lane) => layout.xs[lane]!);
  const x = Math.min(...xs) - bar / 2 - 4;
  const width = Math.max(...xs) + bar / 2 + 4 - x;
  const y = yAt(layout, overlap.from) - 11;
  const end = overlap.to >= layout.blocks.length ? layout.bottom : yAt(layout, overlap.to) + 4;
  const box = { x, y, width, height: Math.max(12, end - y), rx: 4 };
  const middle = y + box.height / 2 + 8;
  const hasRoom = box.height >= 84 && overlap.lanes.length === 2 && layout.pitch > 30;
  return el(
    "g",
    { class: "overlap" },
    el("rect", { class: "veil", ...box }),
    el("rect", { class: "hatched", ...box, fill: `url(#${id}-hatch)` }),
    hasRoom
      ? textAt(
        { style: "both", x: x + width / 2, y: middle, size: small, isTurned: true },
        "two at once",
      )
      : undefined,
  );
}

/** From the step in which a run began to its bar. */
function callArrow(
  at: number,
  chronicle: Chronicle,
  { layout, id }: { layout: Layout; id: string },
): Markup | undefined {
  const line = chronicle.lines[at]!;
  const row = chronicle.rows[line.row]!;
  if (line.begins === undefined || row.lane === line.lane || row.from === at) return undefined;
  const [from, to] = [layout.xs[row.lane]!, layout.xs[line.lane]!];
  const [y1, y2] = [yAt(layout, row.from) + 6, yAt(layout, at)];
  const end = to + (to > from ? -1 : 1) * (layout.frame.bar / 2 + 1);
  const d = `M${from} ${y1}V${y2 - 5}q0 5 ${to > from ? 5 : -5} 5H${end}`;
  return el("path", { class: "arrow", d, "marker-end": `url(#${id}-tip)` });
}
