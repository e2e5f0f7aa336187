import { posix } from "node:path";
import { type Import, importsOf } from "./imports.ts";
import { isTestCode, type SourceFile } from "./tree.ts";

/**
 * Which packages a package may import. `types` are its types, its error classes and the default of
 * the `clock` option, whose type is shared: nothing that does work.
 */
const EDGES: Readonly<Record<string, Readonly<Record<string, "all" | "types">>>> = {
  "lock-scope": {},
  "task-tracker": {},
  "drain-handoff": { "lock-scope": "all", "task-tracker": "all" },
  "session-queue": { "drain-handoff": "all", "lock-scope": "all", "task-tracker": "all" },
  "agents": { "session-queue": "types" },
  "web-chat": { "lock-scope": "all", "session-queue": "all" },
  "slack": { "session-queue": "all", "task-tracker": "all" },
  "host": {
    "agents": "all",
    "drain-handoff": "all",
    "lock-scope": "all",
    "session-queue": "all",
    "slack": "all",
    "task-tracker": "all",
    "web-chat": "all",
  },
  "harness": {},
};
/** They run wherever JavaScript runs: nothing from outside. */
export const CORE: readonly string[] = [
  "lock-scope",
  "task-tracker",
  "drain-handoff",
  "session-queue",
];
/** Test code of every package may use these. */
const FOR_TESTS = ["test", "harness"];

/** The folder of a package and its name: `modules/host/cli.ts` is in `modules/host`, `host`. */
export function packageOf(path: string): { folder: string; name: string } | undefined {
  const folder = /^(modules\/[^/]+|harness|test)\//.exec(path)?.[1];
  return folder === undefined ? undefined : { folder, name: posix.basename(folder) };
}

/** What a file imports although it may not. `declared` are the dependencies in its package.json. */
export function forbiddenImports(file: SourceFile, declared: readonly string[]): string[] {
  const home = packageOf(file.path);
  if (!home) return [];
  return importsOf(file.text).flatMap((found) => {
    const why = whyForbidden(file, home, found, declared);
    return why === undefined ? [] : [`${file.path}:${found.line} imports ${why}`];
  });
}

function whyForbidden(
  file: SourceFile,
  home: { folder: string; name: string },
  { specifier, values }: Import,
  declared: readonly string[],
): string | undefined {
  if (home.name === "test") return undefined;
  if (specifier.startsWith(".")) {
    const target = posix.join(posix.dirname(file.path), specifier);
    return target.startsWith(`${home.folder}/`) ? undefined : `"${specifier}" of another package`;
  }
  const isTest = isTestCode(file.path);
  const sibling = /^@lanekeeper\/([^/]+)/.exec(specifier)?.[1];
  if (sibling !== undefined) return whyNoEdge(home.name, sibling, values, isTest);
  if (isTest) return undefined;
  if (CORE.includes(home.name)) return `"${specifier}" from outside the core`;
  if (specifier.startsWith("node:")) return undefined;
  const name = specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
  return declared.includes(name) ? undefined : `"${name}", which its package.json does not name`;
}

function whyNoEdge(
  from: string,
  to: string,
  values: readonly string[],
  isTest: boolean,
): string | undefined {
  // A package's own name is what its tests and its readers' examples import.
  if (isTest && (from === to || FOR_TESTS.includes(to))) return undefined;
  const edges = EDGES[from];
  if (!edges) return `"${to}", but "${from}" is not in the table of edges`;
  const edge = edges[to];
  if (!edge) return `"${to}", which "${from}" may not know`;
  const work = values.find((name) => !name.endsWith("Error") && name !== "systemClock");
  return edge === "types" && work !== undefined
    ? `"${work}" of "${to}", of which "${from}" may use only types`
    : undefined;
}
