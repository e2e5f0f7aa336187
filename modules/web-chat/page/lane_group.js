// @ts-check
/**
 * A block of lanes in three columns that share their row heights: the session's name and guard,
 * the past up to the present, and what waits beyond it. The bars sit on one plane that the
 * compositor moves; a bar is touched only when its session changes.
 */
import { el, setChildren, setSymbol, setText, symbol } from "./dom.js";
import { shortId } from "./labels.js";
import { newBar, renderBar } from "./lane_bar.js";
import { chipsOf, crowded, isPast, markShifts, planeTravel, WINDOW_MS } from "./lane_geometry.js";

/** @typedef {import("./lanes_model.js").Lane} Lane */
/** @typedef {import("./lanes_model.js").Bar} Bar */
/** @typedef {import("./lane_bar.js").BarNodes} BarNodes */
/**
 * @typedef {object} Row
 * @property {HTMLElement} label
 * @property {Element} sym
 * @property {HTMLElement} name
 * @property {HTMLElement} guard
 * @property {HTMLElement} owner
 * @property {HTMLElement} strip
 * @property {HTMLElement} queue
 * @property {Map<string, BarNodes>} bars
 */

const MARK_PX = 15;
/** Between two marks of the same instant: they overlap by their edges. */
const GAP_PX = 13;

export class LaneGroup {
  #labels = el("div", "labels");
  #plane = el("div", "plane");
  #queues = el("div", "queues");
  /** @type {Map<string, Row>} */
  #rows = new Map();
  #width = 0;
  /** @type {Animation | null} */
  #motion = null;
  /** Chips that have room beside the lane. */
  chipsMax = 5;

  /**
   * @param {HTMLElement} root
   * @param {() => void} resized
   */
  constructor(root, resized) {
    const clip = el("div", "clip");
    clip.append(this.#plane);
    root.append(this.#labels, clip, this.#queues);
    new ResizeObserver(([entry]) => {
      this.#width = entry?.contentRect.width ?? 0;
      resized();
    }).observe(clip);
  }

  /** Makes the rows these, in this order. @param {Lane[]} lanes */
  setLanes(lanes) {
    const ids = new Set(lanes.map((lane) => lane.id));
    for (const id of this.#rows.keys()) if (!ids.has(id)) this.#rows.delete(id);
    const rows = lanes.map((lane) => {
      let row = this.#rows.get(lane.id);
      if (!row) this.#rows.set(lane.id, row = newRow(lane.id));
      return row;
    });
    setChildren(this.#labels, rows.map((row) => row.label));
    setChildren(this.#plane, rows.map((row) => row.strip));
    setChildren(this.#queues, rows.map((row) => row.queue));
  }

  /**
   * @param {Lane} lane
   * @param {number} now
   * @param {number} originMs
   */
  render(lane, now, originMs) {
    const row = this.#rows.get(lane.id);
    if (!row) return;
    const { view } = lane;
    for (const part of [row.label, row.strip, row.queue]) part.dataset.state = view.state;
    setSymbol(row.sym, view.state);
    setText(row.name, shortId(lane.id));
    row.label.classList.toggle("mine", view.mine);
    setText(row.guard, view.running ? String(view.generation ?? "") : view.state);
    setText(row.owner, view.running ? shortId(view.running.id) : "");
    this.#renderBars(row, lane, now, originMs);
    this.#renderQueue(row, lane);
  }

  /**
   * Puts the plane where it belongs at `now`, and sets it moving: in steps of one pixel of the
   * screen, for between two pixels the text in the bars would blur, and by the compositor alone.
   * @param {number} now
   * @param {number} originMs
   * @param {boolean} still no motion: it stays there until the next call
   */
  move(now, originMs, still) {
    this.rest();
    const { from, to, steps, durationMs } = planeTravel(now, originMs, {
      widthPx: this.#width,
      pixelRatio: devicePixelRatio,
    });
    this.#plane.style.transform = `translateX(${from}px)`;
    if (still || steps === 0) return;
    this.#motion = this.#plane.animate(
      [{ transform: `translateX(${from}px)` }, { transform: `translateX(${to}px)` }],
      { duration: durationMs, easing: `steps(${steps}, end)`, fill: "forwards" },
    );
  }

  /** Stops the plane: nobody sees it until the next `move`. */
  rest() {
    this.#motion?.cancel();
    this.#motion = null;
  }

  /** @param {Row} row @param {Lane} lane @param {number} now @param {number} originMs */
  #renderBars(row, lane, now, originMs) {
    const bars = lane.bars.filter((bar) => !isPast(bar, now));
    const pxMs = WINDOW_MS / Math.max(1, this.#width);
    const plain = crowded(bars, MARK_PX * pxMs);
    const shifts = markShifts(bars, plain, GAP_PX * pxMs);
    const ids = new Set(bars.map((bar) => bar.id));
    for (const id of row.bars.keys()) if (!ids.has(id)) row.bars.delete(id);
    const nodes = bars.map((bar) => {
      let node = row.bars.get(bar.id);
      if (!node) row.bars.set(bar.id, node = newBar(lane.id, bar.id));
      renderBar(node, bar, {
        originMs,
        widthPx: this.#width,
        shiftPx: (shifts.get(bar.id) ?? 0) / pxMs,
        plain: plain.has(bar.id),
      });
      return node.root;
    });
    setChildren(row.strip, nodes);
  }

  /** @param {Row} row @param {Lane} lane */
  #renderQueue(row, lane) {
    const { shown, more } = chipsOf(lane.view.waiting, this.chipsMax);
    const chips = shown.map((message, index) => {
      const chip = el("span", "chip", String(index + 1));
      chip.dataset.lane = lane.id;
      chip.dataset.waiting = message.id;
      return chip;
    });
    if (more > 0) chips.push(el("span", "more", `+${more}`));
    row.queue.classList.toggle("live", lane.view.running !== null);
    row.queue.replaceChildren(...chips);
  }
}

/** @param {string} laneId @returns {Row} */
function newRow(laneId) {
  const label = el("div", "label");
  const sym = symbol("idle");
  const name = el("span", "name");
  const guard = el("span", "guard");
  const owner = el("span", "owner");
  label.append(sym, name, guard, owner);
  const strip = el("div", "strip");
  const queue = el("div", "queue");
  strip.dataset.lane = laneId;
  return { label, sym, name, guard, owner, strip, queue, bars: new Map() };
}
