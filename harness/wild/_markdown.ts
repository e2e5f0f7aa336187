import { countOf } from "../report/format.ts";
import type { WildCell, WildReport, WildResult, WildVerdict } from "./_result.ts";
import { SHOWN } from "./_shown.ts";
import type { NotPromised, Quote } from "./wild_row.ts";

/** The report as Markdown: what stands in `WILD.md`. */
export function markdownOf({ rows }: WildReport): string {
  return `# In the wild

Made by \`npm run wild\`; nothing in it is typed by hand. Published packages, each used as its own
documentation says, judged by the [guarantees](../../README.md#the-guarantees) of this repository.
[How to read it](README.md).

- **broken**: they promise it, in the words that are quoted, and the story shows that it does not hold.
- **broken, not promised**: it is not theirs to give, so a host that builds on them has to add it.
- **kept**: in all schedules that were tried; what was tried is said with each package.

![Each package, and each guarantee it was judged on](../../docs/wild.svg)

| use | what ran | broken | broken, not promised | kept |
| --- | --- | --- | --- | --- |
${rows.map(lineOf).join("\n")}

${shownOf(rows)}${rows.map(sectionOf).join("\n\n")}
`;
}

/** The picture of one story, and what it is the story of. */
function shownOf(rows: readonly WildResult[]): string {
  const { cells = [] } = rows.find(({ id }) => id === SHOWN.id) ?? {};
  const told = cells.find(({ guarantee }) => guarantee === SHOWN.guarantee)?.stories[0];
  if (told === undefined) return "";
  const what = `${SHOWN.id}, \`${SHOWN.guarantee}\``;
  return `How a story looks, drawn from its record: ${what}, which is <${SHOWN.issue}>.

![${told.operations.join("; ")}: ${told.story}](../../docs/wild_story.svg)

`;
}

function lineOf(row: WildResult): string {
  const names = (verdict: WildVerdict) =>
    row.cells.filter((cell) => cell.verdict === verdict).map(({ guarantee }) => `\`${guarantee}\``)
      .join(", ") || "-";
  const cells = [names("broken"), names("broken, not promised"), names("kept")];
  return `| [${row.id}](#${row.id}) | ${versionsOf(row)} | ${cells.join(" | ")} |`;
}

function versionsOf({ versions }: WildResult): string {
  return Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", ");
}

function sectionOf(row: WildResult): string {
  const { id, use, standing, remedy, seenIn, cells, schedules, bounds } = row;
  const isBroken = ({ stories }: WildCell) => stories.length > 0;
  const parts = [
    `## ${id}`,
    `${versionsOf(row)}, [\`${row.file}\`](${row.file.replace("harness/wild/", "")}): ${use}.`,
    ...(standing === undefined ? [] : [`Of how settled it is they say:${quoteOf(standing)}.`]),
    controlOf(row),
    ...cells.filter(isBroken).map(brokenOf),
  ];
  const rest = cells.filter((cell) => !isBroken(cell));
  if (rest.length > 0) parts.push(rest.map(restOf).join("\n"));
  if (remedy !== undefined && cells.some(isBroken)) parts.push(`What a host adds: ${remedy}.`);
  if (seenIn.length > 0) {
    parts.push(`Others met it: ${seenIn.map((one) => `<${one}>`).join(", ")}.`);
  }
  const searched = bounds.map((one) => `- ${one}`).join("\n");
  parts.push(`Searched, ${countOf(schedules)} schedules in all:\n\n${searched}`);
  return parts.join("\n\n");
}

function controlOf({ level, isControlled }: WildResult): string {
  if (isControlled) return `Level ${level}: all its time and storage are under control.`;
  return `Level ${level}: what is kept means that nothing was seen.`;
}

function brokenOf({ guarantee, verdict, promised, notPromised, stories }: WildCell): string {
  const quote = quoteOf(promised ?? notPromised);
  const why = notPromised === undefined ? "promised:" : `not promised: ${notPromised.why}.`;
  const told = stories.map(({ story, operations, replay }, at) => {
    const lead = at === 0 ? "" : "And in the plainest order, too. ";
    return `${lead}\`${operations.join("; ")}\`: ${story}.\n\n\`\`\`sh\n${replay}\n\`\`\``;
  });
  return `### ${guarantee}: ${verdict}\n\n${capital(why)}${quote}\n\n${told.join("\n\n")}`;
}

function restOf({ guarantee, verdict, promised, notPromised, schedules }: WildCell): string {
  const quote = quoteOf(promised ?? notPromised);
  const why = notPromised === undefined ? "promised:" : `not promised: ${notPromised.why}.`;
  const how = verdict === "kept" ? `kept in ${countOf(schedules)} schedules` : verdict;
  return `- \`${guarantee}\` ${how}; ${why}${quote}`;
}

/** The words, and where they are: a test looks up those of which there is a file. */
function quoteOf(said: Quote | NotPromised | undefined): string {
  if (said?.says === undefined) return "";
  const words = [said.says, ...said.and ?? []].map((one) => `“${one}”`).join(", ");
  const place = said.file === undefined
    ? `<${said.source}>, a page that no test looks up`
    : `<${said.source}>`;
  return ` ${words} (${place})`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
