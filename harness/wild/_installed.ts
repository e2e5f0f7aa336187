import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** A file of an installed package, looked for from here upward: `p-queue/readme.md`. */
export function installedFile(path: string): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const file = join(folder, "node_modules", path);
    if (existsSync(file)) return file;
    const above = dirname(folder);
    if (above === folder) throw new Error(`Cannot find "${path}": it is not installed`);
    folder = above;
  }
}

/** The version of a package that is installed: what really ran. */
export function versionOf(name: string): string {
  const manifest = JSON.parse(readFileSync(installedFile(`${name}/package.json`), "utf8"));
  return manifest.version;
}

/** The runtime and its version: `node 26.10.0`. */
export function runtimeOf(): string {
  const { bun, deno, node } = process.versions;
  if (bun !== undefined) return `bun ${bun}`;
  return deno === undefined ? `node ${node}` : `deno ${deno}`;
}
