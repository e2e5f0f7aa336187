import type { StackLane } from "../../stack/bounded_stack.ts";
import {
  bugLink,
  guaranteeLink,
  operationsWords,
  seenInLinks,
  tableOf,
  toldByWords,
  withCommas,
} from "./cells.ts";
import { KILL_SCHEDULES_MAX, type KillRow, type Kills, type KillTable } from "./kills.ts";
import { type KillSummary, type StrategySummary, summaryOf } from "./summary.ts";

const LANES: Readonly<Record<StackLane, string>> = {
  frames: "frames",
  promises: "unsettled promises",
  heap: "live bytes",
};

/** What a chain was told by, in words. */
export function measuredWords({ measuredBy }: KillRow): string {
  return measuredBy.map((lane) => LANES[lane]).join(", ");
}

/** The whole table. */
export function tableMarkdown(table: KillTable): string {
  const hunted = table.rows.filter(({ strategies }) => strategies.length > 0);
  const chains = table.rows.filter(({ strategies }) => strategies.length === 0);
  const names = hunted[0]?.strategies.map(({ strategy }) => strategy) ?? [];
  return `# Kill table

Made by \`npm run corpus\`, as is [\`kill-table.json\`](kill-table.json), which has all of its numbers. What the
corpus is, and how to read a row of it, is in its [README](README.md).

![Schedules until each bug is found, for each strategy](../../docs/kill_table.svg)

${summaryMarkdown(table)}

## The bugs

${
    tableOf(
      ["bug", "what goes wrong", "breaks", "where it was seen"],
      table.rows.map((row) => [
        bugLink(row),
        row.bug,
        guaranteeLink(row.expected),
        seenInLinks(row),
      ]),
    )
  }

## Schedules

How many schedules it takes until one breaks the guarantee of the bug: the middle of ${table.seeds} seeds, and in
brackets what is enough for 95 of 100. A hunt that is given up counts as longer than all others: where fewer
seeds than that find a bug, a dash stands in its place, and how many do.

\`exhaustive\` goes through all lists of up to 4 of the operations that can be asked of the host, and of three
that any host may meet: a jump of the clock, another sender, another session. Nothing of it is told by the row.
Lists of operations without words of their own come first; see \`cheapestLists\`. The plainest schedule of each
list, schedules at rest, those with a step in the middle of what another one set off, and those with timers at
any time take turns. It is one hunt, the same each time. \`fc.scheduler\` is that of fast-check, which orders the
steps of the same hosts under the same oracles.

A schedule may break several guarantees, and is told by the one that explains the others: _told by_ has those
that told of the hunts. _Operations_ is how many are left when the story of the first hunt is shrunk, which
\`fc.scheduler\` does not do. Where strategies differ, those that do are named.

${
    tableOf(
      ["bug", "told by", "operations", ...names],
      hunted.map((row) => [
        row.id,
        toldByWords(row),
        operationsWords(row),
        ...row.strategies.map(cellOf),
      ]),
    )
  }

## Time

The same in ms, on ${table.timedOn}: the middle of the seeds.

${
    tableOf(
      ["bug", ...names],
      hunted.map(({ id, strategies }) => [id, ...strategies.map(({ ms }) => ms ?? "-")]),
    )
  }

## Chains

What grows with the length of a chain is measured and not hunted; see \`harness/stack\`. Measured on Node
with the collector exposed.

${
    tableOf(
      ["bug", "guarantee", "what grows"],
      chains.map((row) => [row.id, `\`${row.expected}\``, measuredWords(row)]),
    )
  }
`;
}

function cellOf({ found, of, schedules, schedules95 }: Kills): string {
  if (found === 0) return "not found";
  if (of === 1) return String(schedules);
  const spread = `${schedules ?? "-"} (${schedules95 ?? "-"})`;
  return found === of ? spread : `${spread}, ${found} of ${of}`;
}

/** A few sentences and a small table, for a README. */
export function summaryMarkdown(table: KillTable): string {
  const summary = summaryOf(table);
  const head = ["strategy", "found each time", "now and then", "never", "typical", "hardest"];
  const cells = summary.strategies.map(summaryCells);
  return `${sentenceOf(summary)}

${tableOf(head, cells)}`;
}

function sentenceOf(summary: KillSummary): string {
  const { bugs, guarantees, hunted, measured, seeds, schedulesMax, exceptions } = summary;
  const more = exceptions.map(({ id, schedulesMax, exhaustive }) =>
    `${id} after ${withCommas(schedulesMax)}, which \`exhaustive\` ${
      exhaustive === null ? "does not find" : `finds in ${withCommas(exhaustive)}`
    }`
  );
  const but = more.length === 0 ? "" : ` (the exception: ${more.join("; ")})`;
  return `${bugs} bugs of hosts, which break ${guarantees} of the guarantees: ${hunted} are hunted, with
${seeds} seeds where a strategy is random, and ${measured} grow with the length of a chain, which is measured. A
hunt is given up after ${withCommas(schedulesMax)} schedules${but}.

${
    judgedSentence(summary)
  } In schedules until one breaks the guarantee of the bug, *typical* is the bug in the
middle, and *hardest* what is enough for 95 of 100 seeds where it takes the most, of those that are found each
time; what is not stands behind it:`;
}

function judgedSentence({ hunted, judged }: KillSummary): string {
  const inTime = judged.reduce((sum, { ids }) => sum + ids.length, 0);
  const by = judged.map(({ strategy, ids }) =>
    strategy === "exhaustive"
      ? `${ids.length} by \`exhaustive\`, which goes through lists of all that can be asked of a host`
      : `${ids.join(", ")} by \`${strategy}\` with seed 1`
  );
  return `${inTime} of ${hunted} are found within ${
    withCommas(KILL_SCHEDULES_MAX)
  } schedules and one second by a hunt that is the same each time and is told nothing of the bug: ${
    by.join(", and ")
  }.`;
}

function summaryCells(one: StrategySummary): (string | number)[] {
  const { strategy, hunted, always, sometimes, never, typical, hardest, seldom, missed } = one;
  return [
    `\`${strategy}\``,
    `${always} of ${hunted}`,
    sometimes,
    never,
    typical ?? "-",
    hardestWords({ hardest, seldom, missed }),
  ];
}

function hardestWords(
  { hardest, seldom, missed }: Pick<StrategySummary, "hardest" | "seldom" | "missed">,
): string {
  const words = [
    hardest === undefined ? "-" : `${withCommas(hardest.schedules)} (${hardest.id})`,
    seldom.length === 0 ? "" : `not always (${seldom.join(", ")})`,
    missed.length === 0 ? "" : `never (${missed.join(", ")})`,
  ];
  return words.filter((one) => one !== "").join("; ");
}

const BEGIN = "<!-- made by npm run corpus -->";
const END = "<!-- end of what npm run corpus made -->";

/** A page with `made` in the place that is marked for it. @throws {Error} if no place is */
export function withMade(page: string, made: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) {
    throw new Error(`Cannot write the summary: no "${BEGIN}" in the page`);
  }
  return `${page.slice(0, begin + BEGIN.length)}\n\n${made}\n\n${page.slice(end)}`;
}

/** What stands in the marked place of a page, in one line and without the padding of its tables. */
export function madeIn(page: string): string {
  return plain(page.slice(page.indexOf(BEGIN) + BEGIN.length, page.indexOf(END)));
}

/** Text as it is, whatever a formatter does to its lines and its tables. */
export function plain(markdown: string): string {
  return markdown.replaceAll(/-{3,}/g, "---").replaceAll("*", "_").replaceAll(/\s+/g, " ").trim();
}
