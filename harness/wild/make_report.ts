// `npm run wild`: judges each package and writes what came of it, as JSON, as Markdown and as pictures.
// Nothing in these files is typed by hand.
import { writeFile } from "node:fs/promises";
import process from "node:process";
import type { Violation } from "../report/check_report.ts";
import { svgOf } from "../report/timeline.ts";
import { markdownOf } from "./_markdown.ts";
import { matrixOf } from "./_matrix.ts";
import { resultOf, type WildResult } from "./_result.ts";
import { searchRow } from "./_search.ts";
import { SHOWN, shownOf } from "./_shown.ts";
import { WILD } from "./wild.ts";

const rows: WildResult[] = [];
let shown: Violation | undefined;
for (const [at, row] of WILD.entries()) {
  const searched = await searchRow(row);
  const result = resultOf(row, searched);
  rows.push(result);
  if (row.id === SHOWN.id) shown = shownOf(searched.told);
  const broken = result.cells.filter(({ stories }) => stories.length > 0);
  process.stderr.write(
    `${
      at + 1
    } of ${WILD.length}: ${row.id}, ${result.schedules} schedules, ${broken.length} broken\n`,
  );
}
const folder = new URL(".", import.meta.url);
const docs = new URL("../../docs/", import.meta.url);
await writeFile(new URL("wild.json", folder), `${JSON.stringify({ rows }, null, 2)}\n`);
await writeFile(new URL("WILD.md", folder), markdownOf({ rows }));
await writeFile(new URL("wild.svg", docs), matrixOf({ rows }));
if (shown !== undefined) await writeFile(new URL("wild_story.svg", docs), svgOf(shown));
