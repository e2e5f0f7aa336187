import { type Guarantee, GUARANTEES } from "../oracles/oracles.ts";
import { el, type Markup, raw } from "../report/markup.ts";
import { boldWidthOf, sansWidthOf } from "../report/wrap.ts";
import type { WildCell, WildReport, WildResult } from "./_result.ts";

/** How a cell looks: what was promised and kept is another thing than what is kept by the way. */
type Look = "kept" | "by-the-way" | "broken" | "not-theirs" | "unjudged";

const LOOKS: Readonly<Record<Look, string>> = {
  "kept": "promised, and kept",
  "by-the-way": "not promised, and kept",
  "broken": "promised, and broken",
  "not-theirs": "not promised, and broken: a host adds it",
  "unjudged": "not judged",
};

const CELL = { width: 34, height: 26 };
const TOP = 160;
const EDGE = 20;
const SLANT = { x: 0.62, y: 0.79 };

// The shapes differ as well as the colours, which are told apart by those who see fewer of them.
const STYLE = `
text{font-family:"Helvetica Neue",Helvetica,Arial,"Liberation Sans",sans-serif;font-size:13px}
.paper{fill:#fbfcfa}.ink{fill:#161b1d}.soft{fill:#505b59}.small{font-size:12px}
.name{font-weight:700}.rule{stroke:#d9ddd8}.band{fill:#161b1d;fill-opacity:.04}
.kept{fill:#0072b2;stroke:#0072b2}.by-the-way{fill:none;stroke:#0072b2}
.broken{fill:#c03a00;stroke:#c03a00}.cross{fill:none;stroke:#fff;stroke-linecap:round}
.not-theirs{fill:#fbfcfa;stroke:#8a5a00}.unjudged{stroke:#9aa39f}
@media (prefers-color-scheme:dark){
.paper{fill:#1b2022}.ink{fill:#eaeeec}.soft{fill:#a9b4b1}.rule{stroke:#31393c}.band{fill:#fff}
.kept{fill:#56b4e9;stroke:#56b4e9}.by-the-way{stroke:#56b4e9}
.broken{fill:#ff7a45;stroke:#ff7a45}.cross{stroke:#14181a}
.not-theirs{fill:#1b2022;stroke:#f0b429}.unjudged{stroke:#6b7673}}
`;

/** The report as a picture: a row for each package, a column for each guarantee, light or dark. */
export function matrixOf({ rows }: WildReport): string {
  const columns = GUARANTEES.filter((one) =>
    rows.some(({ cells }) => cells.some(({ guarantee }) => guarantee === one))
  );
  const left = EDGE + Math.max(...rows.map((row) => widthOf(row))) + 16;
  const right = left + columns.length * CELL.width;
  const bottom = TOP + rows.length * CELL.height;
  const width = right + 100;
  const looks = Object.keys(LOOKS) as Look[];
  const height = bottom + 34 + looks.length * 22 + EDGE;
  const svg = el(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      width,
      height,
      viewBox: `0 0 ${Math.ceil(width)} ${Math.ceil(height)}`,
      role: "img",
      "aria-label": "Which package keeps which guarantee",
    },
    el("style", {}, raw(STYLE)),
    el("rect", { class: "paper", width, height }),
    columns.map((one, at) => drawHead(one, left + (at + 0.5) * CELL.width)),
    rows.map((row, at) => drawRow(row, { at, columns, left, right })),
    looks.map((look, at) => drawLegend(look, bottom + 34 + at * 22)),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${svg}\n`;
}

function versionOf({ versions }: WildResult): string {
  const [[name, version] = ["", ""]] = Object.entries(versions);
  return `${name} ${version}`;
}

function widthOf(row: WildResult): number {
  return boldWidthOf(row.id) * 15 + 14 + sansWidthOf(versionOf(row)) * 13.5;
}

function drawHead(guarantee: Guarantee, x: number): Markup {
  const y = TOP - 10;
  const angle = -Math.atan2(SLANT.y, SLANT.x) * 180 / Math.PI;
  return el(
    "text",
    { class: "ink small", x, y, transform: `rotate(${Math.round(angle)} ${x} ${y})` },
    guarantee,
  );
}

function drawRow(
  row: WildResult,
  { at, columns, left, right }: {
    at: number;
    columns: readonly Guarantee[];
    left: number;
    right: number;
  },
): Markup {
  const y = TOP + at * CELL.height;
  const middle = y + CELL.height / 2;
  return el(
    "g",
    {},
    at % 2 === 1
      ? undefined
      : el("rect", { class: "band", x: EDGE - 8, y, width: right - EDGE + 8, height: CELL.height }),
    el("text", { class: "ink name", x: EDGE, y: middle + 4.5 }, row.id),
    el(
      "text",
      { class: "soft small", x: left - 12, y: middle + 4.5, "text-anchor": "end" },
      versionOf(row),
    ),
    columns.map((guarantee, column) => {
      const cell = row.cells.find((cell) => cell.guarantee === guarantee);
      const look = lookOf(cell);
      const title = `${row.id}, ${guarantee}: ${LOOKS[look]}`;
      const x = left + (column + 0.5) * CELL.width;
      return el("g", {}, el("title", {}, title), drawLook(look, x, middle));
    }),
  );
}

function lookOf(cell: WildCell | undefined): Look {
  if (cell === undefined || cell.verdict === "not judged") return "unjudged";
  if (cell.verdict === "broken") return "broken";
  if (cell.verdict === "broken, not promised") return "not-theirs";
  return cell.promised === undefined ? "by-the-way" : "kept";
}

function drawLook(look: Look, x: number, y: number): Markup {
  const common = { class: look, "stroke-width": 2 };
  if (look === "kept" || look === "by-the-way") {
    return el("circle", { ...common, cx: x, cy: y, r: 6 });
  }
  if (look === "unjudged") {
    return el("line", { ...common, "stroke-width": 1.5, x1: x - 3, x2: x + 3, y1: y, y2: y });
  }
  if (look === "not-theirs") {
    return el("path", { ...common, d: `M${x} ${y - 8}l8 8l-8 8l-8 -8z` });
  }
  const cross = `M${x - 4} ${y - 4}l8 8m0 -8l-8 8`;
  return el(
    "g",
    {},
    el("rect", { ...common, x: x - 8, y: y - 8, width: 16, height: 16 }),
    el("path", { class: "cross", "stroke-width": 2.4, d: cross }),
  );
}

function drawLegend(look: Look, y: number): Markup {
  return el(
    "g",
    {},
    drawLook(look, EDGE + 8, y),
    el("text", { class: "ink", x: EDGE + 28, y: y + 4.5 }, LOOKS[look]),
  );
}
