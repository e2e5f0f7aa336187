import assert from "node:assert/strict";
import { test } from "node:test";
import { exampleTable } from "./_example.ts";
import type { KillTable } from "./kills.ts";
import { drawKillTable } from "./picture.ts";
import { layOut } from "./picture_layout.ts";

const count = (text: string, part: string | RegExp) => text.split(part).length - 1;

test("each bug has its row, beside the guarantee that it breaks", () => {
  const svg = drawKillTable(exampleTable());
  for (const { id, expected } of exampleTable().rows) {
    assert.equal(count(svg, `>${id}</text>`), 1, id);
    assert.equal(count(svg, `>${expected}</text>`), 1, expected);
  }
  assert.equal(count(svg, '<text class="head"'), 3, "one panel for each strategy");
});

test("each strategy that found a bug has a mark of its own shape, and a whisker to the 95th of 100", () => {
  const svg = drawKillTable(exampleTable());
  // One more of each stands in the legend.
  assert.equal(count(svg, '<path class="lists"'), 2 + 1);
  assert.equal(count(svg, '<circle class="chance"'), 2 + 1);
  assert.equal(count(svg, '<circle class="baseline open"'), 1 + 1);
  assert.equal(count(svg, 'class="whisker chance"'), 2 + 1);
  assert.equal(count(svg, 'class="whisker baseline"'), 1);
});

test("what is missed is crossed out and said in words", () => {
  const svg = drawKillTable(exampleTable());
  assert.equal(count(svg, '<path class="cross"'), 2 + 1);
  assert.equal(count(svg, ">not found</text>"), 1);
  assert.equal(count(svg, ">15 of 20</text>"), 1);
});

test("a chain says what it is measured by", () => {
  const svg = drawKillTable(exampleTable());
  assert.match(svg, />not hunted, but measured over long chains: frames, unsettled promises grow</);
});

test("the axis is logarithmic, from one schedule to the most that a hunt takes", () => {
  const { xOf, panels: [panel], ticks } = layOut(exampleTable());
  const { left, right } = panel!;
  assert.deepEqual(ticks, [1, 10, 100, 1_000]);
  assert.equal(xOf(panel!, 1), left);
  assert.equal(xOf(panel!, 1_000), right);
  const third = (right - left) / 3;
  assert.ok(Math.abs(xOf(panel!, 10) - left - third) < 1e-9);
  assert.ok(Math.abs(xOf(panel!, 100) - left - 2 * third) < 1e-9);
});

test("rows stand in the order of the guarantees, and none on another", () => {
  const { rows, ...rest } = exampleTable();
  const { groups } = layOut({ ...rest, rows: [...rows].reverse() });
  const names = groups.map(({ guarantee }) => guarantee);
  assert.deepEqual(names, ["SINGLE_TURN", "NO_CREATE_LEAK", "BOUNDED_STACK"]);
  const ys = groups.flatMap(({ rows }) => rows.map(({ y }) => y));
  assert.deepEqual(ys, ys.toSorted((one, other) => one - other));
  assert.equal(new Set(ys).size, 3);
});

test("texts are escaped, and the style is light and dark", () => {
  const svg = drawKillTable(exampleTable());
  assert.ok(svg.includes("Two agents answer &lt;one&gt; session"));
  assert.ok(!svg.includes("<one>"));
  assert.equal(count(svg, "prefers-color-scheme:dark"), 1);
});

test("the same table is drawn the same", () => {
  const again: KillTable = JSON.parse(JSON.stringify(exampleTable()));
  assert.equal(drawKillTable(again), drawKillTable(exampleTable()));
});
