import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { mutantsOf, type MutantsOptions } from "./generate.ts";
import type { Mutant } from "./mutant.ts";

/** The root of the repository. */
export const root: string = fileURLToPath(new URL("../../..", import.meta.url));

/** One file of a module, and its mutants. */
export interface MutatedFile {
  readonly module: string;
  readonly file: string;
  readonly source: string;
  readonly mutants: readonly Mutant[];
}

/** The files of a module that run in production; `mod.ts` only names what they export. */
export function filesOf(module: string): string[] {
  return globSync("*.ts", { cwd: join(root, "modules", module) })
    .filter((file) => !/_test\.ts$|^_test_support\.ts$|^mod\.ts$/.test(file))
    .sort();
}

/** Makes the mutants of one file. */
export function mutate(module: string, file: string, options: MutantsOptions = {}): MutatedFile {
  const source = readFileSync(join(root, "modules", module, file), "utf8");
  return { module, file, source, mutants: mutantsOf(source, { module, file }, options) };
}
