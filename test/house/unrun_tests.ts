import type { Package } from "../../tools/gate/packages.ts";

/** The test files of the tree that no runtime of any package runs. */
export function unrunTests(
  files: readonly string[],
  packages: readonly Pick<Package, "folder" | "testFiles">[],
): string[] {
  const run = new Set(
    packages.flatMap(({ folder, testFiles }) =>
      Object.values(testFiles).flat().map((file) => `${folder}/${file}`)
    ),
  );
  return files.filter((file) => /_test\.[a-z]+$/.test(file) && !run.has(file));
}
