// `npm run corpus`: makes the kill table of harness/corpus anew, or plays its correct twins. Plain
// JavaScript without dependencies, like the other scripts behind npm's commands.
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { endLike, runChild } from "./lib/child.mjs";
import { ensureInstalled } from "./lib/install.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const DEFAULTS = { schedules: "10000", seed: "1" };
const WRITTEN = [
  "harness/corpus/kill-table.json",
  "harness/corpus/KILL_TABLE.md",
  "README.md",
  "harness/README.md",
];
const HELP = `Usage: npm run corpus [-- options]

Hunts each bug of harness/corpus with each strategy, over 40 seeds where it is random, and writes the kill
table: harness/corpus/kill-table.json and KILL_TABLE.md, docs/kill_table.svg, and its summary in README.md
and harness/README.md. The time of a row stays as it is unless something else of the row has changed, or
either is more than a second. Ends with 1 if neither the lists of operations nor the portfolio with seed 1
finds a bug within 1,000 schedules and one second. Takes about two minutes.

Options
  --twins         instead: play the correct twin of each bug, which must not be flagged; ends with 1 if one is
  --schedules N   so many for each twin, at most half of them in lists of operations, the others random
                  (default: ${DEFAULTS.schedules})
  --seed N        of the random ones (default: ${DEFAULTS.seed})
  --help          this text`;

const command = commandOf();
if (typeof command === "string") {
  console.error(`${command}\nnpm run corpus -- --help lists the options`);
  process.exitCode = 2;
} else if (command.length === 0) console.log(HELP);
else {
  await ensureInstalled(root);
  const [file = "", ...args] = command;
  // What grows with a chain is told by the collector, too.
  const path = join(root, "harness", "corpus", file);
  const ended = await run("node", ["--expose-gc", path, ...args]);
  // With 1 it has written its files, too, and says what took too long.
  if (file === "kill_table.ts" && (ended.code === 0 || ended.code === 1)) {
    await run("deno", ["fmt", "--quiet", ...WRITTEN]);
  }
  endLike(ended);
}

/** What to run, with its arguments: nothing for the help. A text says what is wrong. */
function commandOf() {
  try {
    const { values } = parseArgs({
      options: {
        twins: { type: "boolean", default: false },
        schedules: { type: "string" },
        seed: { type: "string" },
        help: { type: "boolean", default: false },
      },
    });
    const { twins, help, ...numbers } = values;
    if (help) return [];
    if (!twins) {
      const isPlain = Object.keys(numbers).length === 0;
      return isPlain ? ["kill_table.ts"] : "--schedules and --seed need --twins";
    }
    const { schedules, seed } = { ...DEFAULTS, ...numbers };
    for (const [name, value] of Object.entries({ schedules, seed })) {
      if (/^[1-9]\d{0,8}$/.test(value)) continue;
      return `Cannot use --${name} "${value}": it must be a whole number from 1`;
    }
    return ["clean_twins.ts", schedules, seed];
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * @param {string} program one of the dependencies
 * @param {string[]} args
 */
function run(program, args) {
  const path = join(root, "node_modules", ".bin", program);
  return runChild(path, args, { cwd: root, stdio: "inherit" });
}
