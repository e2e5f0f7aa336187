// `npm run mutants`: breaks lines of our modules that keep a guarantee, and writes the table of what
// told of it anew. Plain JavaScript without dependencies, like the other scripts behind npm's commands.
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { endLike, runChild } from "./lib/child.mjs";
import { ensureInstalled } from "./lib/install.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const HELP = `Usage: npm run mutants [-- --only ID ...]

Breaks lines of our modules that keep a guarantee, one at a time in a copy, sees to it that the
harness or a test tells of just that guarantee, and writes test/mutants/mutants.json and MUTANTS.md.
Takes about a minute.

  --only ID  hunts the mutant of this name alone, prints how it died and writes nothing; repeatable
  --help     prints this

Exit code 0 if every mutant is killed, 1 if one lives, dies to another guarantee or can not be made,
2 for wrong usage.`;

/** @returns {{ help?: boolean, only?: string[] } | undefined} */
function readOptions() {
  try {
    const { values } = parseArgs({
      options: { help: { type: "boolean" }, only: { type: "string", multiple: true } },
    });
    return values;
  } catch (error) {
    console.error(`${/** @type {Error} */ (error).message.split("\n")[0]}; see --help`);
    return undefined;
  }
}

const options = readOptions();
if (options === undefined) process.exitCode = 2;
else if (options.help) console.log(HELP);
else {
  await ensureInstalled(root);
  const node = join(root, "node_modules", ".bin", "node");
  const table = join(root, "test", "mutants", "mutant_table.ts");
  const { only = [] } = options;
  const ending = await runChild(node, [table, ...only], { cwd: root, stdio: "inherit" });
  endLike(ending);
  if (ending.code === 0 && only.length === 0) await format();
}

/** The two files, as everything else in the tree is. */
async function format() {
  const deno = join(root, "node_modules", ".bin", "deno");
  const files = ["MUTANTS.md", "mutants.json"].map((name) => join("test", "mutants", name));
  endLike(await runChild(deno, ["fmt", "--quiet", ...files], { cwd: root, stdio: "inherit" }));
}
