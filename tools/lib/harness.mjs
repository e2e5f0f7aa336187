import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { endLike, runChild } from "./child.mjs";
import { ensureInstalled } from "./install.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Where whoever called stands: npm changes to the root before it runs a script. */
export const callerFolder = /^(check:host|explore)$/.test(process.env.npm_lifecycle_event ?? "")
  ? process.env.INIT_CWD ?? process.cwd()
  : process.cwd();

/**
 * Runs the command of the harness on the Node among the dependencies, and ends this process like it.
 * @param {readonly string[]} args
 */
export async function runHarness(args) {
  try {
    await ensureInstalled(root);
    // The collector is for what a chain of turns leaves behind.
    const flags = ["--expose-gc", join(root, "harness", "cli", "cli.ts")];
    const node = join(root, "node_modules", ".bin", "node");
    const ending = await runChild(node, [...flags, ...args], {
      cwd: callerFolder,
      stdio: "inherit",
    });
    // It ended itself because a host never came to rest, or the memory was used up.
    if (ending.signal === "SIGKILL" || ending.signal === "SIGABRT") process.exitCode = 3;
    else endLike(ending);
  } catch (error) {
    console.error(/** @type {Error} */ (error).message);
    process.exitCode = 3;
  }
}
