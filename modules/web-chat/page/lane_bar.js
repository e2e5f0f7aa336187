// @ts-check
/**
 * One turn or outcome in a lane. Text and mark are made only where they can be seen: with fifty
 * lanes there are a thousand bars, and most of them are too short for either.
 */
import { el, setSymbol, setText, symbol } from "./dom.js";
import { excerpt, shortId } from "./labels.js";
import { barBox, idFits } from "./lane_geometry.js";

/** @typedef {import("./lanes_model.js").Bar} Bar */
/** @typedef {{ root: HTMLElement, text: HTMLElement | null, mark: HTMLElement | null }} BarNodes */
/**
 * @typedef {object} BarPlace
 * @property {number} originMs
 * @property {number} widthPx of a lane
 * @property {number} shiftPx how far its mark goes to the left, beside marks of the same instant
 * @property {boolean} plain the mark would lie under its neighbour's
 */

/** How wide a mark is, and so the least that a bar needs to be seen beside it. */
const MARK_PX = 16;

/** @param {string} laneId @param {string} barId @returns {BarNodes} */
export function newBar(laneId, barId) {
  const root = el("div", "bar");
  root.dataset.lane = laneId;
  root.dataset.bar = barId;
  return { root, text: null, mark: null };
}

/** @param {BarNodes} node @param {Bar} bar @param {BarPlace} place */
export function renderBar(node, bar, place) {
  const { root } = node;
  const { left, width } = barBox(bar, place.originMs);
  // A merged message ran inside another one's bar: it has a mark, but no bar of its own.
  const point = bar.startedAt === null || bar.status === "merged";
  const px = (width / 100) * place.widthPx;
  const early = bar.endedAt === null && bar.status === "abandoned";
  const marked = early || (bar.endedAt !== null && !place.plain);
  root.dataset.state = bar.status;
  root.classList.toggle("point", point);
  root.classList.toggle("early", early);
  root.classList.toggle("short", marked && !point && px < MARK_PX);
  root.style.left = `${point ? left + width : left}%`;
  root.style.width = point ? "0" : `${width}%`;
  renderText(node, point ? "" : textOf(bar, px), bar.text === null);
  renderMark(node, marked ? bar.status : null, place.shiftPx);
}

/** @param {Bar} bar @param {number} px */
function textOf(bar, px) {
  // Half an id says nothing, nor do two letters. A running bar grows, clipped at the present.
  const id = shortId(bar.id);
  if (bar.endedAt !== null && !idFits(id, px)) return "";
  return bar.text === null ? id : excerpt(bar.text, 60);
}

/** @param {BarNodes} node @param {string} text @param {boolean} isId */
function renderText(node, text, isId) {
  if (text === "") {
    node.text?.remove();
    node.text = null;
    return;
  }
  if (!node.text) {
    node.text = el("span", "text");
    node.root.prepend(node.text);
  }
  node.text.classList.toggle("message-id", isId);
  setText(node.text, text);
}

/** @param {BarNodes} node @param {string | null} status @param {number} shiftPx */
function renderMark(node, status, shiftPx) {
  if (status === null) {
    node.mark?.remove();
    node.mark = null;
    return;
  }
  if (!node.mark) {
    node.mark = el("span", "mark");
    node.mark.append(symbol(status));
    node.root.append(node.mark);
  }
  setSymbol(/** @type {Element} */ (node.mark.firstElementChild), status);
  node.mark.style.setProperty("--shift", `${shiftPx.toFixed(1)}px`);
}
