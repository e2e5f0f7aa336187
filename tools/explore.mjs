// `npm run explore`: as `npm run check:host -- explore`, of our own modules if no adapter is given.
// Plain JavaScript without dependencies, like the other scripts behind npm's commands.
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { callerFolder, runHarness } from "./lib/harness.mjs";

const args = process.argv.slice(2);
await runHarness(["explore", ...args, ...hasAdapter() ? [] : ownAdapters()]);

/** Whether anything is given that is neither an option nor the value of one. */
function hasAdapter() {
  const withValue = [
    "minutes",
    "jobs",
    "seed",
    "operations",
    "guarantee",
    "export",
    "json",
    "html",
  ];
  const { positionals } = parseArgs({
    args,
    options: Object.fromEntries(withValue.map((name) => [name, { type: "string" }])),
    strict: false,
    allowPositionals: true,
  });
  return positionals.length > 0;
}

/** The adapters of our own modules, as paths for whoever called. */
function ownAdapters() {
  const folder = fileURLToPath(new URL("../test/conformance", import.meta.url));
  return readdirSync(folder).filter((name) => name.endsWith("_adapter.ts")).sort()
    .map((name) => relative(callerFolder, join(folder, name)));
}
