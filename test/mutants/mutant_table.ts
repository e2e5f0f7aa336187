// `npm run mutants`: hunts each mutant and writes what told of it, as JSON and as Markdown, beside the
// rows; with an id, hunts that one and writes nothing. Nothing in the two files is typed by hand.
import { writeFile } from "node:fs/promises";
import process from "node:process";
import type { Killed } from "./kill.ts";
import { markdownOf } from "./mutant_page.ts";
import { MUTANTS } from "./mutants.ts";
import { type Answer, MutantPool } from "./pool.ts";

const only = process.argv.slice(2);
const mutants = MUTANTS.filter(({ id }) => only.length === 0 || only.includes(id));
const unknown = only.filter((id) => !mutants.some((mutant) => mutant.id === id));
if (unknown.length > 0) {
  process.stderr.write(`There is no mutant "${unknown[0]}"; test/mutants/MUTANTS.md lists them\n`);
  process.exitCode = 2;
} else {
  await main();
}

async function main(): Promise<void> {
  const pool = new MutantPool();
  const killed: Killed[] = [];
  const problems: string[] = [];
  let count = 0;
  const note = (name: string, answer: Answer) => {
    if ("killed" in answer) killed.push(answer.killed);
    else if ("error" in answer) problems.push(answer.error);
    else problems.push(...answer.problems.map((problem) => `${name} is not clean: ${problem}`));
    process.stderr.write(`${++count} of ${jobs.length}: ${name}\n`);
  };
  const modules = [...new Set(mutants.map(({ module }) => module))];
  const jobs = [
    // The longest first.
    ...modules.map(async (module) => note(module, await pool.run({ kind: "clean", module }))),
    ...mutants.map(async ({ id }) => note(id, await pool.run({ kind: "kill", id }))),
  ];
  await Promise.all(jobs);
  pool.close();
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
  // In the order of the list, whichever process was the first to be done.
  const order = new Map(MUTANTS.map(({ id }, at) => [id, at]));
  killed.sort((one, other) => order.get(one.id)! - order.get(other.id)!);
  if (only.length > 0) process.stdout.write(killed.map(lineOf).join(""));
  else if (problems.length === 0) await write(killed);
}

async function write(killed: readonly Killed[]): Promise<void> {
  await writeFile(new URL("mutants.json", import.meta.url), jsonOf(killed));
  await writeFile(new URL("MUTANTS.md", import.meta.url), markdownOf(killed));
}

function lineOf({ id, where, guarantee, killedBy, schedules, operations }: Killed): string {
  const how = schedules === null ? "" : ` after ${schedules} schedules: ${operations?.join("; ")}`;
  return `${id} (${where}) is killed by ${guarantee}: ${killedBy}${how}\n`;
}

function jsonOf(killed: readonly Killed[]): string {
  return `${JSON.stringify({ mutants: killed }, null, 2)}\n`;
}
