import { spawn } from "node:child_process";
import { globSync, rmSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { applyAll, type Mutant } from "./mutant.ts";
import type { Stage } from "./stages.ts";

/** Nobody waits longer than this, whatever the machine does. */
const WALL_FACTOR = 20;
/** Memory of a mutant's tests, in MiB: a loop that collects without end is over soon. */
const HEAP_MIB = 1_024;
/** A test that holds a socket open and waits is not seen to be idle. */
const TEST_LIMIT_MS = 120_000;
const FLAGS = [
  ...["--expose-gc", "--no-warnings", `--max-old-space-size=${HEAP_MIB}`],
  `--test-timeout=${TEST_LIMIT_MS}`,
  `--test-reporter=${new URL("first_failure.ts", import.meta.url).href}`,
];
const RUN_TESTS = fileURLToPath(new URL("run_tests.ts", import.meta.url));
const TYPES_CONFIG = "tsconfig.mutants.json";
const OUTPUT_MAX = 20_000;

/** How a run of tests ended. */
export interface Verdict {
  readonly isKilled: boolean;
  /** The name of the test that failed first, `"time limit"`, or how the process ended. */
  readonly by: string;
  /** The file of that test. */
  readonly file?: string;
  readonly tookMs: number;
}

/** Options of {@linkcode Workspace.run}. */
export interface RunOptions {
  /** Seconds of processor time after which the tests count as an endless loop. */
  readonly cpuSeconds: number;
  /** Runs these files of the stage only. */
  readonly files?: readonly string[];
}

interface JudgeOptions {
  readonly limitMs: number;
}

/** A copy of the tree in which code can be broken while the tree itself stays as it is. */
export class Workspace implements AsyncDisposable {
  readonly folder: string;
  readonly #sources = new Map<string, string>();
  /** The test files that noticed a change of the same source, the last one first: those run first. */
  readonly #noticed = new Map<string, readonly string[]>();
  #inPlace = "";
  /** The process that runs the tests, if one does. */
  #running: number | undefined = undefined;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Copies what the tests need; packages are linked, and `@lanekeeper/*` are the copies. */
  static async create(root: string): Promise<Workspace> {
    const folder = await mkdtemp(join(tmpdir(), "lanekeeper-mutants-"));
    const isWanted = (path: string) =>
      !/^(node_modules|\.git|\.nx|\.results|\.lanekeeper|docs)$/.test(basename(path));
    for (const name of await readdir(root)) {
      if (isWanted(name)) {
        await cp(join(root, name), join(folder, name), { recursive: true, filter: isWanted });
      }
    }
    await linkPackages(root, folder);
    for (const nested of globSync("{modules/*,harness,test}/node_modules", { cwd: root })) {
      await symlink(join(root, nested), join(folder, nested), "dir");
    }
    return new Workspace(folder);
  }

  /** Runs `judge` while changes are in place; of one module, and none overlaps another. */
  async with<T>(changes: readonly Mutant[], judge: () => Promise<T>): Promise<T> {
    const paths = new Set(changes.map(({ module, file }) => join("modules", module, file)));
    this.#inPlace = [...paths].join();
    try {
      for (const path of paths) {
        const own = changes.filter(({ module, file }) => join("modules", module, file) === path);
        await writeFile(join(this.folder, path), applyAll(await this.#source(path), own));
      }
      return await judge();
    } finally {
      for (const path of paths) await writeFile(join(this.folder, path), await this.#source(path));
    }
  }

  /** The test files of a stage, relative to the folder. */
  filesOf({ files, without }: Stage): string[] {
    return globSync([...files], { cwd: this.folder }).filter((file) => !without?.test(file)).sort();
  }

  /**
   * Runs a stage until its first failure, or to its end.
   *
   * @throws {Error} If no test was there to run
   */
  async run(stage: Stage, { cpuSeconds }: RunOptions): Promise<Verdict> {
    const limitMs = cpuSeconds * 1_000 * WALL_FACTOR;
    if (stage.name === "types") {
      const own = await this.#checkTypes(stage.files, limitMs);
      // In a module's reach are the modules, and what their tests need.
      return own.isKilled ? own : await this.#checkTypes(["modules/**/*.ts"], limitMs);
    }
    const sources = `${stage.name} ${this.#inPlace}`;
    const first = this.#noticed.get(sources) ?? [];
    const files = [...new Set([...first, ...this.filesOf(stage)])];
    if (files.length === 0) {
      throw new Error(`Cannot judge mutants: "${stage.name}" has no test file`);
    }
    const patterns = [
      ...stage.skip ? [`--test-skip-pattern=${stage.skip}`] : [],
      ...stage.only ? [`--test-name-pattern=${stage.only}`] : [],
    ];
    // The shell limits the processor time, which is the same however much else the machine has to do.
    const limit = ["sh", "-c", `ulimit -t ${cpuSeconds}; exec "$0" "$@"`];
    const command = [...limit, process.execPath, ...FLAGS, ...patterns, RUN_TESTS, ...files];
    const verdict = await this.#judge(command, { limitMs });
    if (verdict.file !== undefined) {
      const file = relative(this.folder, verdict.file);
      if (files.includes(file)) this.#noticed.set(sources, [...new Set([file, ...first])]);
    }
    const { passed } = readJson(verdict.by);
    if (passed === 0) throw new Error(`Cannot judge mutants: "${stage.name}" has no test to run`);
    const isCutShort = !verdict.isKilled && passed === undefined;
    return isCutShort ? { ...verdict, isKilled: true, by: "ended before its tests" } : verdict;
  }

  /** Leaves nothing behind, at once: for a process that was told to end. */
  abandon(): void {
    endGroup(this.#running);
    rmSync(this.folder, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  async #source(path: string): Promise<string> {
    const known = this.#sources.get(path);
    if (known !== undefined) return known;
    const source = await readFile(join(this.folder, path), "utf8");
    this.#sources.set(path, source);
    return source;
  }

  async #checkTypes(include: readonly string[], limitMs: number): Promise<Verdict> {
    const config = { extends: "./tsconfig.json", include };
    await writeFile(join(this.folder, TYPES_CONFIG), JSON.stringify(config));
    const tsc = join("node_modules", "typescript", "bin", "tsc");
    return await this.#judge([process.execPath, tsc, "-p", TYPES_CONFIG, "--noEmit"], { limitMs });
  }

  #judge([program = "", ...args]: string[], { limitMs }: JudgeOptions): Promise<Verdict> {
    const startedAt = performance.now();
    return new Promise((resolve, reject) => {
      const child = spawn(program, args, {
        cwd: this.folder,
        env: {
          ...process.env,
          NODE_COMPILE_CACHE: join(this.folder, ".cache"),
          NODE_TEST_CONTEXT: undefined, // it is not a part of the test that may have called this
        },
        detached: true, // its own group, so that what it started ends with it
        stdio: ["ignore", "pipe", "pipe"],
      });
      this.#running = child.pid;
      let output = "";
      let isLate = false;
      const limit = setTimeout(() => (isLate = true, endGroup(child.pid)), limitMs);
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        if (output.length < OUTPUT_MAX) output += text;
      });
      child.stderr.resume();
      child.once("error", reject);
      child.once("close", (code, signal) => {
        clearTimeout(limit);
        endGroup(child.pid);
        this.#running = undefined;
        const tookMs = performance.now() - startedAt;
        if (code === 0) return resolve({ isKilled: false, by: lastLine(output), tookMs });
        if (isLate || signal === "SIGXCPU" || signal === "SIGKILL") {
          return resolve({ isKilled: true, by: "time limit", tookMs });
        }
        const { failed, file } = readJson(lastLine(output));
        const by = failed ?? `ended with ${signal ?? code}`;
        resolve({ isKilled: true, by, tookMs, ...file === undefined ? {} : { file } });
      });
    });
  }
}

async function linkPackages(root: string, folder: string): Promise<void> {
  const packages = join(folder, "node_modules");
  await mkdir(packages);
  const own = ["@lanekeeper", "@std"]; // their links lead into the tree, and in the copy into the copy
  for (const name of await readdir(join(root, "node_modules"))) {
    const [from, to] = [join(root, "node_modules", name), join(packages, name)];
    if (own.includes(name)) await cp(from, to, { recursive: true, verbatimSymlinks: true });
    else await symlink(from, to);
  }
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nothing of the group is left.
  }
}

function lastLine(output: string): string {
  return output.trim().split("\n").at(-1) ?? "";
}

function readJson(line: string): { failed?: string; file?: string; passed?: number } {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}
