// @ts-check
/** Small helpers for elements. Text from the server goes in as text, never as markup. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * The element with an id that is part of index.html.
 * @param {string} id
 * @returns {any}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`Cannot start: element "${id}" is not in the page`);
  return found;
}

/**
 * A new element with a class and text.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {string} [className]
 * @param {string} [text]
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

/** A symbol of the sprite in index.html. Decorative: the words stand beside it or in the table.
 * @param {string} name */
export function symbol(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "sym");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#s-${name}`);
  svg.append(use);
  return svg;
}

/** Shows another symbol in an element made by `symbol`.
 * @param {Element} svg
 * @param {string} name */
export function setSymbol(svg, name) {
  const use = svg.firstElementChild;
  if (use && use.getAttribute("href") !== `#s-${name}`) use.setAttribute("href", `#s-${name}`);
}

/** Sets text only if it changes: an unchanged text node costs no layout.
 * @param {Node} node
 * @param {string} text */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Makes an element's children these, touching nothing if they already are.
 * @param {Element} parent
 * @param {Element[]} children */
export function setChildren(parent, children) {
  const same = parent.children.length === children.length &&
    children.every((child, index) => parent.children[index] === child);
  if (!same) parent.replaceChildren(...children);
}
