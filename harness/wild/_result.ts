import { type Guarantee, GUARANTEES } from "../oracles/oracles.ts";
import { formatTape } from "../sim/tape.ts";
import { runtimeOf, versionOf } from "./_installed.ts";
import type { Searched, Told } from "./_search.ts";
import { fileOf, type NotPromised, type Quote, type WildRow } from "./wild_row.ts";

/** What became of a guarantee. */
export type WildVerdict = "kept" | "broken" | "broken, not promised" | "not judged";

/** One story, with all that is needed to see it again. */
export interface WildStory {
  /** What happened, in one sentence. */
  readonly story: string;
  readonly operations: readonly string[];
  readonly tape: string;
  readonly racy?: true;
  readonly workSteps?: number;
  readonly replay: string;
}

/** One guarantee of one row. */
export interface WildCell {
  readonly guarantee: Guarantee;
  readonly verdict: WildVerdict;
  /** What they promise; nothing if they do not. */
  readonly promised?: Quote;
  readonly notPromised?: NotPromised;
  /** In so many schedules it was judged. */
  readonly schedules: number;
  /** The smallest first. */
  readonly stories: readonly WildStory[];
}

/** What came of a row. */
export interface WildResult {
  readonly id: string;
  readonly file: string;
  readonly use: string;
  readonly standing?: Quote;
  /** What really ran. */
  readonly versions: Readonly<Record<string, string>>;
  readonly level: 0 | 1 | 2;
  /** Whether each schedule can be played again: nothing of it escaped control. */
  readonly isControlled: boolean;
  readonly schedules: number;
  readonly bounds: readonly string[];
  readonly remedy?: string;
  readonly seenIn: readonly string[];
  readonly cells: readonly WildCell[];
}

/** The whole report: what stands in `wild.json`. */
export interface WildReport {
  readonly rows: readonly WildResult[];
}

/** What a row and its search come to. */
export function resultOf(row: WildRow, searched: Searched): WildResult {
  const { id, use, standing, packages, adapter: { level = 0 }, remedy, seenIn = [] } = row;
  const { schedules, bounds, isControlled } = searched;
  return {
    id,
    file: fileOf(row),
    use,
    ...(standing === undefined ? {} : { standing }),
    versions: versionsOf(packages),
    level,
    isControlled: isControlled && level === 2,
    schedules,
    bounds,
    ...(remedy === undefined ? {} : { remedy }),
    seenIn,
    cells: GUARANTEES.filter((one) => one in row.promised || one in row.notPromised)
      .map((guarantee) => cellOf(row, guarantee, searched)),
  };
}

/** Of each package the version that is installed; of what a runtime brings, the runtime's. */
export function versionsOf(packages: readonly string[]): Record<string, string> {
  const [runtime = "", version = ""] = runtimeOf().split(" ");
  if (packages.length === 0) return { [runtime]: version };
  return Object.fromEntries(packages.map((name) => [name, versionOf(name)]));
}

function cellOf(row: WildRow, guarantee: Guarantee, { judged, told }: Searched): WildCell {
  const schedules = judged.get(guarantee) ?? 0;
  const stories = told.filter(({ violation }) => violation.guarantee === guarantee).map(storyOf);
  const promised = row.promised[guarantee];
  const notPromised = row.notPromised[guarantee];
  const verdict = stories.length > 0
    ? promised === undefined ? "broken, not promised" : "broken"
    : schedules > 0
    ? "kept"
    : "not judged";
  return {
    guarantee,
    verdict,
    ...(promised === undefined ? {} : { promised }),
    ...(notPromised === undefined ? {} : { notPromised }),
    schedules,
    stories,
  };
}

function storyOf({ violation, story: { tape, lane } }: Told): WildStory {
  const { guarantee, story, operations, replay } = violation;
  return {
    story,
    operations,
    tape: formatTape(tape),
    ...(lane.racy ? { racy: true } : {}),
    ...(lane.workSteps ? { workSteps: lane.workSteps } : {}),
    replay: `${replay} --guarantee ${guarantee}`,
  };
}
