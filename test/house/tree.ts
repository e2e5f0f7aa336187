import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A file of the tree: its path from the root with slashes, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** The root of the repository. */
export const root: string = fileURLToPath(new URL("../..", import.meta.url));

/** What git does not track: the names are those of .gitignore, plus git's own folder. */
const UNTRACKED = /(^|\/)(node_modules|\.git|\.nx|\.results|\.lanekeeper)(\/|$)|\.log$/;
const BINARY = /\.(png|jpe?g|gif|ico|woff2?|db)$/;

/** The paths of all tracked files. */
export function listTree(): string[] {
  return globSync(["**/*", ".*", ".ci/**/*", ".github/**/*"], {
    cwd: root,
    withFileTypes: true,
    exclude: (entry) => UNTRACKED.test(entry.name),
  })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.replaceAll("\\", "/"))
    .map((path) => path.slice(root.replaceAll("\\", "/").length).replace(/^\//, ""))
    .sort();
}

/** The text files of the tree whose path matches. */
export function readTree(path: RegExp): SourceFile[] {
  return listTree()
    .filter((file) => path.test(file) && !BINARY.test(file))
    .map((file) => ({ path: file, text: readFileSync(`${root}/${file}`, "utf8") }));
}

/**
 * Test code by its name: it may import more than what is published. Examples import their own package
 * and others as a reader's file would.
 */
export function isTestCode(path: string): boolean {
  return /(_test|_bench|(^|\/)_test_support)\.ts$|\/_testing\/|^harness\/examples\//.test(path);
}
