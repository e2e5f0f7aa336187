// `npm run wild`: judges published packages, and writes what came of it anew. Plain JavaScript without
// dependencies, like the other scripts behind npm's commands.
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { endLike, runChild } from "./lib/child.mjs";
import { ensureInstalled } from "./lib/install.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const HELP = `Usage: npm run wild

Judges the packages of harness/wild in their installed versions, and writes harness/wild/wild.json and
WILD.md, docs/wild.svg and docs/wild_story.svg. Takes one to two minutes.`;

const [first] = process.argv.slice(2);
if (first === "--help") console.log(HELP);
else if (first !== undefined) {
  console.error(`Unknown option "${first}": npm run wild takes none but --help`);
  process.exitCode = 2;
} else {
  await ensureInstalled(root);
  const bin = join(root, "node_modules", ".bin");
  const folder = join(root, "harness", "wild");
  /** @type {import("node:child_process").SpawnOptions} */
  const options = { cwd: root, stdio: "inherit" };
  const made = await runChild(join(bin, "node"), [join(folder, "make_report.ts")], options);
  if (made.code !== 0) endLike(made);
  else {
    const files = [join(folder, "WILD.md"), join(folder, "wild.json")];
    endLike(await runChild(join(bin, "deno"), ["fmt", "--quiet", ...files], options));
  }
}
