// `npm run check:host`: installs what is missing, then judges the host of an adapter. Plain JavaScript
// without dependencies, like the other scripts behind npm's commands.
import process from "node:process";
import { runHarness } from "./lib/harness.mjs";

await runHarness(process.argv.slice(2));
