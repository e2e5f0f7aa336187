import { visible } from "../report/format.ts";
import { AdapterError } from "../kit/adapter_error.ts";
import { checkHost, type CheckOptions, type CheckProgress } from "../kit/check.ts";
import { isStrategy, STRATEGIES } from "../kit/plan.ts";
import { type Guarantee, GUARANTEES } from "../oracles/oracles.ts";
import type { CheckReport, Verdict } from "../report/check_report.ts";
import { htmlReportOf } from "../report/html.ts";
import { jsonOf } from "../report/json.ts";
import { junitOf } from "../report/junit.ts";
import { Progress } from "../report/progress.ts";
import { storyOf } from "../report/story.ts";
import { summaryOf } from "../report/summary.ts";
import { explainBroken, explainStrays } from "./broken.ts";
import { type CliIo, EXIT, exitCodeOf, UsageError } from "./io.ts";
import { loadAdapter } from "./load_adapter.ts";
import { nearestTo } from "./nearest.ts";
import type { Given } from "./options.ts";
import { Output } from "./output.ts";
import { readTapes } from "./tapes_file.ts";

const DAY_S = 86_400;

/** `check ADAPTER`: searches, and says what came of it. */
export async function checkCommand(given: Given, io: CliIo): Promise<number> {
  const file = adapterOf(given);
  const options = await optionsOf(given, io);
  const output = await Output.of(io, given, ["json", "html", "junit"]);
  const adapter = await loadAdapter(file, { cwd: io.cwd, exportName: given.text("export") });
  const progress = new Progress(io.stderr, { now: () => io.now() });
  let isTold = false;
  const tell = (now: CheckProgress) => {
    if (!isTold) io.stderr.write(`Checking ${visible(adapter.name)} with seed ${options.seed}\n`);
    isTold = true;
    progress.update({ ...now, leftMs: now.budgetMs - now.elapsedMs });
  };
  const { report, failure } = await search({
    run: () => checkHost(adapter, { ...options, file, progress: tell }),
    io,
    end: () => progress.end(),
  });
  if (report !== undefined) {
    // Of a search that was broken off nothing is to be read but what it found.
    if (failure === undefined || report.violations.length > 0) sayReport(report, output);
    await writeFiles(report, output);
  }
  if (failure !== undefined) io.stderr.write(`${explainBroken(failure)}\n`);
  return exitOf(report, { failure, io, isStrict: given.has("strict") });
}

/** What a search came to: a report, and why it may be worth nothing. */
interface Searched {
  readonly report: CheckReport | undefined;
  readonly failure: AdapterError | undefined;
}

async function search(
  { run, io, end }: { run(): Promise<CheckReport>; io: CliIo; end(): void },
): Promise<Searched> {
  let searched: Searched;
  try {
    searched = { report: await run(), failure: undefined };
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    searched = { report: error.report, failure: error };
  } finally {
    end();
  }
  const { report, failure } = searched;
  if (report === undefined) return searched;
  const strays = explainStrays(io.strays);
  const told = failure === undefined ? report : brokenOff(report, failure);
  return { report: { ...told, warnings: [...strays, ...told.warnings] }, failure };
}

/** Nothing is known to be kept where the adapter broke. */
function brokenOff(report: CheckReport, { message }: AdapterError): CheckReport {
  const verdicts = report.verdicts.map(({ guarantee, ...verdict }): Verdict =>
    verdict.verdict === "kept"
      ? { guarantee, verdict: "skipped", reason: message }
      : { guarantee, ...verdict }
  );
  return { ...report, claim: "stochastic", verdicts, warnings: [message, ...report.warnings] };
}

/** Says what was found. */
export function sayReport(report: CheckReport, output: Output): void {
  for (const violation of report.violations) output.say(`${storyOf(violation, output.style)}\n\n`);
  output.say(summaryOf(report, output.style));
}

/** Writes the files that were asked for. */
export async function writeFiles(report: CheckReport, output: Output): Promise<void> {
  await output.write("json", () => jsonOf(report));
  await output.write("html", () => htmlReportOf(report));
  await output.write("junit", () => junitOf(report));
}

function exitOf(
  report: CheckReport | undefined,
  { failure, io, isStrict }: { failure: AdapterError | undefined; io: CliIo; isStrict: boolean },
): number {
  if (io.signal.aborted) return exitCodeOf(io.signal.reason);
  if (report !== undefined && report.violations.length > 0) return EXIT.broken;
  if (failure !== undefined || io.strays.length > 0) return EXIT.adapter;
  const never = Object.entries(report?.situations ?? {}).filter(([, count]) => count === 0);
  if (!isStrict || never.length === 0) return EXIT.clean;
  io.stderr.write(`check:host: Not clean: ${never.length} situations never came up (--strict)\n`);
  return EXIT.adapter;
}

/** The one argument of a command that takes an adapter. @throws {UsageError} if it is not one */
export function adapterOf({ positionals }: Given): string {
  const [file, ...others] = positionals;
  if (file === undefined) {
    throw new UsageError("Cannot check nothing: give the path of an adapter (see --help)");
  }
  if (others.length > 0) {
    throw new UsageError(`Cannot use argument "${others[0]}": one adapter is checked at a time`);
  }
  return file;
}

/** The guarantees that were named. @throws {UsageError} if there is no such */
export function guaranteesOf(given: Given): readonly Guarantee[] | undefined {
  const names = given.list("guarantee");
  if (names.length === 0) return undefined;
  return names.map((name) => {
    const found = GUARANTEES.find((guarantee) => guarantee === name.toUpperCase());
    if (found !== undefined) return found;
    const near = nearestTo(name, GUARANTEES);
    throw new UsageError(
      `Unknown guarantee ${name}: ${
        near === undefined ? `there are ${GUARANTEES.join(", ")}` : `did you mean ${near}?`
      }`,
    );
  });
}

async function optionsOf(
  given: Given,
  io: CliIo,
): Promise<CheckOptions & { readonly seed: number }> {
  const runs = given.whole("runs", { max: 1_000_000_000 });
  const budget = given.amount("budget", { max: DAY_S });
  if (budget === 0) throw new UsageError('Cannot use --budget "0": no schedule fits into no time');
  const operationsMax = given.whole("operations", { min: 1, max: 8 });
  const guarantees = guaranteesOf(given);
  const strategy = given.text("strategy");
  if (strategy !== undefined && !isStrategy(strategy)) throw unknownStrategy(strategy);
  const tapes = given.text("tapes");
  return {
    seed: seedOf(given, io),
    signal: io.signal,
    now: () => io.now(),
    ...(runs === undefined ? {} : { runs }),
    ...(budget === undefined ? {} : { budgetMs: budget * 1000 }),
    ...(operationsMax === undefined ? {} : { operationsMax }),
    ...(guarantees === undefined ? {} : { guarantees }),
    ...(strategy === undefined ? {} : { strategy }),
    ...(tapes === undefined ? {} : { tapes: await readTapes(tapes, io.cwd) }),
  };
}

/** The seed that was given, or one of its own. */
export function seedOf(given: Given, io: CliIo): number {
  const max = 2 ** 31 - 1;
  return given.whole("seed", { min: -max, max }) ?? io.randomSeed();
}

function unknownStrategy(name: string): UsageError {
  const near = nearestTo(name, STRATEGIES);
  const hint = near === undefined
    ? `there are ${STRATEGIES.join(", ")}`
    : `did you mean "${near}"?`;
  return new UsageError(`Unknown strategy "${name}": ${hint}`);
}
