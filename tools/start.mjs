// `npm start`: installs what is missing, then runs the server's command. Plain JavaScript without
// dependencies, because it has to run on Node 20 before anything is installed.
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { endLike, runChild } from "./lib/child.mjs";
import { ensureInstalled } from "./lib/install.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const command = join(root, "modules", "host", "cli.ts");
const args = ["serve", ...process.argv.slice(2)];
/** The Node among the dependencies, for machines whose own one is too old. */
const installedNode = join(root, "node_modules", ".bin", "node");
/** Since Node 22.18 (and 23.6) TypeScript runs unbuilt. */
const runsTypeScript = Boolean(process.features.typescript);

try {
  await ensureInstalled(root);
  if (!runsTypeScript && !existsSync(installedNode)) {
    throw new Error(
      `Cannot start: Node ${process.versions.node} is too old and ${installedNode} is missing; ` +
        `use Node 22.18 or newer, or allow install scripts and run "npm ci"`,
    );
  }
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
  process.exit(1);
}

if (process.env.npm_lifecycle_event) stopWithParent();
if (runsTypeScript) {
  // One process: every signal of npm and of the terminal reaches the server directly.
  process.argv = [process.execPath, command, ...args];
  await import(pathToFileURL(command).href);
} else {
  // The channel closes when this process is killed: so the server notices that it is alone. Nothing
  // else goes through it, so it must not keep a server alive that has stopped.
  const unref = "data:text/javascript,process.channel.unref()";
  endLike(
    await runChild(installedNode, ["--import", unref, command, ...args], {
      stdio: ["inherit", "inherit", "inherit", "ipc"],
    }),
  );
}

/** npm gives its scripts no channel: that it was killed shows only in the changed parent. */
function stopWithParent() {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  }, 500);
  timer.unref();
}
