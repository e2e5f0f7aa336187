import { ORACLES } from "../oracles/oracles.ts";
import type { LedgerLine, StepLine, Violation } from "../report/check_report.ts";
import { formatTape } from "../sim/tape.ts";
import type { BrokenGuarantee } from "../judge.ts";
import { formatOperation } from "./operations.ts";
import type { HostPlayback, Story } from "./story.ts";

/** How a violation was found. */
export interface Finding {
  readonly strategy: string;
  readonly seed: number;
  readonly foundAfter: number;
  readonly unshrunk: { readonly operations: number; readonly steps: number };
  readonly shrinkMs: number;
}

/** Everything that tells of a broken guarantee: of the shrunk story, as it was played. */
export function violationOf(
  played: { story: Story; playback: HostPlayback; broken: BrokenGuarantee },
  { file, finding }: { file: string; finding: Finding },
): Violation {
  const { story, playback, broken } = played;
  const { guarantee, breach } = broken;
  return {
    guarantee,
    promise: ORACLES[guarantee].promise,
    story: breach.story,
    operations: story.operations.map(formatOperation),
    tape: story.tape,
    replay: replayLineOf(file, story),
    schedule: stepLinesOf(playback),
    ledger: ledgerLinesOf(playback),
    root: breach.at,
    also: breach.also ?? [],
    ...finding,
  };
}

/** The command that shows a story again. */
export function replayLineOf(file: string, { operations, tape, lane }: Story): string {
  const parts = ["npm run check:host -- replay", quoted(file)];
  parts.push(`--operations ${quoted(operations.map(formatOperation).join("; "))}`);
  parts.push(`--tape ${formatTape(tape)}`);
  if (lane.racy) parts.push("--racy");
  if (lane.workSteps) parts.push(`--work ${lane.workSteps}`);
  return parts.join(" ");
}

/** The steps of a schedule, for a picture. */
export function stepLinesOf({ taken }: HostPlayback): StepLine[] {
  return taken.map(({ step, hops, isDeviation }, at) => ({
    step: at + 1,
    label: step.label,
    actor: step.actor ?? step.label,
    session: step.session ?? "",
    ...(hops < 0 ? {} : { hops }),
    isDeviation,
  }));
}

/** The record of a schedule, for a picture. */
export function ledgerLinesOf({ world: { ledger } }: HostPlayback): LedgerLine[] {
  return ledger.records.map((record, at) => ({
    step: ledger.stepOf(at),
    ms: ledger.msOf(at),
    record,
  }));
}

/** A text as one word of a shell command. */
export function quoted(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
