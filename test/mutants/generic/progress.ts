import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import type { Result } from "./judge.ts";
import { type Mutant, nameOf } from "./mutant.ts";
import type { StageName } from "./stages.ts";

interface Line {
  readonly digest: string;
  readonly name: string;
  /** Absent where all stages spared it. */
  readonly stage?: StageName;
  readonly by: string;
  /** What the tree was when they did. */
  readonly tree?: string;
}

/** Options of {@linkcode JudgedLog}. */
export interface JudgedLogOptions {
  readonly isResumed: boolean;
  /** A digest of all code and tests. */
  readonly tree: string;
}

/**
 * What was judged so far, in a file that a run which was broken off leaves behind. A kill counts for
 * as long as the source is the same; that the test is still there is for the next whole run to prove.
 * What survived counts only while no code and no test is another than it was.
 */
export class JudgedLog {
  readonly #file: string;
  readonly #tree: string;
  readonly #known = new Map<string, Line>();

  constructor(file: string, { isResumed, tree }: JudgedLogOptions) {
    this.#file = file;
    this.#tree = tree;
    mkdirSync(dirname(file), { recursive: true });
    if (!isResumed) writeFileSync(file, "");
    for (const line of readLines(file)) {
      if (line.stage !== undefined || line.tree === tree) this.#known.set(line.digest, line);
    }
  }

  /** What became of this mutant in a run before. */
  resultOf(mutant: Mutant, source: string): Result | undefined {
    const known = this.#known.get(digestOf(mutant, source));
    return known && { mutant, stage: known.stage, by: known.by };
  }

  add({ mutant, stage, by, left }: Result, source: string): void {
    if (left !== undefined) return;
    const line: Line = {
      ...{ digest: digestOf(mutant, source), name: nameOf(mutant), by },
      ...stage === undefined ? { tree: this.#tree } : { stage },
    };
    appendFileSync(this.#file, `${JSON.stringify(line)}\n`);
  }
}

function digestOf(mutant: Mutant, source: string): string {
  return createHash("sha256").update(source).update(nameOf(mutant)).digest("hex");
}

/**
 * The lines of a log. A run that was killed while it wrote leaves half a line at the end: it goes, and
 * its mutant is judged again.
 *
 * @throws {Error} if another line is none
 */
function readLines(file: string): Line[] {
  if (!existsSync(file)) return [];
  const text = readFileSync(file, "utf8");
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  if (whole !== text) writeFileSync(file, whole);
  return whole.split("\n").slice(0, -1).map((line, at) => {
    try {
      return JSON.parse(line) as Line;
    } catch {
      throw new Error(`Cannot resume: line ${at + 1} of ${file} is no JSON; run without --resume`);
    }
  });
}

/** How often a line is written where nobody watches. */
const PLAIN_EVERY_MS = 15_000;

/** A line on standard error: how far, how fast, how long still. */
export class ProgressLine {
  #what = "";
  #total = 0;
  #done = 0;
  #startedAt = 0;
  #writtenAt = 0;

  begin(what: string, total: number): void {
    this.#what = what;
    this.#total = total;
    this.#done = 0;
    this.#startedAt = performance.now();
    this.#write();
  }

  step(count: number): void {
    this.#done += count;
    const isDue = process.stderr.isTTY || performance.now() - this.#writtenAt >= PLAIN_EVERY_MS;
    if (isDue || this.#done === this.#total) this.#write();
  }

  #write(): void {
    this.#writtenAt = performance.now();
    const rate = this.#done / ((performance.now() - this.#startedAt) / 1_000);
    const left = rate > 0
      ? `, ${rate.toFixed(1)}/s, ${timeText((this.#total - this.#done) / rate)} left`
      : "";
    const line = `${this.#what}: ${this.#done} of ${this.#total}${left}`;
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
  }

  end(): void {
    if (process.stderr.isTTY) process.stderr.write("\n");
  }
}

function timeText(seconds: number): string {
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
