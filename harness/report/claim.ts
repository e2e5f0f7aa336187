import type { CheckReport } from "./check_report.ts";
import { listOf, plural, visible } from "./format.ts";

/** What a report stands for. */
export interface ClaimWords {
  readonly name: CheckReport["claim"];
  /** What it means, and what it does not, each one sentence. */
  readonly means: string;
  readonly not: string;
}

/** Says in words what the claim of a report is worth. */
export function claimWords(report: CheckReport): ClaimWords {
  const { claim, schedules, strategies } = report;
  const count = plural(schedules, "schedule");
  if (claim === "exhaustive to bound") {
    const bounds = strategies.filter(({ complete }) => complete).map(({ bounds }) =>
      visible(bounds)
    );
    const within = bounds.length === 0 ? "" : `: ${listOf(bounds)}`;
    return {
      name: claim,
      means: `Every order in which things can happen within the bounds was tried${within}.`,
      not: "What is larger than the bounds was only sampled, or not tried at all.",
    };
  }
  if (claim === "required") {
    return {
      name: claim,
      means:
        `Everything was under control in all of ${count}, so each of them counts and can be run again.`,
      not: "Not every possible schedule was run: one of the others may still break something.",
    };
  }
  if (report.escapes.length === 0) {
    return {
      name: claim,
      means: `It claims ${levelWords(report.level)}; so a guarantee that is kept means that ` +
        `nothing was seen in ${count}.`,
      not: "Only a host of level 2 is known to do the same in each replay.",
    };
  }
  return {
    name: claim,
    means:
      `Something about the host escapes control, so a guarantee that is kept only means that nothing was seen in ${count}.`,
    not: "Another run may see something else, and a replay may take another course.",
  };
}

const LEVELS = [
  "only its messages are seen",
  "it shows its guards and what waits",
  "its time and storage are under control",
] as const;

/** A level in words. */
export function levelWords(level: CheckReport["level"]): string {
  return `level ${level}: ${LEVELS[level]}`;
}

/** The guarantees that are broken: by their verdict or, should that be missing, by a violation. */
export function brokenOf({ verdicts, violations }: CheckReport): string[] {
  const judged = verdicts.filter(({ verdict }) => verdict === "broken");
  return [...new Set<string>([...judged, ...violations].map(({ guarantee }) => guarantee))];
}

/** What is told of a guarantee that was only broken behind another one. */
export function behindWords(behind: string): string {
  return `only in schedules that break ${behind} first`;
}

/** The guarantees that were judged and kept. */
export function keptOf(report: CheckReport): string[] {
  const broken = brokenOf(report);
  return report.verdicts.filter(({ verdict }) => verdict === "kept")
    .map(({ guarantee }): string => guarantee).filter((name) => !broken.includes(name));
}

/** How many guarantees there are of each verdict. */
export function countVerdicts(
  report: CheckReport,
): { kept: number; broken: number; skipped: number } {
  const broken = brokenOf(report).length;
  const kept = keptOf(report).length;
  const skipped = report.verdicts.filter(({ verdict }) => verdict === "skipped").length;
  return { kept, broken, skipped };
}

/** The skipped guarantees by their reason, in the order in which the reasons first come up. */
export function skippedByReason({ verdicts }: CheckReport): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const verdict of verdicts) {
    if (verdict.verdict !== "skipped") continue;
    const group = groups.get(verdict.reason) ?? [];
    group.push(verdict.guarantee);
    groups.set(verdict.reason, group);
  }
  return groups;
}

/** What came of it, in one sentence. */
export function resultWords(report: CheckReport): string {
  const { kept, broken } = countVerdicts(report);
  const judged = kept + broken;
  if (judged === 0) return "Nothing was judged";
  if (broken === 0) {
    return judged === 1
      ? "The one guarantee that was judged is kept"
      : `All ${judged} guarantees that were judged are kept`;
  }
  return `${broken} of ${plural(judged, "guarantee")} that ${
    judged === 1 ? "was" : "were"
  } judged ${broken === 1 ? "is" : "are"} broken`;
}
