import { isSettling } from "../ledger.ts";
import type { LedgerRecord, RunRecord } from "../ledger_record.ts";
import type { LedgerLine, StepLine, Violation } from "./check_report.ts";
import { durationOf, listOf, nameOf, plural, visible } from "./format.ts";
import { holdsFromRuns, holdsOf, overlapsOf } from "./holds.ts";
import { type Lane, Lanes, type RunExtent } from "./lanes.ts";
import { narrate, sessionsOf, type Told } from "./narration.ts";
import type { Owner } from "./owners.ts";

/** One line of the picture: what a step is, or one record of it. */
export interface Line {
  readonly row: number;
  readonly lane: number;
  readonly words: string;
  /** The numbers of its records: none for a step that no record tells of, several measurements in one. */
  readonly records: readonly number[];
  readonly isHead: boolean;
  /** With the `root` it went wrong, and `also` helps to explain it. */
  readonly tone: "root" | "also" | "plain";
  /** Whether it is worth a look, though nobody says that it is part of what went wrong. */
  readonly isOdd: boolean;
  /** The run that begins with it. */
  readonly begins?: number;
}

/** One step of the schedule. */
export interface Row {
  readonly step: number;
  /** Its label, how soon it came after the step before, and when: small print. */
  readonly tag: string;
  readonly lane: number;
  readonly source: StepLine | undefined;
  /** The numbers of its lines, of which the first is its head. */
  readonly from: number;
  readonly to: number;
}

/** A run of the agent, from the line of its call to that in which it settles. */
export interface Span {
  readonly lane: number;
  readonly run: number;
  readonly session: string;
  readonly messages: readonly string[];
  readonly from: number;
  /** `undefined` if it never settles. */
  readonly to: number | undefined;
}

/** How long the guard of a session had one owner. `to` is the line with which that is over. */
export interface Hold {
  readonly lane: number;
  readonly session: string;
  /** `undefined` where nobody had it although a run went on. */
  readonly owner: Owner | undefined;
  readonly isDead: boolean;
  readonly from: number;
  readonly to: number;
}

/** Two or more runs of one session at once. */
export interface Overlap {
  readonly session: string;
  readonly runs: readonly number[];
  readonly lanes: readonly number[];
  readonly from: number;
  readonly to: number;
}

/** A violation as a picture shows it: lanes beside each other, lines in the order of time. */
export interface Chronicle {
  readonly lanes: readonly Lane[];
  readonly rows: readonly Row[];
  readonly lines: readonly Line[];
  readonly spans: readonly Span[];
  readonly holds: readonly Hold[];
  readonly overlaps: readonly Overlap[];
  readonly sessions: readonly string[];
  /** Sessions whose guard the host does not show: it is drawn from their runs. */
  readonly unseenGuards: readonly string[];
}

/** Lays a violation out: what is in which lane and on which line, without any measure. */
export function chronicleOf(violation: Violation): Chronicle {
  const told = narrate(violation.ledger);
  const extents = extentsOf(violation.ledger);
  const lanes = new Lanes(violation, extents);
  const { rows, lines } = layOut(violation, { told, lanes });
  const lineOfRecord = new Map<number, number>();
  lines.forEach(({ records }, at) => records.forEach((record) => lineOfRecord.set(record, at)));
  const spans = extents.map(({ run, session, messages, from, to }): Span => ({
    lane: lanes.ofRun(run),
    run,
    session,
    messages,
    from: lineOfRecord.get(from) ?? 0,
    to: to === Infinity ? undefined : lineOfRecord.get(to),
  }));
  const sessions = sessionsOf(violation.ledger);
  const withRuns = sessions.filter((session) => lanes.ofGuard(session) !== undefined);
  const seen = new Set(
    told.flatMap(({ record }) => record.kind === "guard" ? [record.session] : []),
  );
  const unseenGuards = withRuns.filter((session) =>
    !seen.has(session) && spans.some((span) => span.session === session)
  );
  const story = { told, lineOfRecord, rows, lines, spans };
  const holds = withRuns.flatMap((session) => {
    const place = { session, lane: lanes.ofGuard(session)! };
    return seen.has(session) ? holdsOf(story, place) : holdsFromRuns(story, place);
  });
  const overlaps = sessions.flatMap((session) =>
    overlapsOf(spans.filter((span) => span.session === session), lines.length)
  );
  return { lanes: lanes.all, rows, lines, spans, holds, overlaps, sessions, unseenGuards };
}

function extentsOf(ledger: readonly LedgerLine[]): RunExtent[] {
  const runs = new Map<number, RunExtent>();
  ledger.forEach(({ record }, at) => {
    if (record.kind === "process" && record.act === "crash") {
      for (const [run, extent] of runs) if (extent.to > at) runs.set(run, { ...extent, to: at });
    }
    if (record.kind !== "run") return;
    const known = runs.get(record.run) ?? extentOf(record, at);
    runs.set(record.run, isSettling(record.act) && known.to > at ? { ...known, to: at } : known);
  });
  return [...runs.values()];
}

function extentOf(record: RunRecord, at: number): RunExtent {
  const { run, session, messages = [record.message] } = record;
  return { run, session, messages, from: at, to: Infinity };
}

/** Makes the rows and their lines. */
function layOut(
  violation: Violation,
  { told, lanes }: { told: readonly Told[]; lanes: Lanes },
): { rows: Row[]; lines: Line[] } {
  const { schedule, ledger } = violation;
  const root = violation.root >= 0 && violation.root < ledger.length
    ? violation.root
    : ledger.length - 1;
  const also = new Set(violation.also);
  const rows: Row[] = [];
  const lines: Line[] = [];
  for (const step of stepsOf(violation)) {
    const source = schedule.find((one) => one.step === step);
    const records = ledger.flatMap((line, at) => line.step === step ? [at] : []);
    const groups = foldMeasures(records, ledger);
    const first = groups[0]?.[0];
    const lane = source === undefined
      ? first === undefined ? 0 : lanes.ofRecord(ledger[first]!.record, source)
      : lanes.ofStep(source);
    const from = lines.length;
    const isTold = first !== undefined && (source === undefined ||
      ledger[first]!.step === step && lanes.ofRecord(ledger[first]!.record, source) === lane);
    if (!isTold) {
      const words = headWords(source);
      lines.push({
        row: rows.length,
        lane,
        words,
        records: [],
        isHead: true,
        tone: "plain",
        isOdd: false,
      });
    }
    for (const group of groups) {
      const { record } = told[group[0]!]!;
      lines.push({
        row: rows.length,
        lane: lanes.ofRecord(record, source),
        words: group.length === 1 ? told[group[0]!]!.words : measuresWords(group, ledger),
        records: group,
        isHead: lines.length === from,
        tone: group.includes(root) ? "root" : group.some((at) => also.has(at)) ? "also" : "plain",
        isOdd: group.some((at) => told[at]!.isOdd),
        ...(record.kind === "run" && record.act === "call" ? { begins: record.run } : {}),
      });
    }
    const tag = tagOf(source, isTold, first === undefined ? 0 : ledger[first]!.ms);
    rows.push({ step, tag, lane, source, from, to: lines.length });
  }
  // There is always something to point at.
  const last = lines.length - 1;
  if (last >= 0 && !lines.some(({ tone }) => tone === "root")) {
    lines[last] = { ...lines[last]!, tone: "root" };
  }
  return { rows, lines };
}

function stepsOf({ schedule, ledger }: Violation): number[] {
  const steps = new Set([...schedule.map(({ step }) => step), ...ledger.map(({ step }) => step)]);
  return steps.size === 0 ? [0] : [...steps].sort((a, b) => a - b);
}

function headWords(source: StepLine | undefined): string {
  if (source === undefined) return "Before the first step.";
  const actor = source.actor === "" ? "host" : visible(source.actor);
  return `${actor[0]!.toUpperCase()}${actor.slice(1)}: ${visible(source.label)}.`;
}

function tagOf(source: StepLine | undefined, isTold: boolean, ms: number): string {
  const time = ms > 0 ? [`at ${durationOf(ms)}`] : [];
  const name = source === undefined ? "before the first step" : visible(source.label);
  const parts = isTold ? [name] : [];
  if (source?.hops !== undefined) {
    parts.push(`${plural(source.hops, "hop")} after step ${source.step - 1}`);
  }
  return [...parts, ...time].join(" · ");
}

/** Measurements of one thing that follow each other become one line. */
function foldMeasures(records: readonly number[], ledger: readonly LedgerLine[]): number[][] {
  const groups: number[][] = [];
  let key: string | undefined;
  for (const at of records) {
    const of = measureKey(ledger[at]!.record);
    if (of !== undefined && of === key) groups.at(-1)!.push(at);
    else groups.push([at]);
    key = of;
  }
  return groups;
}

function measureKey(record: LedgerRecord): string | undefined {
  return record.kind === "measure" ? JSON.stringify([record.lane, record.name]) : undefined;
}

function measuresWords(group: readonly number[], ledger: readonly LedgerLine[]): string {
  const points = group.map((at) => ledger[at]!.record).filter((record) =>
    record.kind === "measure"
  );
  const [first] = points;
  const values = points.map(({ n, value }) => `${value} at point ${n}`);
  return `Measured, ${first!.lane} of ${nameOf(first!.name)}: ${listOf(values)}.`;
}
