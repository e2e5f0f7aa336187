import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, delimiter, join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { runChild } from "./child.mjs";

/** How long one process waits for another one's installation. */
const WAIT_LIMIT_MS = 10 * 60_000;

/**
 * The part of a lockfile's entry that says whether what is installed is what is wanted.
 * @typedef {{ version?: string, integrity?: string, resolved?: string, optional?: boolean }} Entry
 */

/**
 * Installs the dependencies if they are missing or older than `package-lock.json`. Costs two small
 * file reads and no network when they are there.
 * @param {string} root
 */
export async function ensureInstalled(root) {
  if (isInstalled(root)) return;
  const release = await takeInstallLock(root);
  try {
    if (!isInstalled(root)) await install(root);
  } finally {
    release();
  }
}

/**
 * npm keeps a copy of the lockfile of what it installed, written last of all, so an installation
 * that was cut short does not count.
 * @param {string} root
 * @returns {boolean}
 */
export function isInstalled(root) {
  const wanted = readPackages(join(root, "package-lock.json"));
  const present = readPackages(join(root, "node_modules", ".package-lock.json"));
  if (!wanted || !present) return false;
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === "") continue;
    const found = present[path];
    if (!found && entry.optional) continue; // A binary for another platform.
    if (!found || identity(found) !== identity(entry)) return false;
  }
  return true;
}

/** @param {Entry} entry */
function identity({ version, integrity, resolved }) {
  return JSON.stringify([version, integrity, resolved]);
}

/**
 * @param {string} file
 * @returns {Record<string, Entry> | undefined}
 */
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages;
  } catch {
    return undefined;
  }
}

/** @param {string} root */
async function install(root) {
  console.error("Installing the dependencies with npm ci (about half a minute)...");
  const startedAt = performance.now();
  const { command, args } = npmCommand();
  const ending = await runChild(command, [...args, "ci", "--include=dev"], {
    cwd: root,
    env: { ...process.env, PATH: pathWithout(join(root, "node_modules", ".bin")) },
    shell: process.platform === "win32",
    stdio: ["ignore", 2, 2], // stdout belongs to the command that was asked for
  }).catch((error) => {
    throw new Error(`Cannot install the dependencies: npm did not start (${error.message})`);
  });
  if (ending.code !== 0 || !isInstalled(root)) {
    throw new Error(
      `Cannot install the dependencies: npm ci ended with ${ending.signal ?? ending.code}; ` +
        `check the network and what npm said above, then run "npm ci"`,
    );
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  console.error(`Installed the dependencies in ${seconds} s`);
}

/**
 * The npm that runs this script, else the one in the path. It must not run on the Node that is among
 * the dependencies: `npm ci` deletes that one first.
 * @returns {{ command: string, args: string[] }}
 */
function npmCommand() {
  const { npm_execpath: npm, npm_node_execpath: node } = process.env;
  if (npm && node && basename(npm) === "npm-cli.js") return { command: node, args: [npm] };
  return { command: "npm", args: [] };
}

/** @param {string} folder */
function pathWithout(folder) {
  return (process.env.PATH ?? "").split(delimiter).filter((part) => part !== folder).join(
    delimiter,
  );
}

/**
 * `npm start` and `npm test` may be called side by side after a clone; only one may install.
 * @param {string} root
 * @returns {Promise<() => void>} gives the lock back
 */
async function takeInstallLock(root) {
  const file = join(root, ".results", "install.lock");
  mkdirSync(join(root, ".results"), { recursive: true });
  const untilMs = performance.now() + WAIT_LIMIT_MS;
  while (performance.now() < untilMs) {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
    }
    if (ownerIsGone(file)) rmSync(file, { force: true });
    else await sleep(200);
  }
  throw new Error(`Cannot install the dependencies: ${file} is held by another process`);
}

/** @param {string} file */
function ownerIsGone(file) {
  try {
    const pid = Number(readFileSync(file, "utf8"));
    if (pid > 0) process.kill(pid, 0);
    return false;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "ESRCH";
  }
}
