import { availableParallelism } from "node:os";
import { extname } from "node:path";
import { mergeReports } from "../kit/merge_reports.ts";
import type { CheckReport } from "../report/check_report.ts";
import { countOf, durationOf, perSecond } from "../report/format.ts";
import { htmlReportOf } from "../report/html.ts";
import { jsonOf } from "../report/json.ts";
import { Progress } from "../report/progress.ts";
import { storyOf } from "../report/story.ts";
import { summaryOf } from "../report/summary.ts";
import { guaranteesOf, seedOf } from "./check_command.ts";
import { ExploreJobs, type ExploreTotals } from "./explore_jobs.ts";
import { type CliIo, EXIT, exitCodeOf, UsageError } from "./io.ts";
import { loadAdapter } from "./load_adapter.ts";
import type { Given } from "./options.ts";
import { Output } from "./output.ts";
import { reportOf } from "./read_report.ts";

const MINUTES_MAX = 60 * 24 * 7;
const JOBS_MAX = 64;
const OPERATIONS = 5;
const MINUTE_MS = 60_000;

/** `explore ADAPTER...`: searches on all cores for as long as wanted. */
export async function exploreCommand(given: Given, io: CliIo): Promise<number> {
  const files = given.positionals;
  const minutes = given.amount("minutes", { max: MINUTES_MAX });
  if (files.length === 0) {
    throw new UsageError("Cannot explore nothing: give the paths of adapters (see --help)");
  }
  if (minutes === undefined) throw new UsageError("Cannot explore: --minutes is missing");
  const jobs = given.whole("jobs", { min: 1, max: JOBS_MAX }) ?? availableParallelism();
  const operationsMax = given.whole("operations", { min: 1, max: 8 }) ?? OPERATIONS;
  const task = {
    files,
    exportName: given.text("export"),
    cwd: io.cwd,
    seed: seedOf(given, io),
    operationsMax,
    guarantees: guaranteesOf(given),
    durationMs: minutes * MINUTE_MS,
  };
  const output = await Output.of(io, given, ["json", "html"]);
  const names: string[] = [];
  for (const file of files) {
    names.push((await loadAdapter(file, { cwd: io.cwd, exportName: task.exportName })).name);
  }
  io.stderr.write(
    `Exploring ${names.join(", ")} for ${durationOf(task.durationMs)}, ${jobs} at a time, ` +
      `with seed ${task.seed}\n`,
  );
  const watcher = new Watcher(io, { names, durationMs: task.durationMs });
  const running = new ExploreJobs({
    task,
    jobs,
    signal: io.signal,
    now: () => io.now(),
    tick: () => watcher.tick(running.totals),
  });
  await running.done();
  watcher.end();
  const found = running.totals.map((totals) => resultOf(totals));
  await write(found, { output, names, ms: watcher.elapsedMs, task: { ...task, jobs, minutes } });
  for (const { text } of running.failures) io.stderr.write(`${text}\n`);
  for (const stray of running.strays) io.stderr.write(`check:host: ${stray}\n`);
  if (io.signal.aborted) return exitCodeOf(io.signal.reason);
  if (found.some(({ report }) => (report?.violations.length ?? 0) > 0)) return EXIT.broken;
  const isWorthless = found.some(({ report }) => (report?.schedules ?? 0) === 0);
  const hasFailed = running.failures.length > 0 || running.strays.length > 0;
  return isWorthless || hasFailed ? EXIT.adapter : EXIT.clean;
}

/** What was found of one adapter. */
interface Found {
  readonly report: CheckReport | undefined;
  readonly distinct: number;
}

function resultOf({ reports, distinct }: ExploreTotals): Found {
  if (reports.length === 0) return { report: undefined, distinct };
  return {
    report: mergeReports(reports.map((text) => reportOf(JSON.parse(text), "job"))),
    distinct,
  };
}

/** Shows how it goes on. */
class Watcher {
  readonly #io: CliIo;
  readonly #names: readonly string[];
  readonly #durationMs: number;
  readonly #beganMs: number;
  readonly #progress: Progress;
  readonly #told = new Set<string>();
  #linesTold = 0;

  constructor(io: CliIo, what: { names: readonly string[]; durationMs: number }) {
    this.#io = io;
    this.#names = what.names;
    this.#durationMs = what.durationMs;
    this.#beganMs = io.now();
    this.#progress = new Progress(io.stderr, { now: () => io.now() });
  }

  get elapsedMs(): number {
    return this.#io.now() - this.#beganMs;
  }

  /** Called every second. */
  tick(totals: readonly ExploreTotals[]): void {
    this.#tellViolations(totals);
    const { elapsedMs } = this;
    // In a log one line a minute is enough.
    const lines = Math.floor(elapsedMs / MINUTE_MS);
    if (this.#io.stderr.isTTY !== true && lines === this.#linesTold && lines > 0) return;
    this.#linesTold = lines;
    const sum = (of: (totals: ExploreTotals) => number) =>
      totals.reduce((sum, one) => sum + of(one), 0);
    this.#progress.update({
      strategy: `explore  ${countOf(sum(({ distinct }) => distinct))} stories`,
      schedules: sum(({ schedules }) => schedules),
      situationsSeen: sum(({ situationsSeen }) => situationsSeen),
      situationsAll: sum(({ situationsAll }) => situationsAll),
      violations: this.#told.size,
      leftMs: this.#durationMs - elapsedMs,
    });
  }

  end(): void {
    this.#progress.end();
  }

  #tellViolations(totals: readonly ExploreTotals[]): void {
    totals.forEach(({ reports }, at) => {
      for (const text of reports) {
        for (const { guarantee, story, replay } of reportOf(JSON.parse(text), "job").violations) {
          const key = `${at} ${guarantee}`;
          if (this.#told.has(key)) continue;
          this.#told.add(key);
          this.#progress.end();
          this.#io.stderr.write(`${this.#names[at]} breaks ${guarantee}: ${story}\n${replay}\n`);
        }
      }
    });
  }
}

interface About {
  readonly output: Output;
  readonly names: readonly string[];
  readonly ms: number;
  readonly task: { readonly seed: number; readonly jobs: number; readonly minutes: number };
}

async function write(found: readonly Found[], { output, names, ms, task }: About): Promise<void> {
  const lines: string[] = [];
  for (const [at, { report, distinct }] of found.entries()) {
    if (report === undefined) {
      lines.push(`${names[at]}: nothing was played`);
      continue;
    }
    for (const violation of report.violations) {
      output.say(`${storyOf(violation, output.style)}\n\n`);
    }
    output.say(`${summaryOf(report, output.style)}\n\n`);
    const { schedules, violations } = report;
    lines.push(
      `${names[at]}: ${countOf(schedules)} schedules, about ${
        countOf(distinct)
      } different stories, ` +
        `${violations.length} broken`,
    );
  }
  const schedules = found.reduce((sum, { report }) => sum + (report?.schedules ?? 0), 0);
  lines.push(
    `In all ${countOf(schedules)} schedules in ${durationOf(ms)}, ${
      perSecond(schedules, ms)
    } a second`,
  );
  output.say(lines.join("\n"));
  await output.write("json", () => jsonTextOf(found, { ...task, ms }));
  const reports = found.flatMap(({ report }) => report ?? []);
  if (reports.length === 1) await output.write("html", () => htmlReportOf(reports[0]!));
  else {
    for (const report of reports) {
      await output.write("html", () => htmlReportOf(report), (path) => besidePath(path, report));
    }
  }
}

/** `explore.html` of `session-queue` is `explore-session-queue.html`. */
function besidePath(path: string, { adapter }: CheckReport): string {
  const end = extname(path);
  const name = adapter.replace(/[^\p{L}\p{N}]+/gu, "-");
  return `${path.slice(0, path.length - end.length)}-${name}${end}`;
}

function jsonTextOf(found: readonly Found[], about: Readonly<Record<string, number>>): string {
  const reports = found.flatMap(({ report, distinct }) =>
    report === undefined ? [] : [{ distinct, ...JSON.parse(jsonOf(report)) }]
  );
  return `${JSON.stringify({ ...about, reports }, undefined, 2)}\n`;
}
