// @ts-check
/**
 * What the picture of sessions knows: one lane a session, the last bars of each. All of it is
 * bounded: lanes, bars a lane, and the memory of what is hidden. No DOM, no clock.
 */
import { isPast } from "./lane_geometry.js";
import { isFinal } from "./labels.js";

/** @typedef {import("./api.js").SessionView} SessionView */
/**
 * @typedef {object} Bar one turn, or one message that ended without a turn of its own
 * @property {string} id the message's id; of a turn, its owner's
 * @property {string} status
 * @property {string | null} text
 * @property {number | null} startedAt
 * @property {number | null} endedAt
 * @property {number | null} generation
 */
/** @typedef {{ id: string, view: SessionView, bars: Bar[] }} Lane */

export const LANES_MAX = 100;
export const BARS_PER_LANE_MAX = 24;
export const HIDDEN_MAX = 2_000;

/** True for a session that has something to do.
 * @param {SessionView} view */
export function isBusy(view) {
  return view.running !== null || view.waiting.length > 0;
}

/** True if an outcome of the session is still in the picture.
 * @param {SessionView} view
 * @param {number} now */
function isSeen(view, now) {
  return view.outcomes.some((outcome) => !isPast({ endedAt: outcome.ended_at }, now));
}

/**
 * A lane's bars after a new view of its session: what was known stays, what the view says wins.
 * @param {Bar[]} known
 * @param {SessionView} view
 * @returns {Bar[]} oldest end first, a running turn last
 */
export function mergeBars(known, view) {
  /** @type {Map<string, Bar>} */
  const bars = new Map();
  // A bar without an end that the view no longer runs has an end we were not told: drop it.
  for (const bar of known) if (bar.endedAt !== null) bars.set(bar.id, bar);
  const generations = new Map(known.map((bar) => [bar.id, bar.generation]));
  for (const outcome of view.outcomes) {
    bars.set(outcome.id, {
      id: outcome.id,
      status: outcome.status,
      text: outcome.text,
      startedAt: outcome.started_at,
      endedAt: outcome.ended_at,
      generation: generations.get(outcome.id) ?? null,
    });
  }
  const { running } = view;
  const told = running ? bars.get(running.id)?.status ?? "running" : "";
  // An interrupted message may run again, and an abandoned turn keeps the guard until it settles;
  // any other outcome is the last word.
  if (running && (!isFinal(told) || told === "abandoned")) {
    const status = view.state === "stopping" ? "stopping" : "running";
    bars.set(running.id, {
      id: running.id,
      status: told === "abandoned" ? told : status,
      text: running.text,
      startedAt: running.started_at,
      endedAt: null,
      generation: view.generation,
    });
  }
  return [...bars.values()]
    .sort((a, b) => (a.endedAt ?? Infinity) - (b.endedAt ?? Infinity))
    .slice(-BARS_PER_LANE_MAX);
}

export class LanesModel {
  /** @type {Map<string, Lane>} */
  #lanes = new Map();
  /** @type {Set<string>} */
  #hidden = new Set();
  /** The client's own session: its lane is never hidden. @type {string | null} */
  own = null;

  /** Lanes in the order in which they appeared. @returns {Lane[]} */
  get lanes() {
    return [...this.#lanes.values()];
  }

  /** How many sessions have no lane; at `HIDDEN_MAX` there may be more. */
  get hidden() {
    return this.#hidden.size;
  }

  /** @param {string | null} id @returns {Lane | undefined} */
  lane(id) {
    return id === null ? undefined : this.#lanes.get(id);
  }

  /** Takes the place of everything that was known, except the history of bars.
   * @param {SessionView[]} all the one that changed last at the end
   * @param {number} now */
  reset(all, now) {
    const views = all.filter((view) => view.state !== "ended" || isSeen(view, now));
    const ids = new Set(views.map((view) => view.id));
    for (const id of this.#lanes.keys()) if (!ids.has(id)) this.#lanes.delete(id);
    this.#hidden.clear();
    // Own and busy sessions first: they must not be the ones without a lane.
    const rank = (/** @type {SessionView} */ view) =>
      view.id === this.own ? 0 : isBusy(view) ? 1 : view.state === "ended" ? 3 : 2;
    const latestFirst = [...views].reverse();
    for (const view of latestFirst.sort((a, b) => rank(a) - rank(b))) this.update(view);
  }

  /** @param {SessionView} view */
  update(view) {
    const lane = this.#lanes.get(view.id);
    if (lane) {
      lane.view = view;
      lane.bars = mergeBars(lane.bars, view);
      return;
    }
    if (this.#lanes.size >= LANES_MAX && !this.#makeRoom(view)) {
      if (view.state === "ended") this.#hidden.delete(view.id);
      else this.#hide(view.id);
      return;
    }
    this.#hidden.delete(view.id);
    this.#lanes.set(view.id, { id: view.id, view, bars: mergeBars([], view) });
  }

  /** Drops bars that have left the picture and lanes of ended sessions that show nothing.
   * @param {number} now
   * @returns {boolean} whether a lane or a bar went */
  prune(now) {
    let changed = false;
    for (const lane of this.lanes) {
      const bars = lane.bars.filter((bar) => !isPast(bar, now));
      if (bars.length !== lane.bars.length) changed = true;
      lane.bars = bars;
      if (lane.view.state === "ended" && bars.length === 0 && lane.id !== this.own) {
        this.#lanes.delete(lane.id);
        changed = true;
      }
    }
    return changed;
  }

  /** Gives up the lane of a quiet session for one that is busy or our own.
   * @param {SessionView} view */
  #makeRoom(view) {
    if (!isBusy(view) && view.id !== this.own) return false;
    const others = this.lanes.filter((lane) => lane.id !== this.own);
    const quiet = others.filter((lane) => !isBusy(lane.view));
    const victim = quiet.find((lane) => lane.view.state === "ended") ?? quiet[0] ??
      (view.id === this.own ? others[0] : undefined);
    if (!victim) return false;
    this.#lanes.delete(victim.id);
    if (victim.view.state !== "ended") this.#hide(victim.id);
    return true;
  }

  /** @param {string} id */
  #hide(id) {
    if (this.#hidden.size < HIDDEN_MAX) this.#hidden.add(id);
  }
}
