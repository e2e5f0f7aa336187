// `npm run corpus`: hunts each bug of the corpus with each strategy, and writes what came of it: the kill
// table as JSON, as Markdown and as a picture, and its summary in two READMEs. Nothing of it is typed by
// hand. Prints the files that were written, for whoever formats them. Ends with 1 if a bug is not found in
// time.
import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { CORPUS } from "./corpus.ts";
import { killRowOf } from "./table/hunts.ts";
import {
  KILL_MS_MAX,
  KILL_SCHEDULES_MAX,
  type KillRow,
  type KillTable,
  tooLate,
  withOldTimes,
} from "./table/kills.ts";
import { summaryMarkdown, tableMarkdown, withMade } from "./table/markdown.ts";
import { drawKillTable } from "./table/picture.ts";
import { summaryOf } from "./table/summary.ts";

const SEEDS = 40;
const root = new URL("../../", import.meta.url);
const JSON_FILE = "harness/corpus/kill-table.json";
const READMES = ["README.md", "harness/README.md"];

const read = (file: string): Promise<string> => readFile(new URL(file, root), "utf8");
const write = async (file: string, text: string): Promise<void> => {
  await writeFile(new URL(file, root), text);
  console.log(fileURLToPath(new URL(file, root)));
};

const rows: KillRow[] = [];
for (const [at, row] of CORPUS.entries()) {
  rows.push(await killRowOf(row, SEEDS));
  process.stderr.write(`${at + 1} of ${CORPUS.length}: ${row.id}\n`);
}
const timedOn = `node ${process.versions.node}`;
const measured: KillTable = { seeds: SEEDS, timedOn, rows };
for (const { strategy, always, hunted, slowest } of summaryOf(measured).strategies) {
  const worst = slowest === undefined ? "" : `; slowest: ${slowest.ms} ms (${slowest.id})`;
  process.stderr.write(`${strategy}: ${always} of ${hunted} found each time${worst}\n`);
}
const old = await read(JSON_FILE).then((text) => JSON.parse(text) as KillTable, () => undefined);
const table = withOldTimes(measured, old);
await write(JSON_FILE, `${JSON.stringify(table, null, 2)}\n`);
await write("harness/corpus/KILL_TABLE.md", tableMarkdown(table));
for (const file of READMES) await write(file, withMade(await read(file), summaryMarkdown(table)));
await write("docs/kill_table.svg", drawKillTable(table));

for (const id of tooLate(measured)) {
  const limits = `${KILL_SCHEDULES_MAX} schedules and ${KILL_MS_MAX} ms`;
  process.stderr.write(
    `${id}: neither the lists of operations nor the portfolio with seed 1 find it within ${limits}\n`,
  );
  process.exitCode = 1;
}
