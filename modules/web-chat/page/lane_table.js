// @ts-check
/** The sessions in words: what the picture shows, for those who do not see it. */
import { el, setChildren, setText } from "./dom.js";
import { count, shortId } from "./labels.js";

/** @typedef {import("./lanes_model.js").Lane} Lane */

const LAST_OUTCOMES = 5;

/**
 * Who holds the session: the guard's generation and its owner, the message whose turn runs.
 * @param {Lane} lane
 */
export function guardText({ view }) {
  if (!view.running) return view.state;
  const generation = view.generation === null ? "guard" : `guard ${view.generation}`;
  return `${generation}, owner ${shortId(view.running.id)}`;
}

/**
 * The cells of one session.
 * @param {Lane} lane
 * @param {string | null} own
 * @returns {string[]}
 */
export function cellsOf(lane, own) {
  const { view } = lane;
  const name = lane.id === own ? `${shortId(lane.id)} (yours)` : shortId(lane.id);
  const outcomes = view.outcomes.slice(-LAST_OUTCOMES).reverse().map((outcome) => outcome.status);
  return [
    name,
    view.state,
    view.running ? guardText(lane) : "none",
    view.waiting.length === 0 ? "none" : count(view.waiting.length, "message"),
    outcomes.length === 0 ? "none" : outcomes.join(", "),
  ];
}

export class LaneTable {
  #body;
  /** @type {Map<string, HTMLTableRowElement>} */
  #rows = new Map();

  /** @param {HTMLElement} body */
  constructor(body) {
    this.#body = body;
  }

  /**
   * @param {Lane[]} lanes
   * @param {string | null} own
   */
  render(lanes, own) {
    const sorted = [...lanes].sort((a, b) => Number(b.id === own) - Number(a.id === own));
    const ids = new Set(sorted.map((lane) => lane.id));
    for (const id of this.#rows.keys()) if (!ids.has(id)) this.#rows.delete(id);
    const rows = sorted.map((lane) => {
      const cells = cellsOf(lane, own);
      let row = this.#rows.get(lane.id);
      if (!row) this.#rows.set(lane.id, row = newRow(cells.length));
      cells.forEach((text, index) => setText(/** @type {Node} */ (row.children[index]), text));
      row.classList.toggle("mine", lane.id === own);
      row.dataset.state = lane.view.state;
      return row;
    });
    setChildren(this.#body, rows);
  }
}

/** @param {number} cells */
function newRow(cells) {
  const row = el("tr");
  const head = el("th");
  head.scope = "row";
  row.append(head, ...Array.from({ length: cells - 1 }, () => el("td")));
  return row;
}
