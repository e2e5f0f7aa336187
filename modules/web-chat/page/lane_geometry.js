// @ts-check
/**
 * Where things go in the picture of lanes. Pure functions; all lengths are in percent of a lane's
 * width, so that a resize needs no recalculation.
 */

/** How much time a lane shows. */
export const WINDOW_MS = 60_000;

/** How long one run of the scrolling lasts before its origin moves up to the present. */
export const REBASE_MS = 300_000;

/** @typedef {{ id: string, status: string, startedAt: number | null, endedAt: number | null }} Bar */
/** @typedef {{ left: number, width: number }} Box */

/**
 * A time's distance from the origin.
 * @param {number} time
 * @param {number} originMs
 */
export function percentOf(time, originMs) {
  return ((time - originMs) / WINDOW_MS) * 100;
}

/**
 * How far the plane that carries the bars is shifted at `now`: the present sits at 100%.
 * @param {number} now
 * @param {number} originMs
 */
export function planeShift(now, originMs) {
  return 100 - percentOf(now, originMs);
}

/**
 * The plane's way from `now` on until its origin moves up, in whole pixels of the screen.
 * @param {number} now
 * @param {number} originMs
 * @param {{ widthPx: number, pixelRatio: number }} lane
 * @returns {{ from: number, to: number, steps: number, durationMs: number }}
 */
export function planeTravel(now, originMs, { widthPx, pixelRatio }) {
  const pixels = widthPx * pixelRatio;
  const from = Math.round((planeShift(now, originMs) / 100) * pixels);
  const steps = Math.round((pixels * REBASE_MS) / WINDOW_MS);
  const durationMs = pixels === 0 ? 0 : (steps * WINDOW_MS) / pixels;
  return { from: from / pixelRatio, to: (from - steps) / pixelRatio, steps, durationMs };
}

/**
 * Left edge and width of a turn's bar. A turn that still runs reaches past the end of the plane's
 * travel and is clipped at the present, so it grows without being touched.
 * @param {Bar} bar
 * @param {number} originMs
 * @returns {Box}
 */
export function barBox(bar, originMs) {
  const end = bar.endedAt ?? originMs + REBASE_MS + 2 * WINDOW_MS;
  // An old start is cut at two windows before the origin: out of sight, and not absurdly far.
  const start = Math.max(bar.startedAt ?? end, originMs - 2 * WINDOW_MS);
  const left = percentOf(Math.min(start, end), originMs);
  return { left, width: Math.max(0, percentOf(end, originMs) - left) };
}

/** True if nothing of the bar can be seen any more.
 * @param {Pick<Bar, "endedAt">} bar
 * @param {number} now */
export function isPast(bar, now) {
  return bar.endedAt !== null && now - bar.endedAt > WINDOW_MS + 2_000;
}

/**
 * How far marks move to the left of where they belong, in time, so that none lies under another:
 * outcomes of the same instant stand side by side. Bars come oldest first; the newest keeps its
 * place, and a mark that is left out takes none.
 * @param {Bar[]} bars
 * @param {Set<string>} plain those whose mark is left out
 * @param {number} gapMs how much time there must be between two marks
 * @returns {Map<string, number>}
 */
export function markShifts(bars, plain, gapMs) {
  const shifts = new Map();
  let next = Infinity;
  for (const { id, endedAt } of [...bars].reverse()) {
    if (endedAt === null || plain.has(id)) continue;
    const at = Math.min(endedAt, next - gapMs);
    if (at < endedAt) shifts.set(id, endedAt - at);
    next = at;
  }
  return shifts;
}

/**
 * Completed turns whose mark would lie under the next bar's: the bar alone says enough of them.
 * Marks of other outcomes are never left out. Bars come oldest first.
 * @param {Bar[]} bars
 * @param {number} markMs how much time a mark covers
 * @returns {Set<string>}
 */
export function crowded(bars, markMs) {
  const ids = new Set();
  bars.forEach((bar, index) => {
    const next = bars[index + 1]?.endedAt;
    if (bar.status !== "completed" || bar.endedAt === null || next == null) return;
    if (next - bar.endedAt < markMs) ids.add(bar.id);
  });
  return ids;
}

/** Whether an id has room in a bar, beside the bar's mark.
 * @param {string} id
 * @param {number} px the bar's width */
export function idFits(id, px) {
  return px >= 24 + 6.6 * id.length;
}

/**
 * Row height for a number of lanes.
 * @param {number} lanes
 * @returns {"ample" | "roomy" | "medium" | "dense"}
 */
export function density(lanes) {
  if (lanes <= 8) return "ample";
  if (lanes <= 12) return "roomy";
  return lanes <= 24 ? "medium" : "dense";
}

/**
 * Which waiting messages get a chip of their own; the rest is a number.
 * @template T
 * @param {T[]} waiting
 * @param {number} max
 * @returns {{ shown: T[], more: number }}
 */
export function chipsOf(waiting, max) {
  if (waiting.length <= max) return { shown: waiting, more: 0 };
  return { shown: waiting.slice(0, max - 1), more: waiting.length - max + 1 };
}
