// `npm run bench`: speed beside peers, on each runtime, as ratios within one run. Plain JavaScript
// without dependencies, like the other scripts behind npm's commands.
import { mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runChild } from "./lib/child.mjs";
import { ensureInstalled } from "./lib/install.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = join(root, "node_modules", ".bin");
const RUNTIMES = {
  node: ["node", "--expose-gc"],
  deno: ["deno", "run", "-A", "--no-check", "-q", "--v8-flags=--expose-gc"],
  bun: ["bun", "run"],
};
const BENCHES = ["session_queue", "memory", "harness"];

const HELP = `Usage: npm run bench -- [options]

Measures session-queue and drain-handoff beside a bare promise chain per key, p-queue per key and
async-lock, in one run; what sessions cost in memory; and the schedules a second of the harness beside
fc.scheduler on the same worlds. Figures go to .results/bench as JSON, too.

Options
  --runtime NAME   only on this runtime: ${Object.keys(RUNTIMES).join(", ")}
  --bench NAME     only this one: ${BENCHES.join(", ")}
  --help           this text`;

try {
  const { values } = parseArgs({
    options: {
      runtime: { type: "string" },
      bench: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const runtimes = pick("runtime", values.runtime, Object.keys(RUNTIMES));
  const benches = pick("bench", values.bench, BENCHES);
  if (values.help) console.log(HELP);
  else process.exitCode = await run(runtimes, benches);
} catch (error) {
  console.error(/** @type {Error} */ (error).message.split(". ")[0]);
  process.exitCode = 2;
}

/**
 * @param {string} option
 * @param {string | undefined} value
 * @param {readonly string[]} all
 */
function pick(option, value, all) {
  if (value === undefined) return all;
  if (all.includes(value)) return [value];
  throw new Error(`Unknown ${option} "${value}": expected one of ${all.join(", ")}`);
}

/**
 * @param {readonly string[]} runtimes
 * @param {readonly string[]} benches
 */
async function run(runtimes, benches) {
  await ensureInstalled(root);
  const results = join(root, ".results", "bench");
  mkdirSync(results, { recursive: true });
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ""}` };
  for (const bench of benches) {
    for (const runtime of runtimes) {
      const [command, ...args] = RUNTIMES[/** @type {keyof typeof RUNTIMES} */ (runtime)];
      const file = join("test", "bench", `${bench}_bench.ts`);
      const out = join(results, `${bench}-${runtime}.json`);
      const { code } = await runChild(join(bin, command ?? ""), [...args, file, out], {
        cwd: root,
        env,
        stdio: "inherit",
      });
      if (code !== 0) return code ?? 1;
    }
  }
  return 0;
}
