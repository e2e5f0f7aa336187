import type { Killed } from "./kill.ts";

/** Of each module's table. */
const HEAD = `| mutant | line | without it | guarantee | killed by | schedules | operations |
| --- | --- | --- | --- | --- | --- | --- |`;

/** The page that tells how each mutant died. */
export function markdownOf(killed: readonly Killed[]): string {
  const searched = killed.filter(({ schedules }) => schedules !== null);
  const sections = [...new Set(killed.map(({ module }) => module))].map((module) => {
    const rows = killed.filter((one) => one.module === module).map(rowOf);
    return `## ${module}\n\n${HEAD}\n${rows.join("\n")}\n`;
  });
  return `# Mutants

Made by \`npm run mutants\`. ${killed.length} lines that keep a guarantee, each broken in a copy:
${searched.length} are found by the harness, within so many schedules and told in so many operations, and
${killed.length - searched.length} by a test of the module that names the guarantee.

${sections.join("\n")}`;
}

function rowOf(killed: Killed): string {
  const { id, where, why, guarantee, also, killedBy, schedules, operations } = killed;
  const story = operations === null ? "" : `${operations.length}: ${operations.join("; ")}`;
  const before = also.length === 0 ? "" : `, after ${also.map((one) => `\`${one}\``).join(", ")}`;
  const cells = [id, where, why, `\`${guarantee}\`${before}`, killedBy, schedules ?? "", story];
  return `| ${cells.join(" | ")} |`;
}
