import type { HostAdapter } from "@lanekeeper/harness";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** One line of a module, and what it is broken into. */
export interface BrokenLine {
  readonly module: string;
  readonly file: string;
  readonly line: string;
  readonly broken: string;
  /** The file of the adapter that shows it. */
  readonly adapter: string;
}

/**
 * Copies a module and the adapters, breaks one line in the copy, and gives the adapter that uses it.
 * The copies lie in the tree, where imports of other packages are found, and are removed at the end.
 */
export async function withBrokenCopy(
  { module, file, line, broken, adapter }: BrokenLine,
  test: (adapter: HostAdapter, file: string) => Promise<void>,
): Promise<void> {
  const results = join(root, ".results");
  await mkdir(results, { recursive: true });
  const folder = await mkdtemp(join(results, `broken-${module}-`));
  try {
    const isSource = (path: string) => !/_test\.ts$|[\\/]_testing$/.test(path);
    await cp(join(root, "modules", module), join(folder, module), {
      recursive: true,
      filter: isSource,
    });
    const source = join(folder, module, file);
    const text = await readFile(source, "utf8");
    const at = text.indexOf(line);
    if (at < 0 || text.indexOf(line, at + 1) >= 0) {
      throw new Error(`Cannot break ${module}/${file}: "${line}" must be there once`);
    }
    await writeFile(source, text.replace(line, () => broken));
    await copyAdapters(folder, module);
    const path = join(folder, adapter);
    const { default: copy } = await import(pathToFileURL(path).href);
    await test(copy, path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function copyAdapters(folder: string, module: string): Promise<void> {
  const here = fileURLToPath(new URL(".", import.meta.url));
  for (const name of await readdir(here)) {
    if (name.endsWith("_test.ts") || !name.endsWith(".ts")) continue;
    const text = await readFile(join(here, name), "utf8");
    const copied = text.replaceAll(`"@lanekeeper/${module}"`, `"./${module}/mod.ts"`);
    await writeFile(join(folder, name), copied);
  }
}
