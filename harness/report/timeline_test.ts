import assert from "node:assert/strict";
import { test } from "node:test";
import {
  HOSTILE,
  HOSTILE_NAMES,
  LATE_RELEASE,
  LONG,
  LOST_FOLLOW_UP,
  SLOW_STOP,
  TWO_AGENTS,
  TWO_SESSIONS,
} from "./_test_support.ts";
import { type Element, findAll, named, parseXml, textOf, withClass } from "./_testing/xml.ts";
import type { Violation } from "./check_report.ts";
import { chronicleOf } from "./chronicle.ts";
import { visible } from "./format.ts";
import { svgOf, timelineOf } from "./timeline.ts";
import { type Frame, NARROW, WIDE } from "./timeline_layout.ts";
import { boldWidthOf, monoWidthOf, sansWidthOf } from "./wrap.ts";

const ALL = [
  LATE_RELEASE,
  TWO_AGENTS,
  LOST_FOLLOW_UP,
  SLOW_STOP,
  TWO_SESSIONS,
  LONG,
  HOSTILE_NAMES,
];

function drawn(violation: Violation, frame: Frame = WIDE): Element {
  return parseXml(timelineOf(violation, { id: "x", frame }).source);
}

function numberOf(element: Element, name: string): number {
  return Number(element.attributes[name]);
}

test("svgOf() is a well-formed file of its own, with its style and without anything from elsewhere", () => {
  for (const violation of ALL) {
    const text = svgOf(violation);
    const svg = parseXml(text);
    assert.equal(svg.name, "svg");
    assert.equal(svg.attributes["xmlns"], "http://www.w3.org/2000/svg");
    assert.equal(named(svg, "style").length, 1);
    assert.equal(textOf(withClass(svg, "h1")[0]!), `${violation.guarantee} is broken`);
    assert.doesNotMatch(
      text.replace("http://www.w3.org/2000/svg", ""),
      /https?:|href|<script|<image/,
    );
  }
});

test("each lane has its title and its guide", () => {
  for (const violation of ALL) {
    const { lanes } = chronicleOf(violation);
    const groups = withClass(drawn(violation), "lane");
    // A long title is broken into lines, also within a word.
    const titles = groups.map((lane) => textOf(lane).replaceAll(" ", ""));
    assert.deepEqual(titles, lanes.map(({ title }) => title.replaceAll(" ", "")));
    for (const lane of groups) assert.equal(withClass(lane, "guide").length, 1);
  }
});

test("each line can be pointed at and says what it is", () => {
  for (const violation of ALL) {
    const { lines } = chronicleOf(violation);
    const events = withClass(drawn(violation), "ev");
    assert.deepEqual(
      events.map(({ attributes }) => attributes["data-at"]),
      lines.map((_, at) => String(at)),
    );
    events.forEach((event, at) => {
      assert.ok(event.attributes["aria-label"]!.endsWith(lines[at]!.words));
      assert.equal(event.attributes["role"], "option");
      assert.equal(withClass(event, "hit").length, 1);
    });
    const stops = events.filter(({ attributes }) => attributes["tabindex"] === "0");
    assert.equal(stops.length, 1, "one stop for the tab key, the arrows do the rest");
  }
});

test("there is one root marker, in the line of the root, with a sentence", () => {
  for (const violation of ALL) {
    const svg = drawn(violation);
    assert.equal(withClass(svg, "root").length, 1);
    const [event] = withClass(svg, "is-root");
    assert.equal(withClass(event!, "root").length, 1);
    assert.equal(event!.attributes["aria-selected"], "true");
    const said = textOf(event!);
    assert.ok(said.startsWith("Here it goes wrong:"), said);
    assert.ok(
      said.replaceAll(" ", "").includes(visible(violation.story).replaceAll(" ", "")),
      said,
    );
  }
});

test("the bars of the guard are named after their owners, and say where nobody has it", () => {
  const svg = drawn(LATE_RELEASE);
  assert.deepEqual(withClass(svg, "on-guard").map(textOf), ["A", "B", "C"]);
  assert.deepEqual(withClass(svg, "sign").map(textOf), ["nobody"]);
  const bars = findAll(
    svg,
    ({ name, attributes }) => name === "rect" && attributes["class"] === "bare",
  );
  assert.equal(bars.length, 3, "two in the lane, one in the legend");
});

test("a guard that is drawn from the runs says so", () => {
  const words = (violation: Violation) => textOf(withClass(drawn(violation), "legend")[0]!);
  assert.match(words(TWO_AGENTS), /drawn from the runs, because this host does not show it/);
  assert.doesNotMatch(words(LATE_RELEASE), /drawn from the runs/);
});

test("an overlap is hatched over both runs, from the call of the second to the end of the first", () => {
  const svg = drawn(LATE_RELEASE);
  const [overlap] = withClass(svg, "overlap");
  const [hatched] = withClass(overlap!, "hatched");
  const bars = findAll(
    svg,
    ({ name, attributes }) => name === "rect" && attributes["class"] === "session0",
  )
    .filter((bar) => numberOf(bar, "height") > 20);
  const [, second, third] = bars as [Element, Element, Element];
  const [x, y] = [numberOf(hatched!, "x"), numberOf(hatched!, "y")];
  assert.ok(x < numberOf(second, "x"));
  assert.ok(x + numberOf(hatched!, "width") > numberOf(third, "x") + numberOf(third, "width"));
  assert.ok(y < numberOf(third, "y") && y > numberOf(third, "y") - 6);
  const end = y + numberOf(hatched!, "height");
  assert.ok(Math.abs(end - numberOf(second, "y") - numberOf(second, "height")) < 6);
  assert.equal(hatched!.attributes["fill"], "url(#x-hatch)");
  assert.deepEqual(named(svg, "pattern").map(({ attributes }) => attributes["id"]), ["x-hatch"]);
  assert.equal(withClass(drawn(LOST_FOLLOW_UP), "hatched").length, 0);
});

test("runs have the colour of their session", () => {
  const svg = drawn(TWO_SESSIONS);
  const lanes = withClass(svg, "lane");
  const colorOf = (title: string) =>
    named(lanes.find((lane) => textOf(lane) === title)!, "rect")[0]!.attributes["class"];
  assert.equal(colorOf("run 1 of a (m1)"), "session0");
  assert.equal(colorOf("run 2 of b (m3)"), "session1");
  assert.match(textOf(withClass(svg, "legend")[0]!), /for session a.*for session b/);
});

test("an arrow leads from the step to each run that it begins", () => {
  assert.equal(withClass(drawn(LATE_RELEASE), "arrow").length, 3);
  assert.equal(withClass(drawn(TWO_AGENTS), "arrow").length, 2);
});

const MEASURES: Readonly<Record<string, (text: string) => number>> = {
  head: boldWidthOf,
  also: boldWidthOf,
  label: boldWidthOf,
  boxed: boldWidthOf,
  tag: monoWidthOf,
};

test("no text is cut off or printed over another, wide or narrow", () => {
  for (const violation of ALL) {
    for (const frame of [WIDE, NARROW]) {
      const svg = drawn(violation, frame);
      const width = numberOf(svg, "width");
      const boxes = withClass(svg, "ev").flatMap((event) => named(event, "text")).map((text) => {
        const { class: style = "", "text-anchor": anchor } = text.attributes;
        const size = numberOf(text, "font-size");
        const long = (MEASURES[style] ?? sansWidthOf)(textOf(text)) * size;
        const x = numberOf(text, "x") - (anchor === "end" ? long : 0);
        return { text: textOf(text), left: x, right: x + long, y: numberOf(text, "y"), size };
      });
      for (const [at, box] of boxes.entries()) {
        assert.ok(box.left > 0 && box.right < width, `cut off: ${box.text}`);
        const over = boxes.slice(at + 1).find((other) =>
          Math.abs(other.y - box.y) < Math.max(other.size, box.size) && other.left < box.right &&
          box.left < other.right
        );
        assert.equal(over, undefined, `${box.text} is printed over ${over?.text}`);
      }
    }
  }
});

/** In DejaVu Sans, as a browser drew them: in parts of their size. */
const IN_DEJAVU: Readonly<Record<string, number>> = {
  "who acts": 4.46,
  "a run of the agent": 9.08,
  "the guard (the right to run the agent) and its owner": 25.85,
};

test("no words of the legend run into the next where only a wider font is installed", () => {
  let met = 0;
  for (const violation of ALL) {
    const [legend] = withClass(drawn(violation), "legend");
    const items = named(legend!, "g").filter(({ attributes }) => attributes["transform"]);
    const places = items.map((item) => {
      const [x = 0, y = 0] = item.attributes["transform"]!.match(/[\d.]+/g)!.map(Number);
      const [text] = named(item, "text");
      return { x, y, words: textOf(text!), text: text! };
    });
    for (const [at, { x, y, words, text }] of places.entries()) {
      const next = places[at + 1];
      const ems = IN_DEJAVU[words];
      if (ems === undefined || next?.y !== y) continue;
      met++;
      const right = x + numberOf(text, "x") + ems * numberOf(text, "font-size");
      assert.ok(right + 12 < next.x, `${words} runs into ${next.words}`);
    }
  }
  assert.ok(met > ALL.length, `${met} were next to another`);
});

test("a picture for a phone is as wide as a phone, unless there are more lanes than fit", () => {
  assert.equal(numberOf(drawn(LATE_RELEASE, NARROW), "width"), 362);
  assert.equal(numberOf(drawn(TWO_AGENTS, NARROW), "width"), 336);
  assert.equal(numberOf(drawn(LATE_RELEASE), "width"), 860);
});

test("names from outside stay text", () => {
  const svg = drawn(HOSTILE_NAMES);
  assert.deepEqual(named(svg, "script"), []);
  const said = textOf(svg).replaceAll(" ", "");
  assert.ok(said.includes(visible(HOSTILE).replaceAll(" ", "")));
});
