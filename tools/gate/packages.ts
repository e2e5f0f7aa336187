import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A program that runs the tests. */
export type Runtime = "node" | "deno" | "bun";

/** Every runtime, in the order of the summary. */
export const RUNTIMES: readonly Runtime[] = ["node", "deno", "bun"];

/** A member of the workspace and its test files. */
export interface Package {
  /** The last part of its folder, and its name for nx: `lock-scope`. */
  readonly name: string;
  /** Its folder, relative to the root. */
  readonly folder: string;
  /** For each runtime the test files that run on it, relative to the package. */
  readonly testFiles: Readonly<Record<Runtime, readonly string[]>>;
  /** Test files that measure memory: they are given a process of their own on every runtime. */
  readonly alone: readonly string[];
}

interface Manifest {
  lanekeeper?: {
    /** Folders and test files that run on some runtimes only: `{ "browser": ["node"] }`. */
    runtimes?: Record<string, Runtime[]>;
    /** Test files that measure memory, which the garbage of others would falsify. */
    alone?: string[];
  };
}

/** Every package of the workspace at `root`, those without tests too. */
export function findPackages(root: string): Package[] {
  const { workspaces } = readJson<{ workspaces: string[] }>(join(root, "package.json"));
  const folders = workspaces.flatMap((pattern) =>
    globSync(`${pattern}/package.json`, { cwd: root }).map((file) =>
      file.replaceAll("\\", "/").replace(/\/package\.json$/, "")
    ).sort()
  );
  return folders.map((folder) => readPackage(root, folder));
}

function readPackage(root: string, folder: string): Package {
  const manifest = readJson<Manifest>(join(root, folder, "package.json"));
  const { runtimes = {}, alone = [] } = manifest.lanekeeper ?? {};
  const limits = Object.entries(runtimes);
  const files = globSync("**/*_test.ts", { cwd: join(root, folder), exclude: ["node_modules/**"] })
    .map((file) => file.replaceAll("\\", "/"))
    .sort();
  const runsOn = (file: string, runtime: Runtime): boolean =>
    limits.every(([path, runtimes]) =>
      (file !== path && !file.startsWith(`${path}/`)) || runtimes.includes(runtime)
    );
  const filesFor = (runtime: Runtime): string[] => files.filter((file) => runsOn(file, runtime));
  return {
    name: folder.split("/").at(-1) ?? folder,
    folder,
    testFiles: { node: filesFor("node"), deno: filesFor("deno"), bun: filesFor("bun") },
    alone,
  };
}

/** Which test files of a package run in one process, or on Node, which gives each its own, in one run. */
export function runsOf({ testFiles, alone }: Package, runtime: Runtime): (readonly string[])[] {
  const files = testFiles[runtime];
  if (runtime === "node") return [files];
  const together = files.filter((file) => !alone.includes(file));
  const single = files.filter((file) => alone.includes(file)).map((file) => [file]);
  return [together, ...single].filter(({ length }) => length > 0);
}

/** Where a package's results on a runtime are, relative to the root. */
export function resultFile(name: string, runtime: Runtime): string {
  return `.results/${name}-${runtime}.xml`;
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, "utf8"));
}
