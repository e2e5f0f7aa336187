import { el, type Markup } from "../../report/markup.ts";

/** How the marks of a strategy look: by colour, and by shape for whoever sees no difference in colour. */
export type Look = "lists" | "chance" | "baseline";

export function lookOf(strategy: string): Look {
  if (strategy === "exhaustive") return "lists";
  return strategy === "fc.scheduler" ? "baseline" : "chance";
}

/** What stands for the middle of the hunts. */
export function dotAt(look: Look, x: number, y: number): Markup {
  if (look === "lists") {
    return el("path", { class: look, d: `M${round(x)} ${y - 4.5}l4.5 4.5l-4.5 4.5l-4.5 -4.5z` });
  }
  if (look === "chance") return el("circle", { class: look, cx: x, cy: y, r: 3.6 });
  return el("circle", { class: `${look} open`, cx: x, cy: y, r: 3.2 });
}

/** What stands for hunts that found nothing. */
export function crossAt(x: number, y: number): Markup {
  return el("path", { class: "cross", d: `M${round(x - 3.5)} ${y - 3.5}l7 7m0 -7l-7 7` });
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
