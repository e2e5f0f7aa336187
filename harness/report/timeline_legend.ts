import type { Chronicle } from "./chronicle.ts";
import { nameOf } from "./format.ts";
import { all, el, type Markup } from "./markup.ts";
import type { Layout } from "./timeline_layout.ts";
import { sessionClass } from "./timeline_style.ts";
import { textAt } from "./timeline_text.ts";
import { sansWidthOf, WIDER, wrapText } from "./wrap.ts";

/** What stands for what, below the picture: only what is in it. */
export function drawLegend(
  chronicle: Chronicle,
  layout: Layout,
  id: string,
): { markup: Markup; bottom: number } {
  const { frame, width } = layout;
  const size = frame.font - 1;
  const left = 14;
  const keyWidth = 24;
  let [x, y] = [left, layout.bottom + 14 + frame.leading / 2];
  const items: Markup[] = [];
  for (const { key, words } of entriesOf(chronicle, id)) {
    const max = width - left * 2 - keyWidth;
    const lines = wrapText(words, { max, measure: (text) => widthOf(text, size) });
    const wide = keyWidth + widthOf(words, size);
    if (x > left && x + wide > width - left) [x, y] = [left, y + frame.leading + 3];
    const texts = lines.map((line, at) =>
      textAt({ style: "note", x: keyWidth, y: at * frame.leading, size }, line)
    );
    items.push(el("g", { transform: `translate(${x} ${y})` }, key, texts));
    if (lines.length > 1) [x, y] = [left, y + lines.length * frame.leading + 3];
    else x += wide + 20;
  }
  return { markup: el("g", { class: "legend" }, items), bottom: y + frame.leading / 2 };
}

function widthOf(text: string, size: number): number {
  return sansWidthOf(text) * size * WIDER;
}

function entriesOf(chronicle: Chronicle, id: string): { key: Markup; words: string }[] {
  const { holds, lanes, lines, overlaps, sessions, spans, unseenGuards } = chronicle;
  const box = { x: 1, y: -8, width: 14, height: 16, rx: 3 };
  const entries: { key: Markup; words: string }[] = [
    { key: el("circle", { class: "mark", cx: 8, cy: 0, r: 6 }), words: "who acts" },
  ];
  sessions.forEach((session) => {
    if (!spans.some((span) => span.session === session)) return;
    const words = sessions.length === 1
      ? "a run of the agent"
      : `a run of the agent for session ${nameOf(session)}`;
    entries.push({ key: el("rect", { class: sessionClass(sessions, session), ...box }), words });
  });
  if (holds.some(({ owner, isDead }) => owner !== undefined && !isDead)) {
    const words = unseenGuards.length === 0
      ? "the guard (the right to run the agent) and its owner"
      : "the guard (the right to run the agent): drawn from the runs, because this host does not show it";
    entries.push({ key: el("rect", { class: "guard", ...box }), words });
  }
  if (holds.some(({ owner }) => owner === undefined)) {
    entries.push({ key: el("rect", { class: "bare", ...box }), words: "a run without a guard" });
  }
  if (holds.some(({ isDead }) => isDead)) {
    entries.push({
      key: el("rect", { class: "dead", ...box }),
      words: "a guard whose owner is dead",
    });
  }
  if (overlaps.length > 0) {
    const fill = { fill: `url(#${id}-hatch)` };
    entries.push({
      key: el("rect", { class: "hatched", ...box, ...fill }),
      words: "two agents at once on one session",
    });
  }
  if (lines.some(({ tone }) => tone === "also")) {
    entries.push({
      key: el("circle", { class: "ring-also", cx: 8, cy: 0, r: 7 }),
      words: "part of it",
    });
  }
  return lanes.length === 0 ? [] : entries.map(({ key, words }) => ({ key: all(key), words }));
}
