// `npm run corpus`: hunts each bug of the corpus with each strategy, and writes the kill table anew. Plain
// JavaScript without dependencies, like the other scripts behind npm's commands.
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { endLike, runChild } from "./lib/child.mjs";
import { ensureInstalled } from "./lib/install.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const HELP = `Usage: npm run corpus

Hunts each bug of harness/corpus with each strategy, over 40 seeds where it is random, and writes
harness/corpus/kill-table.json and KILL_TABLE.md. Takes about half a minute.`;

const [first] = process.argv.slice(2);
if (first === "--help") console.log(HELP);
else if (first !== undefined) {
  console.error(`Unknown option "${first}": npm run corpus takes none but --help`);
  process.exitCode = 2;
} else {
  await ensureInstalled(root);
  const node = join(root, "node_modules", ".bin", "node");
  const table = join(root, "harness", "corpus", "kill_table.ts");
  endLike(await runChild(node, [table], { cwd: root, stdio: "inherit" }));
}
