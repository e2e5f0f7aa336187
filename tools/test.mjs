// `npm test`: installs what is missing, then runs the gate on the Node among the dependencies.
// Plain JavaScript without dependencies, because it has to run before anything is installed.
import { readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { endLike, runChild } from "./lib/child.mjs";
import { ensureInstalled } from "./lib/install.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const RUNTIMES = ["node", "deno", "bun"];

const HELP = `Usage: npm test -- [options]

Installs the dependencies if needed, checks format, lint, types and the examples in the docs, then
runs every test of every package on Node, Deno and Bun. Unchanged packages come from a cache. The
last line is the sum; the exit code is 0 only if everything passed and at least one test ran.

Options
  --package NAME   only the tests of this package (lock-scope, harness, test ...)
  --runtime NAME   only the tests on this runtime: ${RUNTIMES.join(", ")}
  --no-cache       run everything anew (always so with CI=true)
  --help           this text

With --package or --runtime only the tests run, without the checks before them.
With CI=true a skipped test is a failure.`;

/** @returns {{ package?: string, runtime?: string, cache: boolean, help: boolean }} */
function readOptions() {
  const { values } = parseArgs({
    options: {
      package: { type: "string" },
      runtime: { type: "string" },
      "no-cache": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const names = ["modules", "tools/std"].flatMap((folder) => readdirSync(join(root, folder)));
  names.push("harness", "test");
  if (values.package !== undefined && !names.includes(values.package)) {
    throw new Error(`Unknown package "${values.package}": expected one of ${names.join(", ")}`);
  }
  if (values.runtime !== undefined && !RUNTIMES.includes(values.runtime)) {
    throw new Error(`Unknown runtime "${values.runtime}": expected ${RUNTIMES.join(", ")}`);
  }
  const cache = !values["no-cache"] && process.env.CI !== "true";
  return { ...values, cache, help: values.help };
}

async function main() {
  const options = readOptions();
  if (options.help) return console.log(HELP);
  try {
    await ensureInstalled(root);
    const bin = join(root, "node_modules", ".bin");
    const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ""}` };
    const gate = join(root, "tools", "gate", "main.ts");
    const args = [gate, JSON.stringify(options)];
    endLike(await runChild(join(bin, "node"), args, { cwd: root, env, stdio: "inherit" }));
  } catch (error) {
    console.error(/** @type {Error} */ (error).message);
    process.exitCode = 1;
  }
}

try {
  await main();
} catch (error) {
  // Only a wrong option gets here. Node's own message has a hint on a second sentence: one line it is.
  console.error(/** @type {Error} */ (error).message.split(". ")[0]);
  process.exitCode = 2;
}
