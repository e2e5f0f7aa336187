// Judges every small change of the core modules: `npm run mutation`.
import { existsSync } from "node:fs";
import { open, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { isDeepStrictEqual } from "node:util";
import { judge, type Result } from "./judge.ts";
import { isRemoval, type Mutant, nameOf } from "./mutant.ts";
import { HELP, type MutationOptions, readOptions, UsageError } from "./options.ts";
import { JudgedLog, ProgressLine } from "./progress.ts";
import {
  hasSurvived,
  markdownOf,
  type ModuleReport,
  type MutationReport,
  reportOf,
  saysMore,
  withModule,
} from "./report.ts";
import { digestsOf, filesOf, mutate, root, treeDigest } from "./sources.ts";
import { MODULES, stagesOf } from "./stages.ts";
import { explain, type Explained, readExplanations } from "./survivors.ts";
import { Workspace } from "./workspace.ts";

const EXIT = { killed: 0, survived: 1, usage: 2, left: 3, failed: 70 } as const;

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options.help) return console.log(HELP), 0;
  const json = await openJson(options.json);
  const explanations = await readExplanations();
  const sources = new Map<Mutant, string>();
  const digests = new Map<string, Record<string, string>>();
  for (const module of options.modules) {
    digests.set(module, digestsOf(module));
    for (const file of filesOf(module)) {
      const { mutants, source } = mutate(module, file);
      for (const mutant of mutants) sources.set(mutant, source);
    }
  }
  const all = [...sources.keys()];
  const chosen = all.filter((mutant) =>
    (options.file === undefined || mutant.file === options.file) &&
    (!options.lines || isRemoval(mutant))
  );
  if (chosen.length === 0) {
    throw new UsageError(`Nothing to change: no module has a file "${options.file}"`);
  }
  let exitCode: number = EXIT.killed;
  const told: Result[] = [];
  for (const module of options.modules) {
    const own = (list: readonly Mutant[]) => list.filter((mutant) => mutant.module === module);
    const explained = explain(own(all), explanations.filter((one) => one.module === module));
    const results = await judgeModule(own(chosen), { module, options, sources, explained });
    const report = reportOf(module, results, { sources: digests.get(module)!, ...explained });
    if (!isDeepStrictEqual(report.sources, digestsOf(module))) {
      throw new Error(`Cannot judge mutants: the source of "${module}" has changed meanwhile`);
    }
    told.push(...results);
    await write(report, options);
    for (const name of report.unexplained) console.log(`Survived: ${name}`);
    for (const name of report.stale) console.log(`Explained in vain: ${name}`);
    const survived = results.filter(hasSurvived).length;
    const left = results.filter((result) => result.left !== undefined).length;
    console.log(
      `${module}: ${results.length - survived - left} of ${results.length} mutants killed, ` +
        `${survived - report.unexplained.length} survivors explained, ` +
        `${report.unexplained.length} not, ${left} left`,
    );
    if (report.unexplained.length + report.stale.length > 0) exitCode = EXIT.survived;
    else if (left > 0 && exitCode === 0) exitCode = EXIT.left;
  }
  if (json !== undefined) await writeJson(json, told);
  return exitCode;
}

interface Run {
  readonly module: string;
  readonly options: MutationOptions;
  readonly sources: ReadonlyMap<Mutant, string>;
  readonly explained: Explained;
}

async function judgeModule(
  mutants: readonly Mutant[],
  { module, options, sources, explained }: Run,
): Promise<Result[]> {
  const log = new JudgedLog(join(root, ".results", `mutation-${module}.jsonl`), {
    isResumed: options.resume,
    tree: treeDigest(),
  });
  const known = mutants.flatMap((mutant) => log.resultOf(mutant, sources.get(mutant)!) ?? []);
  const isKnown = new Set(known.map(({ mutant }) => mutant));
  const progress = new ProgressLine();
  await using workspace = await Workspace.create(root);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.removeAllListeners(signal).once(signal, () => {
      workspace.abandon();
      process.kill(process.pid, signal); // and end as it was told
    });
  }
  const stages = stagesOf(module);
  const results = [...known];
  // Where the time is limited, what takes something away comes first.
  const parts: ((mutant: Mutant) => boolean)[] = options.minutes === Infinity
    ? [() => true]
    : [isRemoval, (mutant) => !isRemoval(mutant)];
  for (const isInPart of parts) {
    const part = mutants.filter((mutant) => !isKnown.has(mutant) && isInPart(mutant));
    if (part.length === 0) continue;
    results.push(
      ...await judge(workspace, part, {
        stages: options.fast ? stages.slice(0, 1) : stages,
        isExplained: (mutant) => explained.kinds.has(nameOf(mutant)),
        isTimeUp: () => performance.now() >= options.minutes * 60_000,
        onStage: (stage, left) => progress.begin(`${module}, ${stage}`, left),
        onJudged: (count) => progress.step(count),
        onResult: (result) => {
          // What only the fast tests spared has not survived.
          if (!options.fast || result.stage !== undefined) {
            log.add(result, sources.get(result.mutant)!);
          }
        },
      }),
    );
  }
  progress.end();
  return results;
}

/** When the whole of a module was judged, its part of the page is written anew. */
async function write(report: ModuleReport, { file, lines, fast }: MutationOptions): Promise<void> {
  if (file !== undefined || lines || fast) return;
  const json = new URL("mutation.json", import.meta.url);
  const old: MutationReport = existsSync(json)
    ? JSON.parse(await readFile(json, "utf8"))
    : { modules: [] };
  const before = old.modules.find(({ module }) => module === report.module);
  if (before !== undefined && saysMore(before, report)) {
    console.log(`${report.module}: MUTATION.md stays as it is, where more is judged`);
    return;
  }
  const whole = withModule(old, report, MODULES);
  await writeFile(json, `${JSON.stringify(whole, null, 2)}\n`);
  await writeFile(new URL("MUTATION.md", import.meta.url), markdownOf(whole));
}

/**
 * Opens the file before anything is judged: an hour's work must not end in a wrong path.
 *
 * @throws {UsageError} if it can not be written
 */
async function openJson(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  // npm changes to the root before it runs a script.
  const path = resolve(process.env.INIT_CWD ?? process.cwd(), file);
  try {
    await (await open(path, "a")).close();
    return path;
  } catch (error) {
    throw new UsageError(`Cannot write --json ${file}: ${(error as Error).message}`);
  }
}

async function writeJson(path: string, results: readonly Result[]): Promise<void> {
  const told = results.map(({ mutant, stage, by, left }) => {
    const { start: _start, end: _end, text: _text, ...name } = mutant;
    return { ...name, stage: stage ?? null, by, ...left === undefined ? {} : { left } };
  });
  await writeFile(path, `${JSON.stringify(told, null, 2)}\n`);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof UsageError ? EXIT.usage : EXIT.failed;
}
