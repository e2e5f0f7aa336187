import { all, el, type Markup } from "../../report/markup.ts";
import { textAt } from "../../report/timeline_text.ts";
import { sansWidthOf, WIDER } from "../../report/wrap.ts";
import { withCommas } from "./cells.ts";
import type { KillTable } from "./kills.ts";
import { crossAt, dotAt } from "./picture_marks.ts";

export const LEGEND_HEIGHT = 62;

const SIZE = 11.5;
const LEFT = 20;

/** What stands for what, below the picture. */
export function drawLegend({ rows }: KillTable, top: number): Markup {
  const schedulesMax = Math.min(...rows.map(({ schedulesMax }) => schedulesMax));
  const more = rows.filter((row) => row.schedulesMax > schedulesMax)
    .map((row) => `, ${row.id} after ${withCommas(row.schedulesMax)}`).join("");
  const lines: Entry[][] = [
    [
      { key: dotAt("lists", 0, 0), words: "all lists of operations: the same each time" },
      {
        key: all(
          el("path", { class: "whisker chance", d: "M0 0H24M24 -3v6" }),
          dotAt("chance", 0, 0),
        ),
        wide: 32,
        words: "random: the middle of all seeds, and 95 of 100",
      },
      { key: dotAt("baseline", 0, 0), words: "the baseline, fast-check's scheduler" },
    ],
    [{
      key: crossAt(0, 0),
      words: `given up after ${withCommas(schedulesMax)} schedules${more}; ` +
        "with a number: so many of the seeds found it",
    }],
  ];
  return all(lines.map((entries, at) => drawLine(entries, top + 20 + at * 21)));
}

interface Entry {
  readonly key: Markup;
  readonly words: string;
  /** How wide the key is. */
  readonly wide?: number;
}

function drawLine(entries: readonly Entry[], y: number): Markup {
  let x = LEFT;
  return all(entries.map(({ key, words, wide = 10 }) => {
    const entry = el(
      "g",
      { transform: `translate(${Math.round(x)} ${y})` },
      key,
      textAt({ style: "note", x: wide, y: 0, size: SIZE }, words),
    );
    x += wide + sansWidthOf(words) * SIZE * WIDER + 24;
    return entry;
  }));
}
