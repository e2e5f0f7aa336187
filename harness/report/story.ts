import type { Violation } from "./check_report.ts";
import { type Chronicle, chronicleOf } from "./chronicle.ts";
import { drawLanes, LEGEND, type Picture } from "./diagram.ts";
import { durationOf, plural, visible } from "./format.ts";
import { paintOf } from "./paint.ts";
import { wrapText } from "./wrap.ts";

export { wordsOf } from "./words.ts";
export type { WordsContext } from "./words_context.ts";

/** Options of {@linkcode storyOf}. */
export interface StoryOptions {
  /** With the colours of a terminal. Default: `false`. */
  readonly color?: boolean;
  /** How many columns there are; at least 40. Default: 80. */
  readonly width?: number;
}

/**
 * A violation as text for a terminal: what was promised, what came of it, and what happened, with a
 * lane for each actor and time downward. Nothing is left out: what is too long is wrapped.
 *
 * The last line is the command that shows it again, exactly as it is to be typed, however long.
 */
export function storyOf(violation: Violation, options: StoryOptions = {}): string {
  const paint = paintOf(options.color ?? false);
  const width = Math.max(40, Math.floor(options.width ?? 80));
  const chronicle = chronicleOf(violation);
  const paragraph = (text: string) => wrapText(visible(text), { max: width });
  const picture = drawLanes(chronicle, { paint, width });
  return [
    ...paragraph(`${violation.guarantee} is broken`).map(paint.alarm),
    ...paragraph(violation.promise).map(paint.faint),
    "",
    ...paragraph(violation.story).map(paint.strong),
    "",
    ...operationLines(violation, width),
    "",
    "What happened, from top to bottom:",
    "",
    ...picture.lines,
    "",
    ...legendLines(picture, chronicle, width).map(paint.faint),
    "",
    ...paragraph(foundWords(violation)).map(paint.faint),
    "To see it again:",
    violation.replay,
  ].join("\n");
}

/** Who found it and how far it was shrunk, in one sentence or two. */
export function foundWords(violation: Violation): string {
  const { strategy, seed, foundAfter, unshrunk, shrinkMs, operations, schedule } = violation;
  // What goes through all there are has no seed.
  const seeded = seed === 0 ? "" : `, with seed ${seed}`;
  const found = `Found by ${strategy} after ${plural(foundAfter, "schedule")}${seeded}.`;
  if (schedule.length === 0) return "Measured over long chains of turns, beside the schedules.";
  const now = `${plural(operations.length, "operation")} and ${plural(schedule.length, "step")}`;
  if (strategy === "replay") return `Played again: ${now}.`;
  if (unshrunk.operations === operations.length && unshrunk.steps === schedule.length) {
    return `${found} It could not be made smaller than ${now}.`;
  }
  const before = `${plural(unshrunk.operations, "operation")} and ${
    plural(unshrunk.steps, "step")
  }`;
  return `${found} Shrunk from ${before} to ${now}, in ${durationOf(shrinkMs)}.`;
}

function operationLines({ operations }: Violation, width: number): string[] {
  if (operations.length === 0) return ["Nothing was asked of the host."];
  const gutter = String(operations.length).length + 4;
  return ["What was asked of the host:"].concat(operations.flatMap((operation, at) => {
    const number = `${at + 1}. `.padStart(gutter);
    return wrapText(visible(operation), { max: width - gutter })
      .map((line, piece) => (piece === 0 ? number : " ".repeat(gutter)) + line);
  }));
}

function legendLines(picture: Picture, chronicle: Chronicle, width: number): string[] {
  const entries = LEGEND.filter(({ sign }) => picture.signs.has(sign))
    .map(({ sign, words }) => `${sign} ${words}`);
  const unseen = chronicle.unseenGuards.length === 0
    ? []
    : ["This host does not show its guard: it is drawn from the runs, with their numbers."];
  const lines: string[] = [];
  for (const entry of entries) {
    const joined = lines.length === 0 ? entry : `${lines.at(-1)}   ${entry}`;
    if (lines.length > 0 && joined.length <= width) lines[lines.length - 1] = joined;
    else lines.push(...wrapText(entry, { max: width }));
  }
  return [...lines, ...unseen.flatMap((line) => wrapText(line, { max: width }))];
}
