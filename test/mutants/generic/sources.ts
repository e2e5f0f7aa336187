import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { mutantsOf, type MutantsOptions } from "./generate.ts";
import type { Mutant } from "./mutant.ts";
import { running } from "./syntax.ts";

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

/** The digest of each file of a module. */
export function digestsOf(module: string): Record<string, string> {
  const digest = (file: string) =>
    digestOf(readFileSync(join(root, "modules", module, file), "utf8"));
  return Object.fromEntries(filesOf(module).map((file) => [file, digest(file)]));
}

/** A digest of what runs of a source: another comment or type leaves it as it is. */
export function digestOf(source: string): string {
  return createHash("sha256").update(running(source)).digest("hex");
}

/** A digest of all that decides whether a mutant survives: code, tests, and how they are run. */
export function treeDigest(): string {
  const hash = createHash("sha256");
  const paths = globSync("{modules,harness,test}/**/*.ts", {
    cwd: root,
    exclude: (path) => /(^|\/)node_modules$/.test(path),
  });
  for (const path of paths.sort()) hash.update(path).update(readFileSync(join(root, path)));
  return hash.digest("hex");
}
