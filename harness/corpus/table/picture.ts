import { all, el, type Markup, raw } from "../../report/markup.ts";
import { textAt } from "../../report/timeline_text.ts";
import type { Kills, KillTable } from "./kills.ts";
import { measuredWords } from "./markdown.ts";
import { type Group, layOut, type Panel, type PictureLayout, WIDTH } from "./picture_layout.ts";
import { drawLegend, LEGEND_HEIGHT } from "./picture_legend.ts";
import { crossAt, dotAt, type Look, lookOf } from "./picture_marks.ts";
import { PICTURE_STYLE } from "./picture_style.ts";
import { type KillSummary, summaryOf } from "./summary.ts";

const LEFT = 12;
const GUARANTEES_RIGHT = 146;
const BUGS_LEFT = 156;

/** The kill table as a picture that stands alone: a row for each bug, a panel for each strategy. */
export function drawKillTable(table: KillTable): string {
  const layout = layOut(table);
  const summary = summaryOf(table);
  const height = layout.bottom + LEGEND_HEIGHT;
  const title = `Schedules until each of ${summary.bugs} bugs is found`;
  const svg = el(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      class: "kt",
      width: WIDTH,
      height,
      viewBox: `0 0 ${WIDTH} ${height}`,
      role: "img",
      "aria-label": `${title}, for each strategy: the numbers are in KILL_TABLE.md`,
    },
    el("style", {}, raw(PICTURE_STYLE)),
    el("rect", { class: "paper", x: 0, y: 0, width: WIDTH, height }),
    textAt({ style: "title", x: LEFT, y: 22, size: 17 }, title),
    textAt({ style: "note", x: LEFT, y: 43, size: 12 }, subtitleOf(summary)),
    layout.groups.filter((_, at) => at % 2 === 0).map(({ top, bottom }) =>
      el("rect", { class: "stripe", x: 0, y: top, width: WIDTH, height: bottom - top })
    ),
    drawAxes(layout, summary),
    layout.groups.map((group) => drawGroup(group, layout)),
    drawLegend(table, layout.bottom),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${svg}\n`;
}

function subtitleOf({ guarantees, seeds }: KillSummary): string {
  return `by the guarantee that it breaks (${guarantees} of them), on a logarithmic axis; ` +
    `${seeds} seeds where a strategy is random`;
}

function drawAxes(
  { panels, top, bottom, ticks, xOf }: PictureLayout,
  summary: KillSummary,
): Markup {
  return all(panels.map((panel, at) => {
    const { strategy, always, hunted } = summary.strategies[at]!;
    const middle = (panel.left + panel.right) / 2;
    return [
      textAt({ style: "head", x: middle, y: 67, size: 12.5 }, strategy),
      textAt({ style: "under", x: middle, y: 82, size: 11 }, `always: ${always} of ${hunted}`),
      ticks.map((tick) => {
        const x = xOf(panel, tick);
        return [
          textAt({ style: "axis", x, y: top - 8, size: 9.5 }, shortOf(tick)),
          el("line", { class: "grid", x1: x, x2: x, y1: top, y2: bottom }),
        ];
      }),
    ];
  }));
}

function shortOf(tick: number): string {
  return tick < 1_000 ? String(tick) : `${tick / 1_000}k`;
}

function drawGroup({ guarantee, rows }: Group, layout: PictureLayout): Markup {
  const { panels } = layout;
  return all(
    textAt({ style: "guarantee", x: GUARANTEES_RIGHT, y: rows[0]!.y, size: 11 }, guarantee),
    rows.map(({ row, y }) =>
      el(
        "g",
        {},
        el("title", {}, `${row.id}: ${row.bug}`),
        textAt({ style: "bug", x: BUGS_LEFT, y, size: 12 }, row.id),
        row.strategies.length === 0
          ? textAt(
            { style: "over", x: panels[0]!.left, y, size: 11.5 },
            `not hunted, but measured over long chains: ${measuredWords(row)} grow`,
          )
          : row.strategies.map((kills, at) => {
            const look = lookOf(kills.strategy);
            return drawKills(kills, { panel: panels[at]!, y, look, xOf: layout.xOf });
          }),
      )
    ),
  );
}

interface Place {
  readonly panel: Panel;
  readonly y: number;
  readonly look: Look;
  readonly xOf: PictureLayout["xOf"];
}

/** A dot at the middle and a whisker to the 95th of 100 hunts; what is missed is crossed out. */
function drawKills(kills: Kills, { panel, y, look, xOf }: Place): Markup {
  const { found, of, schedules, schedules95 } = kills;
  if (found === 0) {
    const middle = (panel.left + panel.right) / 2;
    return all(
      crossAt(middle - 32, y),
      textAt({ style: "none", x: middle + 6, y, size: 11 }, "not found"),
    );
  }
  const x = schedules === null ? undefined : xOf(panel, schedules);
  const end = schedules95 === null ? panel.right : xOf(panel, schedules95);
  const whisker = x !== undefined && end - x > 5
    ? el("path", {
      class: `whisker ${look}`,
      d: `M${x} ${y}H${end}${schedules95 === null ? "" : `M${end} ${y - 3}v6`}`,
    })
    : undefined;
  return all(
    whisker,
    x === undefined ? undefined : dotAt(look, x, y),
    found === of ? undefined : drawMiss(`${found} of ${of}`, { panel, y, x }),
  );
}

/** The number stands where no dot is. */
function drawMiss(
  text: string,
  { panel: { left, right }, y, x = left }: { panel: Panel; y: number; x: number | undefined },
): Markup {
  const isLeft = x > (left + right) / 2;
  return all(
    crossAt(right, y),
    isLeft
      ? textAt({ style: "miss", x: left, y, size: 10.5 }, text)
      : textAt({ style: "miss", x: right - 8, y, size: 10.5, anchor: "end" }, text),
  );
}
