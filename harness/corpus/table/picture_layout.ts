import { GUARANTEES } from "../../oracles/oracles.ts";
import type { KillRow, KillTable } from "./kills.ts";

export const WIDTH = 900;
export const ROW_HEIGHT = 16;
/** Between the groups. */
const GAP = 5;
/** Above the first row, for the title, the names of the strategies and the axis. */
const TOP = 108;
const PANELS_LEFT = 268;
const PANEL_GAP = 17;
const RIGHT = 12;

/** A guarantee, and the bugs that break it. */
export interface Group {
  readonly guarantee: string;
  readonly top: number;
  readonly bottom: number;
  readonly rows: readonly PlacedRow[];
}

export interface PlacedRow {
  readonly row: KillRow;
  /** The middle of its line. */
  readonly y: number;
}

/** One strategy, with an axis of its own. */
export interface Panel {
  readonly left: number;
  readonly right: number;
}

/** Where everything is. */
export interface PictureLayout {
  readonly groups: readonly Group[];
  readonly panels: readonly Panel[];
  readonly top: number;
  readonly bottom: number;
  /** What the axis shows, from 1: the powers of ten up to the most that a hunt takes. */
  readonly ticks: readonly number[];
  /** Where a number of schedules is on the axis of a panel. */
  xOf(panel: Panel, schedules: number): number;
}

/** Rows by guarantee, in the order of the guarantees; one panel for each strategy. */
export function layOut({ rows }: KillTable): PictureLayout {
  const count = Math.max(...rows.map(({ strategies }) => strategies.length));
  const wide = (WIDTH - RIGHT - PANELS_LEFT - PANEL_GAP * (count - 1)) / count;
  const panels = Array.from({ length: count }, (_, at) => {
    const left = PANELS_LEFT + at * (wide + PANEL_GAP);
    return { left, right: left + wide };
  });
  let y = TOP;
  const groups = GUARANTEES.flatMap((guarantee): Group[] => {
    const own = rows.filter(({ expected }) => expected === guarantee);
    if (own.length === 0) return [];
    const top = y;
    const placed = own.map((row, at) => ({ row, y: top + (at + 0.5) * ROW_HEIGHT + GAP / 2 }));
    y += own.length * ROW_HEIGHT + GAP;
    return [{ guarantee, top, bottom: y, rows: placed }];
  });
  const most = Math.max(...rows.map(({ schedulesMax }) => schedulesMax));
  const ticks = [1, 10, 100, 1_000, 10_000, 100_000].filter((tick) => tick <= most);
  const xOf = ({ left, right }: Panel, schedules: number): number => {
    const part = Math.log(Math.max(1, schedules)) / Math.log(most);
    return left + Math.min(1, part) * (right - left);
  };
  return { groups, panels, top: TOP, bottom: y, ticks, xOf };
}
