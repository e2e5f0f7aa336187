import type { CheckReport } from "./check_report.ts";
import {
  behindWords,
  brokenOf,
  claimWords,
  countVerdicts,
  keptOf,
  levelWords,
  resultWords,
  skippedByReason,
} from "./claim.ts";
import { countOf, durationOf, perSecond, plural, visible } from "./format.ts";
import { type Paint, paintOf } from "./paint.ts";
import { columnsOf, padText, wrapText } from "./wrap.ts";

/** Options of {@linkcode summaryOf}. */
export interface SummaryOptions {
  /** With the colours of a terminal. Default: `false`. */
  readonly color?: boolean;
  /** How many columns there are; at least 40. Default: 80. */
  readonly width?: number;
}

/**
 * What a check came to, for the end of its output on a terminal: the verdicts, what they are worth, what
 * came up and how fast it went. The stories of what is broken are `storyOf`'s.
 */
export function summaryOf(report: CheckReport, options: SummaryOptions = {}): string {
  const paint = paintOf(options.color ?? false);
  const width = Math.max(40, Math.floor(options.width ?? 80));
  const paragraph = (text: string) => wrapText(visible(text), { max: width });
  const claim = claimWords(report);
  const hasBroken = brokenOf(report).length > 0;
  const result = hasBroken ? paint.alarm : paint.good;
  return [
    ...paragraph(`${report.adapter} (${report.file}), ${levelWords(report.level)}`),
    "",
    ...paragraph(`${resultWords(report)}.`).map(result),
    "",
    ...verdictLines(report, { paint, width }),
    "",
    ...paragraph(`Claim: ${claim.name}. ${claim.means} ${claim.not}`),
    "",
    ...situationLines(report, { paint, width }),
    ...strategyLines(report, width),
    ...remarkLines(report, { paint, width }),
  ].join("\n");
}

interface Page {
  readonly paint: Paint;
  readonly width: number;
}

/** A first column, and behind it a text that is wrapped in its own column. */
function hanging(
  first: string,
  text: string,
  { at, width }: { at: number; width: number },
): string[] {
  const max = Math.max(16, width - at);
  return wrapText(visible(text), { max }).map((line, piece) =>
    padText(piece === 0 ? first : "", at) + line
  );
}

function verdictLines(report: CheckReport, { paint, width }: Page): string[] {
  const { violations } = report;
  const counts = countVerdicts(report);
  const head = (name: "broken" | "kept" | "skipped") =>
    `  ${name.padEnd(7)} ${countOf(counts[name]).padStart(3)}  `;
  const at = head("kept").length;
  const broken = brokenOf(report).flatMap((name) => {
    const own = violations.filter(({ guarantee }) => guarantee === name);
    if (own.length > 0) return own.map(({ story }) => `${name}: ${story}`);
    const verdict = report.verdicts.find(({ guarantee }) => guarantee === name);
    const behind = verdict?.verdict === "broken" ? verdict.behind : undefined;
    return [behind === undefined ? name : `${name}: ${behindWords(behind)}`];
  });
  const kept = keptOf(report).join(", ");
  const skipped = [...skippedByReason(report)].map(([reason, group]) =>
    `${reason}: ${group.join(", ")}`
  );
  return [
    ...group(head("broken"), broken, { at, width }).map(
      counts.broken > 0 ? paint.alarm : paint.faint,
    ),
    ...group(head("kept"), [kept], { at, width }),
    ...group(head("skipped"), skipped, { at, width }).map(paint.faint),
  ];
}

/** Several texts behind one first column. */
function group(
  first: string,
  texts: readonly string[],
  place: { at: number; width: number },
): string[] {
  if (texts.join("") === "") return [first.trimEnd()];
  return texts.flatMap((text, index) => hanging(index === 0 ? first : "", text, place));
}

function situationLines({ situations }: CheckReport, { paint, width }: Page): string[] {
  const entries = Object.entries(situations);
  if (entries.length === 0) return [];
  const seen = entries.filter(([, count]) => count > 0).length;
  const counts = entries.map(([, count]) => count > 0 ? countOf(count) : "never");
  const column = Math.max(...counts.map(columnsOf));
  return [
    ...wrapText(`Situations: ${seen} of ${entries.length} came up, in so many schedules`, {
      max: width,
    }),
    ...entries.flatMap(([name, count], at) => {
      const first = `  ${counts[at]!.padStart(column)}  `;
      const lines = hanging(first, name, { at: first.length, width });
      return count > 0 ? lines : lines.map(paint.alarm);
    }),
    "",
  ];
}

function strategyLines(
  { strategies, schedules, steps, ms, seed }: CheckReport,
  width: number,
): string[] {
  const column = Math.max(0, ...strategies.map(({ name }) => columnsOf(visible(name)))) + 4;
  const lines = strategies.flatMap(({ name, schedules, ms, complete, bounds }) => {
    const share = complete === undefined
      ? ""
      : complete
      ? "all there are: "
      : "not all there are: ";
    const text = `${countOf(schedules)} in ${durationOf(ms)}, ${share}${bounds}`;
    return hanging(`  ${visible(name)}`, text, { at: column, width });
  });
  const total =
    `${plural(schedules, "schedule")} and ${plural(steps, "step")} in ${durationOf(ms)}: ` +
    `${perSecond(schedules, ms)} schedules a second, with seed ${seed}`;
  return [...wrapText(total, { max: width }), ...lines];
}

function remarkLines({ warnings, escapes }: CheckReport, { paint, width }: Page): string[] {
  const list = (title: string, texts: readonly string[]) =>
    texts.length === 0 ? [] : [
      "",
      paint.alarm(title),
      ...texts.flatMap((text) => hanging("  - ", text, { at: 4, width })),
    ];
  return [
    ...list("What makes this run worth less", warnings),
    ...list("What escaped control", escapes),
  ];
}
