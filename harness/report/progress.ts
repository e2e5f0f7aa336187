import { countOf, durationOf, perSecond, visible } from "./format.ts";
import { clipText } from "./wrap.ts";

/** Where progress is shown, for instance `process.stderr`. */
export interface ProgressSink {
  write(text: string): unknown;
  /** Whether a line can be drawn again. */
  readonly isTTY?: boolean | undefined;
  /** How many columns there are. Default: 80. */
  readonly columns?: number | undefined;
}

/** How far a search is. */
export interface ProgressUpdate {
  readonly strategy: string;
  /** So far. */
  readonly schedules: number;
  /** How much of what there is to do. */
  readonly done?: number | undefined;
  readonly of?: number | undefined;
  readonly situationsSeen: number;
  readonly situationsAll: number;
  readonly violations: number;
  readonly leftMs?: number | undefined;
}

/** Options of {@linkcode Progress}. */
export interface ProgressOptions {
  /** The time in ms, from any beginning. */
  now(): number;
}

/** On a terminal a line is drawn again at most so often, unless something new was found. */
const DRAW_EVERY_MS = 50;
/** Where there is none, a line is printed at most so often. */
const PRINT_EVERY_MS = 5_000;

const CLEAR = "\r\u001b[2K";

/**
 * Shows how far a search is: on a terminal in one line that is drawn again and again, elsewhere (in a
 * CI) in plain lines every five seconds.
 *
 * It may be updated as often as one likes, and never throws: a search does not fail because nobody can
 * read how far it is. The line is never wider than the terminal.
 */
export class Progress {
  readonly #sink: ProgressSink;
  readonly #options: ProgressOptions;
  #shownAtMs = -Infinity;
  #shown: ProgressUpdate | undefined;
  #isDrawn = false;
  /** From where the rate is counted. */
  #base: { readonly schedules: number; readonly atMs: number };
  #last: { readonly schedules: number; readonly atMs: number };

  constructor(sink: ProgressSink, options: ProgressOptions) {
    this.#sink = sink;
    this.#options = options;
    this.#base = { schedules: 0, atMs: this.#now() };
    this.#last = this.#base;
  }

  /** Shows how far it is now, if it is time to. */
  update(update: ProgressUpdate): void {
    const atMs = this.#now();
    // The count begins again: so does the rate.
    if (update.schedules < this.#last.schedules) {
      this.#base = { schedules: 0, atMs: this.#last.atMs };
    }
    this.#last = { schedules: update.schedules, atMs };
    if (!this.#isDue(update, atMs)) return;
    this.#shownAtMs = atMs;
    this.#shown = update;
    const line = this.#lineOf(update, atMs);
    if (this.#sink.isTTY !== true) return this.#write(`${line}\n`);
    this.#isDrawn = true;
    const columns = this.#sink.columns ?? 80;
    // The last column stays free: in it some terminals go on to the next line.
    this.#write(CLEAR + clipText(line, Math.max(0, columns - 1)));
  }

  /** Takes the line away. What is printed next begins where it was. */
  end(): void {
    if (!this.#isDrawn) return;
    this.#isDrawn = false;
    this.#shownAtMs = -Infinity;
    this.#write(CLEAR);
  }

  #isDue(update: ProgressUpdate, atMs: number): boolean {
    if (this.#sink.isTTY !== true) return atMs - this.#shownAtMs >= PRINT_EVERY_MS;
    return atMs - this.#shownAtMs >= DRAW_EVERY_MS || update.strategy !== this.#shown?.strategy ||
      update.violations !== this.#shown.violations;
  }

  #lineOf(update: ProgressUpdate, atMs: number): string {
    const { strategy, schedules, done, of, situationsSeen, situationsAll, violations, leftMs } =
      update;
    const share = done === undefined || of === undefined || !(of > 0)
      ? ""
      : ` ${Math.min(100, Math.floor(done / of * 100))}%`;
    const parts = [
      `${visible(strategy)}${share}`,
      `${countOf(schedules)} schedules`,
      `${perSecond(schedules - this.#base.schedules, atMs - this.#base.atMs)}/s`,
      `situations ${situationsSeen}/${situationsAll}`,
      `${countOf(violations)} broken`,
      ...(leftMs === undefined ? [] : [`${durationOf(Math.max(0, leftMs))} left`]),
    ];
    return parts.join("  ");
  }

  #now(): number {
    try {
      const now = this.#options.now();
      return Number.isFinite(now) ? now : 0;
    } catch {
      return 0;
    }
  }

  #write(text: string): void {
    try {
      this.#sink.write(text);
    } catch {
      // Nobody reads it any more.
    }
  }
}
