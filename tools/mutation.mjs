// `npm run mutation`: changes each line of the four core modules in every small way, and runs the tests
// until one fails. Plain JavaScript without dependencies, like the other scripts behind npm's commands.
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { endLike, runChild } from "./lib/child.mjs";
import { ensureInstalled } from "./lib/install.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

await ensureInstalled(root);
const node = join(root, "node_modules", ".bin", "node");
const main = join(root, "test", "mutants", "generic", "main.ts");
// Taking types away is what Node calls experimental; the command says in a test that it does.
const flags = ["--disable-warning=ExperimentalWarning", main, ...process.argv.slice(2)];
endLike(await runChild(node, flags, { cwd: root, stdio: "inherit" }));
