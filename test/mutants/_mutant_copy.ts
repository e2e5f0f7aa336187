import type { HostAdapter } from "@lanekeeper/harness";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { TestBody } from "./_listed_tests.ts";
import type { Mutant, MutatedModule } from "./mutant.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Each module with those that it uses, itself included. */
const USES: Readonly<Record<string, readonly string[]>> = await readUses();

/** Takes the place of `node:test` in the tests of a copy. */
const SHIM = "_listed_tests.ts";

/** What is broken in a copy; nothing, if only the module is named. */
export type Patch = Pick<Mutant, "file" | "line" | "broken">;

/** A copy of a module, of all that use it, and of the adapters. */
export class MutantCopy {
  readonly #folder: string;
  readonly #tests = new Map<string, ReadonlyMap<string, TestBody>>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Makes a copy with one text replaced. It lies in the tree, where other packages are found; in it, our
   * packages are found by name as in the tree itself, those that have to do with `module` as copies.
   *
   * @throws {Error} if the text is not there exactly once
   */
  static async of(module: MutatedModule, patch?: Patch): Promise<MutantCopy> {
    const results = join(root, ".results");
    await mkdir(results, { recursive: true });
    const copy = new MutantCopy(await mkdtemp(join(results, `mutant-${module}-`)));
    try {
      await copy.#fill(module);
      if (patch !== undefined) await copy.#break(module, patch);
      return copy;
    } catch (error) {
      await copy.remove();
      throw error;
    }
  }

  /** The file of an adapter. */
  adapterFile(name: string): string {
    return join(this.#folder, "conformance", `${name}_adapter.ts`);
  }

  /** A file of a module. */
  moduleFile(module: MutatedModule, file: string): string {
    return join(this.#folder, "modules", module, file);
  }

  /** An adapter that uses the copy; fresh, as are all modules behind it that are copied. */
  async adapter(name: string, exported = "default"): Promise<HostAdapter> {
    const module = await import(pathToFileURL(this.adapterFile(name)).href);
    return module[exported];
  }

  /**
   * The tests of a file of the copied module, by name; none has run.
   *
   * @throws {Error} if there is no such file, or it does not load
   */
  async tests(module: MutatedModule, file: string): Promise<ReadonlyMap<string, TestBody>> {
    const path = this.moduleFile(module, file);
    const known = this.#tests.get(path);
    if (known !== undefined) return known;
    const text = await readFile(join(root, "modules", module, file), "utf8");
    await writeFile(path, text.replace('"node:test"', () => '"../../_listed_tests.ts"'));
    const { listed }: { listed: Map<string, TestBody> } = await import(
      pathToFileURL(join(this.#folder, SHIM)).href
    );
    listed.clear();
    await import(pathToFileURL(path).href);
    const tests = new Map(listed);
    this.#tests.set(path, tests);
    return tests;
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #fill(module: MutatedModule): Promise<void> {
    const names = join(this.#folder, "node_modules", "@lanekeeper");
    await mkdir(names, { recursive: true });
    for (const [name, uses] of Object.entries(USES)) {
      if (!uses.includes(module)) continue;
      await cp(join(root, "modules", name), join(this.#folder, "modules", name), {
        recursive: true,
        filter: isCopied,
      });
      await linkPackages(join(root, "modules", name), join(this.#folder, "modules", name));
      await symlink(join("..", "..", "modules", name), join(names, name), "dir");
    }
    await cp(fileURLToPath(new URL(SHIM, import.meta.url)), join(this.#folder, SHIM));
    await cp(join(root, "test", "conformance"), join(this.#folder, "conformance"), {
      recursive: true,
      filter: isCopied,
    });
  }

  async #break(module: MutatedModule, { file, line, broken }: Patch): Promise<void> {
    const path = this.moduleFile(module, file);
    const text = await readFile(path, "utf8");
    const count = text.split(line).length - 1;
    if (count !== 1) {
      const where = `modules/${module}/${file}`;
      throw new Error(
        `Cannot break ${where}: this must be there once, not ${count} times: ${line}`,
      );
    }
    if (line === broken) throw new Error(`Cannot break ${file}: what is broken is the same`);
    await writeFile(path, text.replace(line, () => broken));
  }
}

/**
 * A test is copied when it is asked for: the text that few rows need is most of what there is. Packages
 * that a module has for itself are linked.
 */
function isCopied(path: string): boolean {
  return !path.endsWith("_test.ts") && !path.endsWith(".md") && basename(path) !== "node_modules";
}

/** Other packages are found by a module's copy where the module itself finds them. */
async function linkPackages(module: string, copy: string): Promise<void> {
  const packages = join(module, "node_modules");
  if (existsSync(packages)) await symlink(packages, join(copy, "node_modules"), "dir");
}

async function readUses(): Promise<Record<string, readonly string[]>> {
  const names = await readdir(join(root, "modules"));
  const direct = new Map<string, string[]>();
  for (const name of names) {
    const manifest = await readFile(join(root, "modules", name, "package.json"), "utf8");
    const { dependencies = {} } = JSON.parse(manifest) as { dependencies?: object };
    const own = Object.keys(dependencies).filter((one) => one.startsWith("@lanekeeper/"));
    direct.set(name, own.map((one) => one.slice("@lanekeeper/".length)));
  }
  const usedBy = (name: string): string[] => [name, ...direct.get(name)?.flatMap(usedBy) ?? []];
  return Object.fromEntries(names.map((name) => [name, usedBy(name)]));
}
