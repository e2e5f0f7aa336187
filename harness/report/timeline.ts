import type { Violation } from "./check_report.ts";
import { type Chronicle, chronicleOf, type Line } from "./chronicle.ts";
import { visible } from "./format.ts";
import { all, el, type Markup, raw } from "./markup.ts";
import { drawBars, hatchPattern } from "./timeline_bars.ts";
import { drawLegend } from "./timeline_legend.ts";
import {
  type Block,
  type Frame,
  type Layout,
  layOutTimeline,
  type Piece,
  WIDE,
} from "./timeline_layout.ts";
import { sessionClass, TIMELINE_STYLE } from "./timeline_style.ts";
import { textAt } from "./timeline_text.ts";
import { boldWidthOf, sansWidthOf, wrapText } from "./wrap.ts";

/** Options of {@linkcode timelineOf}. */
export interface TimelineOptions {
  /** The measures. Default: `WIDE`. */
  readonly frame?: Frame;
  /** Begins the ids in the picture, so that several can be in one page. */
  readonly id: string;
  /** For a file of its own: with its style, and with what was promised above it. Default: `false`. */
  readonly isStandalone?: boolean;
}

/**
 * The picture of a violation as an SVG file of its own, light or dark as its reader prefers: time runs
 * downward, and each actor has a lane.
 */
export function svgOf(violation: Violation): string {
  const picture = timelineOf(violation, { id: "lanes", isStandalone: true });
  return `<?xml version="1.0" encoding="UTF-8"?>\n${picture}\n`;
}

/**
 * The picture of a violation as an SVG element. Each line of it is a group `.ev` with `data-at`, the
 * number of the line in the chronicle, by which a page can say more about it.
 */
export function timelineOf(violation: Violation, options: TimelineOptions): Markup {
  const { frame = WIDE, id, isStandalone = false } = options;
  const chronicle = chronicleOf(violation);
  const heading = isStandalone ? headingOf(violation, frame) : undefined;
  const top = heading?.bottom ?? 8;
  const layout = layOutTimeline(chronicle, { frame, story: visible(violation.story), top });
  const legend = drawLegend(chronicle, layout, id);
  const height = legend.bottom + 12;
  const name = `${violation.guarantee} is broken: what happened, from top to bottom`;
  return el(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      class: "tl",
      width: layout.width,
      height,
      viewBox: `0 0 ${Math.ceil(layout.width)} ${Math.ceil(height)}`,
      role: isStandalone ? "img" : "listbox",
      "aria-label": name,
    },
    isStandalone ? all(el("title", {}, name), el("style", {}, raw(TIMELINE_STYLE))) : undefined,
    el("defs", {}, hatchPattern(id), arrowTip(id)),
    isStandalone ? el("rect", { class: "paper", width: "100%", height: "100%" }) : undefined,
    heading?.markup,
    ground(chronicle, layout),
    titles(chronicle, layout),
    el("g", { "aria-hidden": "true" }, drawBars(chronicle, layout, id)),
    events(chronicle, layout, isStandalone),
    legend.markup,
  );
}

/** What was promised, above a picture that stands alone. */
function headingOf(violation: Violation, frame: Frame): { markup: Markup; bottom: number } {
  const max = frame.width - 48;
  const lines = [
    { text: `${violation.guarantee} is broken`, size: 20, widthOf: boldWidthOf, style: "h1" },
    { text: violation.promise, size: 13, widthOf: sansWidthOf, style: "note" },
  ].flatMap(({ text, size, widthOf, style }) =>
    wrapText(visible(text), { max, measure: (part) => widthOf(part) * size })
      .map((line) => ({ line, size, style }))
  );
  let y = 14;
  const texts = lines.map(({ line, size, style }) => {
    y += size * 1.4;
    return textAt({ style, x: 24, y: y - size * 0.7, size }, line);
  });
  return { markup: all(texts), bottom: y + 14 };
}

function arrowTip(id: string): Markup {
  const box = { viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7 };
  return el(
    "marker",
    { id: `${id}-tip`, orient: "auto", ...box },
    el("path", { class: "tip", d: "M0 0 8 4 0 8z" }),
  );
}

/** What lies below everything: the rows, the guides of the lanes, the numbers of the steps. */
function ground(chronicle: Chronicle, layout: Layout): Markup {
  const { width, rows, frame, blocks, bottom } = layout;
  const bands = chronicle.rows.flatMap(({ from, to }, at) => {
    const hasRoot = chronicle.lines.slice(from, to).some(({ tone }) => tone === "root");
    const { top, bottom } = rows[at]!;
    const band = { class: "band", x: 0, y: top, width, height: bottom - top };
    return hasRoot ? [el("rect", band)] : [];
  });
  const rules = [...rows.map(({ top }) => top), bottom].map((y) =>
    el("line", { class: "rule", x1: 0, x2: width, y1: y, y2: y })
  );
  const [x, y] = [frame.gutter - 12, layout.top - 6 - frame.leading / 2];
  const time = textAt({ style: "time", x, y, size: frame.small }, frame === WIDE ? "time ↓" : "↓");
  const steps = chronicle.rows.map(({ step, from }) => {
    const block = blocks[from]!;
    const y = block.box === undefined ? block.y : block.box.top + 18;
    return textAt({ style: "step", x: frame.gutter - 12, y, size: frame.font }, step);
  });
  const leads = chronicle.lines.map((line, at) => {
    const { y } = blocks[at]!;
    const ends = { x1: layout.xs[line.lane]!, x2: layout.wordsX - 5, y1: y, y2: y };
    return line.tone === "root" ? undefined : el("line", { class: "lead", ...ends });
  });
  return el("g", { "aria-hidden": "true" }, bands, rules, time, steps, leads);
}

/** The name of each lane, hung above it. */
function titles(chronicle: Chronicle, layout: Layout): Markup {
  const { frame, xs, bottom } = layout;
  return all(chronicle.lanes.map((lane, at) => {
    const x = xs[at]!;
    const [first] = layout.titles[at]!;
    const color = lane.kind === "run"
      ? sessionClass(chronicle.sessions, lane.session)
      : lane.kind === "guard"
      ? "guard"
      : "mark";
    const key = lane.kind === "actor"
      ? el("circle", { class: color, cx: x, cy: first!.y, r: 5 })
      : el("rect", { class: color, x: x - 5, y: first!.y - 5, width: 10, height: 10, rx: 2 });
    const guide = { class: "guide", x1: x, x2: x, y1: first!.y, y2: bottom };
    const pieces = layout.titles[at]!.map((piece) => textOf(piece, frame));
    return el("g", { class: "lane" }, el("line", guide), key, pieces);
  }));
}

function textOf({ text, x, y, style, isAtEnd }: Piece, { font, small }: Frame): Markup {
  const sizes = { tag: small, label: font + 2, title: font - 1 } as const;
  const size = style in sizes ? sizes[style as keyof typeof sizes] : font;
  return textAt({ style, x, y, size, anchor: isAtEnd ? "end" : undefined }, text);
}

/** The lines, each a group that can be pointed at. */
function events(chronicle: Chronicle, layout: Layout, isStandalone: boolean): Markup {
  const rootAt = chronicle.lines.findIndex(({ tone }) => tone === "root");
  return all(chronicle.lines.map((line, at) => {
    const block = layout.blocks[at]!;
    const { width, frame } = layout;
    const hit = {
      class: "hit",
      x: 2,
      y: block.top,
      width: width - 4,
      height: block.bottom - block.top,
    };
    const inside = [
      el("rect", { ...hit, rx: 4 }),
      line.tone === "root" ? rootMark(line, block, layout) : mark(at, chronicle, layout),
      block.pieces.map((piece) => textOf(piece, frame)),
    ];
    const { step } = chronicle.rows[line.row]!;
    const name = `Step ${step}: ${line.tone === "root" ? "here it goes wrong. " : ""}${line.words}`;
    const kind = line.tone === "root" ? "ev is-root" : "ev";
    if (isStandalone) return el("g", { class: kind }, el("title", {}, name), inside);
    return el("g", {
      class: kind,
      role: "option",
      "data-at": at,
      "aria-label": name,
      "aria-selected": at === rootAt ? "true" : "false",
      tabindex: at === rootAt ? 0 : -1,
    }, inside);
  }));
}

/** Where a line is in its lane. */
function mark(at: number, { holds, lines }: Chronicle, layout: Layout): Markup {
  const line = lines[at]!;
  const { y } = layout.blocks[at]!;
  const cx = layout.xs[line.lane]!;
  const ring = line.tone === "also"
    ? el("circle", { class: "ring-also", cx, cy: y, r: 9 })
    : undefined;
  if (line.isHead) return all(ring, el("circle", { class: "mark", cx, cy: y, r: 6 }));
  // A bar begins here, which says enough.
  const isBar = line.begins !== undefined ||
    holds.some((hold) => hold.from === at && hold.owner !== undefined && hold.lane === line.lane);
  if (isBar) return all(ring);
  return all(ring, el("circle", { class: "dot", cx, cy: y, r: 3.5 }));
}

/** The box with what went wrong, and what points from it at the lane. */
function rootMark(line: Line, { y, box }: Block, layout: Layout): Markup {
  const { wordsX, width, frame } = layout;
  const cx = layout.xs[line.lane]!;
  const { top, bottom } = box!;
  const left = wordsX - frame.gap / 2 + 1;
  const tip = left - frame.gap / 2 + 2;
  const radius = frame.bar / 2 + 1;
  const shape = `M${tip} ${y}L${left} ${y - 8}V${top + 4}q0-4 4-4H${width - 10}q4 0 4 4V${
    bottom - 4
  }q0 4-4 4H${left + 4}q-4 0-4-4V${y + 8}z`;
  return el(
    "g",
    { class: "root" },
    el("path", { class: "pointer", d: `M${cx + radius} ${y}H${tip + 1}` }),
    // The number of a run that begins here stays to be seen.
    el("circle", {
      class: line.begins === undefined ? "ring solid" : "ring",
      cx,
      cy: y,
      r: radius,
    }),
    line.begins === undefined ? el("circle", { class: "core", cx, cy: y, r: 4 }) : undefined,
    el("path", { class: "box", d: shape }),
  );
}
