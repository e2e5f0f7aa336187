import { el, type Markup } from "./markup.ts";

/** Where and how a text is drawn. */
export interface TextPlace {
  readonly style: string;
  /** Its left, its right or its middle, as the style or `anchor` says. */
  readonly x: number;
  /** The middle of its line. */
  readonly y: number;
  readonly size: number;
  readonly anchor?: "end" | undefined;
  /** Upward instead of to the right. */
  readonly isTurned?: boolean;
}

/** How far the base of letters is below their middle, in parts of their size. */
const BASE = 0.35;

/** A text in a picture. Its base is computed, because not every program knows other ways to centre it. */
export function textAt(place: TextPlace, text: string | number): Markup {
  const { style, x, y, size, anchor, isTurned } = place;
  return el("text", {
    class: style,
    x,
    y: y + size * BASE,
    "font-size": size,
    "text-anchor": anchor,
    transform: isTurned ? `rotate(-90 ${x} ${y})` : undefined,
  }, text);
}
